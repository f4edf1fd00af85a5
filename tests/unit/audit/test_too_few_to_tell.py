"""Samples that are too small to say anything: nothing is said, and no limit is met with them."""

from __future__ import annotations

import numpy as np
import pytest

from testamur.audit.auc import auc_estimate, auc_gain, auc_parts
from testamur.audit.calibration import OVERALL
from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.golden_world import make_input
from testamur.audit.leakage import COLUMNS, TIME
from testamur.audit.macro_auc import macro_estimate, macro_gain
from testamur.audit.performance import CLASSES, DECISIONS, DISCRIMINATION, PROBABILITIES
from testamur.audit.run import run_audit, run_check
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus
from testamur.contracts.policy import VerdictStatus

N = 200


def audited(given, checks, **more):
    return conclude(given, run_audit(given, checks, **more))


def _noise(n_events, seed):
    r = np.random.default_rng(seed)
    return (np.arange(N) < n_events).astype(int), r.random(N)


def _verdicts(given):
    return {v.limit.id: v for v in audited(given, ALL_CHECKS).verdicts}


@pytest.mark.parametrize("n_events", [1, 2, 3, 5, 19])
def test_noise_with_a_handful_of_events_is_never_better_than_nothing(n_events):
    for seed in range(8):
        event, risk = _noise(n_events, seed)
        given = make_input(event, {"model": risk, "naive": np.full(N, n_events / N)})
        _, outcome = run_check(given, DISCRIMINATION)
        assert all(f.status is CheckStatus.NOT_ESTIMABLE for f in outcome.findings)
    verdict = _verdicts(given)["better_than_naive"]
    assert verdict.status is VerdictStatus.NOT_SHOWN
    assert "rarer outcome" in verdict.reason


@pytest.mark.parametrize("check", [DISCRIMINATION, PROBABILITIES, OVERALL, COLUMNS])
@pytest.mark.parametrize(("n_events", "status"), [(19, CheckStatus.NOT_ESTIMABLE), (20, CheckStatus.DONE)])
def test_the_policys_minimum_counts_events(check, n_events, status):
    event, risk = _noise(n_events, 0)
    entry, _ = run_check(make_input(event, {"model": risk}), check)
    assert entry.status is status
    assert str(n_events) not in entry.reason


def test_a_model_that_selects_nobody_is_not_shown_to_be_useful():
    event, _ = _noise(60, 0)
    given = make_input(event, {"model": np.full(N, 0.1) + event * 0.1, "naive": np.full(N, 0.3)})
    _, outcome = run_check(given, DECISIONS)
    benefit = [f for f in outcome.findings if f.measure.startswith("net_benefit")]
    assert {f.measure for f in benefit} >= {"net_benefit", "net_benefit_gain_over_all"}
    assert all(f.status is CheckStatus.NOT_ESTIMABLE for f in benefit)
    assert _verdicts(given)["useful_decisions"].status is VerdictStatus.NOT_SHOWN


def test_net_benefit_needs_events():
    event, risk = _noise(5, 0)
    _, outcome = run_check(make_input(event, {"model": risk}), DECISIONS)
    assert next(f for f in outcome.findings if f.measure == "net_benefit").status is CheckStatus.NOT_ESTIMABLE


def test_macro_auc_of_classes_of_one_row_is_not_estimable():
    target = np.r_[np.zeros(50), np.ones(50), [2]].astype(int)
    given = make_input(
        target, {"model": np.eye(3)[target]}, kind=ProblemKind.MULTICLASS, classes=("a", "b", "c")
    )
    _, outcome = run_check(given, CLASSES)
    (macro,) = (f for f in outcome.findings if f.measure == "macro_auc")
    assert macro.status is CheckStatus.NOT_ESTIMABLE
    assert "1 of 3 classes" in macro.reason


def test_perfectly_separated_classes_have_a_width():
    target = np.tile([0, 1, 2], 20)
    given = make_input(
        target,
        {
            "model": np.eye(3)[target],
            "naive": np.full((60, 3), 1 / 3),
            "boosting": np.eye(3)[target] * 0.8 + 0.2 / 3,
        },
        kind=ProblemKind.MULTICLASS,
        classes=("a", "b", "c"),
    )
    _, outcome = run_check(given, CLASSES)
    found = {f.measure: f for f in outcome.findings}
    assert found["macro_auc"].value == 1.0
    assert found["macro_auc"].low < 0.99
    assert found["macro_auc_gain_over_naive"].low < 0.49


def test_rows_of_one_person_show_nothing():
    r = np.random.default_rng(1)
    event, risk = np.tile([0, 1], 30), r.random(60)
    risk = np.where(event == 1, 0.6 + 0.3 * risk, 0.3 * risk)
    predicted = {"model": risk, "naive": np.full(60, 0.5)}
    groups = {"sex": (("f", "m"), np.arange(60) % 2)}
    for n_people in (1, 2, 19):
        given = make_input(event, predicted, groups=groups, entity=np.arange(60) % n_people)
        result = audited(given, ALL_CHECKS)
        entries = {e.check: e for e in result.coverage}
        assert entries["core.performance.discrimination"].status is CheckStatus.NOT_ESTIMABLE
        assert entries["core.fairness.gaps"].status is CheckStatus.NOT_ESTIMABLE
        assert "too few entities" in entries["core.performance.discrimination"].reason
        on_people = [v for v in result.verdicts if not v.limit.check.startswith("core.leakage")]
        assert on_people
        assert all(v.status is VerdictStatus.NOT_SHOWN for v in on_people)


def test_entities_without_spread_give_no_interval_and_never_that_of_independent_rows():
    event, score = np.tile([0, 1], 40), np.tile([0.1, 0.9], 40)
    person = np.arange(80) // 4
    perfect, chance = auc_parts(event, score), auc_parts(event, np.full(80, 0.5))
    for estimate in (
        auc_estimate(perfect, 1.96, person),
        auc_gain(perfect, chance, 1.96, person),
        macro_estimate([perfect], 1.96, person),
        macro_gain([perfect], [chance], 1.96, person),
    ):
        assert (estimate.low, estimate.high) == (-np.inf, np.inf)
    given = make_input(event, {"model": score, "naive": np.full(80, 0.5)}, entity=person)
    assert _verdicts(given)["better_than_naive"].status is VerdictStatus.NOT_SHOWN


def _with_times(test, train):
    train_part = {
        "target": np.zeros(len(train)),
        "numeric": np.zeros((len(train), 1)),
        "groups": [],
        "kind": ProblemKind.BINARY,
        "absent": None,
        "columns": {"time": np.array(train)},
    }
    event = np.arange(len(test)) % 2
    return make_input(event, {"model": np.full(len(test), 0.5)}, train=train_part, time=np.array(test))


def test_a_missing_time_does_not_hide_the_overlap():
    given = _with_times([1.0, 2.0, 9.0, np.nan, 10.0], [4.0, np.nan, 5.0])
    _, outcome = run_check(given, TIME)
    (finding,) = outcome.findings
    assert finding.value == pytest.approx(0.5)
    assert finding.n == 4
    assert "fewer than 5 rows of the test part" in finding.note


@pytest.mark.parametrize(("test", "train"), [([np.nan] * 3, [1.0]), ([1.0, 2.0], [np.nan, np.nan])])
def test_without_times_the_order_is_not_estimable(test, train):
    entry, _ = run_check(_with_times(test, train), TIME)
    assert entry.status is CheckStatus.NOT_ESTIMABLE
    assert "has a time" in entry.reason
