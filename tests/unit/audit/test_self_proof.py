"""The audit tried on itself: planted faults are found, placebos stay silent, a blind check is exposed."""

from __future__ import annotations

import copy
from dataclasses import fields, replace

import numpy as np
import pytest

from testamur.audit import fairness, leakage_columns
from testamur.audit.conclude import conclude
from testamur.audit.control import try_control
from testamur.audit.exact_share import chance_of, clopper_pearson, most_by_chance
from testamur.audit.golden_self_proof import calibrated_world
from testamur.audit.golden_world import make_input
from testamur.audit.planted import FAULTS
from testamur.audit.run import run_audit, run_check
from testamur.audit.self_proof import CHECKS, PLACEBO, PLANTED
from testamur.contracts.check import CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.job import AuditOptions, SelfCheck

TRIED = AuditOptions(bootstrap=100)  # the trial is on by default


@pytest.fixture(scope="module")
def world():
    return calibrated_world(1500)


def _trial(given, check):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return outcome.findings[0], {f.subject: f for f in outcome.findings[1:]}


def _title(name):
    return next(control.title for control in FAULTS if control.name == name)


def test_all_planted_faults_are_found_and_the_page_can_say_k_of_n(world):
    whole, each = _trial(world, PLANTED)
    assert (whole.value, whole.n) == (1.0, 8)
    assert "8 of 8 found" in whole.note
    assert all(f.evidence == "planted.json" for f in each.values() if f.status is CheckStatus.DONE)


def test_a_check_that_sees_nothing_is_exposed(world, monkeypatch):
    monkeypatch.setattr(leakage_columns, "run", lambda given: CheckOutcome(()))
    result = conclude(world, run_audit(world, [PLANTED]))
    assert result.findings[0].value == pytest.approx(7 / 8)
    assert [f.subject for f in result.findings if f.value == 0.0] == [_title("leaked_column")]
    assert any("did not find: a column that tells" in line for line in result.limitations)


def test_a_check_that_fails_has_found_nothing(world, monkeypatch):
    def broken(given):
        raise ZeroDivisionError

    monkeypatch.setattr(fairness, "run_gaps", broken)
    whole, each = _trial(world, PLANTED)
    assert whole.value == pytest.approx(7 / 8)
    assert "ZeroDivisionError" in each[_title("favoured_group")].note


def test_a_check_that_always_cries_raises_more_alarms_than_chance(world, monkeypatch):
    cry = Finding(
        check="core.fairness.gaps",
        measure="demographic_parity_gap",
        label="gap",
        value=0.3,
        low=0.2,
        high=0.4,
    )
    monkeypatch.setattr(fairness, "run_gaps", lambda given: CheckOutcome((cry,)))
    result = conclude(world, run_audit(world, [PLACEBO]))
    assert result.findings[0].p_value < 0.01
    assert any("more alarms than chance" in line for line in result.limitations)


def test_placebos_of_a_sound_audit_stay_within_chance(world):
    whole, _ = _trial(world, PLACEBO)
    assert whole.low <= whole.value <= whole.high
    assert whole.p_value > 0.01


def test_the_trial_can_be_turned_off_and_the_ledger_says_so(world):
    off = replace(world, options=AuditOptions(self_check=SelfCheck.OFF))
    for check in CHECKS:
        entry, outcome = run_check(off, check)
        assert entry.status is CheckStatus.NOT_RUN
        assert "audit.self_check" in entry.reason
        assert not outcome.findings


def test_controls_that_do_not_apply_are_named(world):
    risk = world.predictions["model"]["test"].event
    plain = make_input(world.table.test.target, {"model": risk}, options=TRIED)
    _, each = _trial(plain, PLANTED)
    gone = each[_title("favoured_group")]
    assert (gone.status, gone.value) == (CheckStatus.NOT_APPLICABLE, None)
    assert "protected attribute" in gone.reason


def test_entities_and_time_are_planted_where_they_are_declared():
    n = 400
    rng = np.random.default_rng(1)
    risk = rng.beta(2, 2, n)
    columns = {"entity": np.arange(n), "time": np.arange(n, dtype=float), "twin": np.arange(n)}
    given = make_input(
        (rng.random(n) < risk).astype(int),
        {"model": risk},
        train={
            "target": np.zeros(n), "numeric": np.zeros((n, 1)), "groups": [], "kind": ProblemKind.BINARY,
            "absent": None, "columns": columns | {"twin_with_target": np.arange(n)},
        },
        entity=np.arange(n) + n, time=np.arange(n, dtype=float) + n,
        options=TRIED,
    )  # fmt: skip
    _, each = _trial(given, PLANTED)
    assert each[_title("known_entities")].value == 1.0
    assert each[_title("time_turned_back")].value == 1.0


def test_classes_and_values_have_controls_of_their_own():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 900)
    probabilities = np.full((900, 3), 0.15)
    guess = np.where(rng.random(900) < 0.8, truth, rng.integers(0, 3, 900))
    probabilities[np.arange(900), guess] = 0.7
    groups = {"group": (("a", "b"), rng.integers(0, 2, 900))}
    given = make_input(
        truth,
        {"model": probabilities},
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
        groups=groups,
        options=TRIED,
    )
    _, each = _trial(given, PLANTED)
    assert each[_title("confused_group")].value == 1.0
    assert _title("overstated_risk") not in each  # the check is for binary problems


def test_forecasts_without_a_past_are_not_tried_and_the_ledger_says_so(world):
    problem = world.table.problem.model_copy(update={"kind": ProblemKind.FORECAST})
    entry, _ = run_check(replace(world, table=replace(world.table, problem=problem)), PLANTED)
    assert entry.status is CheckStatus.NOT_RUN
    assert "no past that could be altered" in entry.reason


def test_what_is_audited_is_left_as_it_is_and_a_seed_repeats_the_trial(world):
    before = copy.deepcopy(world)
    few = [control for control in FAULTS if control.name in ("leaked_column", "favoured_group")]
    first, again = (_seen_by(world, few) for _ in range(2))
    assert first == again
    for field in fields(before.table.test):
        old, new = getattr(before.table.test, field.name), getattr(world.table.test, field.name)
        if isinstance(old, np.ndarray):
            assert np.array_equal(old, new), field.name


def _seen_by(given, controls):
    rng = np.random.default_rng(4)
    seen = [try_control(given, control, rng, repeats=1).seen for control in controls]
    return [f.model_copy(update={"seconds": 0.0}) for f in seen]


def test_exact_intervals_and_what_chance_explains():
    assert clopper_pearson(0, 10, 0.95) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert clopper_pearson(10, 10, 0.95) == pytest.approx((0.025**0.1, 1.0))
    assert chance_of(0, 20, 0.05) == 1.0
    assert chance_of(1, 20, 0.05) == pytest.approx(1 - 0.95**20)
    assert chance_of(most_by_chance(20, 0.05) + 1, 20, 0.05) < 0.01
