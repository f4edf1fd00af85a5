"""Attacks, shift and effects against closed forms; made rows as the encoder would make them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.local_effects import local_effects
from testamur.audit.made_rows import cells_of
from testamur.audit.perturb import moved, spreads, with_missing, with_typos
from testamur.audit.population_shift import bins_of, measure_shift, stability_index
from testamur.audit.primary import primary_of
from testamur.audit.robustness import ATTACK, CHECKS
from testamur.audit.robustness_attack import movable
from testamur.audit.run import run_check
from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import AuditOptions

SIDES = np.tile([-1.0, 1.0], 200)
NUMBERS = np.random.default_rng(1).normal(size=(400, 2))
LOGISTIC = LinearModel((1.0, -2.0), logistic=True)
RISK = 1 / (1 + np.exp(-NUMBERS @ [1.0, -2.0]))
EVENT = (np.random.default_rng(0).random(400) < RISK).astype(int)


def attacked(**columns):
    given = with_model(LOGISTIC, NUMBERS, EVENT)
    spec = given.table.spec
    changed = tuple(c.model_copy(update={"immutable": c.name in columns}) for c in spec.columns)
    table = replace(given.table, spec=spec.model_copy(update={"columns": changed}))
    return replace(given, table=table, options=AuditOptions(bootstrap=100, attack_bounds=(0.1,)))


def test_fgsm_on_a_logistic_model_moves_its_scores_by_bound_times_slopes():
    given = attacked()
    _, outcome = run_check(given, ATTACK)
    by = 0.1 * float(NUMBERS.std(axis=0) @ [1.0, 2.0])
    event = 1 / (1 + np.exp(-(NUMBERS @ [1.0, -2.0] - np.where(EVENT == 1, by, -by))))
    wanted = replace(given.predictions["model"]["test"], probabilities=np.c_[1 - event, event])
    primary = primary_of(given)
    before = primary.score(given.predictions["model"]["test"], EVENT)
    fall = primary.loss(before, primary.score(wanted, EVENT)).value
    assert [f.subject for f in outcome.findings] == ["FGSM, within 0.1 sd", "PGD, 5 steps, within 0.1 sd"]
    assert outcome.findings[0].value == pytest.approx(fall, abs=1e-6)
    assert outcome.findings[1].value == pytest.approx(fall, abs=1e-6)  # nothing beats it on a linear model


def test_columns_declared_immutable_are_left_alone():
    assert movable(attacked().table).tolist() == pytest.approx(NUMBERS.std(axis=0).tolist())
    assert movable(attacked(x1=True).table).tolist() == pytest.approx([NUMBERS[:, 0].std(), 0.0])
    entry, _ = run_check(attacked(x0=True, x1=True), ATTACK)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "immutable" in entry.reason
    _, free = run_check(attacked(), ATTACK)
    _, held = run_check(attacked(x1=True), ATTACK)
    assert held.findings[0].value < free.findings[0].value


def test_numbers_are_moved_in_the_unit_of_the_source_and_encoded_again():
    given = with_model(LinearModel((1.0,)), SIDES[:, None], SIDES)
    entry = {
        "name": "x0",
        "kind": "numeric",
        "source": "numeric",
        "knots": [0.0, 100.0],
        "scores": [-1.0, 1.0],
    }
    table = replace(given.table, encoder={"features": [entry | {"fill": 0.5}]})
    assert spreads(table)[0] == pytest.approx(50.0)
    cells = cells_of(table.test)
    found = moved(table, cells, np.full((400, 1), 25.0)).values[:, 0]
    assert set(found.round(6)) == {-0.5, 1.0}  # 0 becomes 25; 100 stays at the outer knot
    lost = with_missing(table, cells, 1.0, np.random.default_rng(0))
    assert lost.missing.all()
    assert set(lost.values[:, 0]) == {0.5}
    again = moved(table, lost, np.full((400, 1), 25.0))
    assert np.array_equal(again.values, lost.values)  # what is missing cannot be moved


def test_truth_values_are_not_moved():
    given = with_model(LinearModel((1.0,)), SIDES[:, None], SIDES)
    entry = {"name": "x0", "kind": "numeric", "source": "boolean", "knots": [], "scores": [], "fill": 0.0}
    assert spreads(replace(given.table, encoder={"features": [entry]})).tolist() == [0.0]


def test_a_misspelt_category_is_code_zero():
    model = LinearModel((0.0,), by_code=(0.0, 1.0))
    given = with_model(model, SIDES[:, None], SIDES, codes=np.ones(400, dtype=int))
    found = with_typos(cells_of(given.table.test), 1.0, np.random.default_rng(0))
    assert not found.values[:, 1].any()


def test_the_stability_index_by_hand():
    p, q = np.array([100.5, 200.5, 700.5]) / 1001.5, np.array([50.5, 25.5, 25.5]) / 101.5
    assert stability_index([100, 200, 700], [50, 25, 25]) == pytest.approx(
        float(((q - p) * np.log(q / p)).sum())
    )
    assert stability_index([1, 0], [0, 1]) < np.inf


@drawn(st.lists(st.integers(1, 500), min_size=2, max_size=8), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_the_same_shares_give_an_index_of_nearly_nothing_and_an_interval_that_holds_it(counts, times):
    train = np.array(counts)
    shift = measure_shift(train * times, train, 1.96)
    assert shift.psi < 0.05
    assert shift.estimate.low <= shift.psi <= shift.estimate.high
    assert 0.0 <= shift.p_value <= 1.0


def test_missing_numbers_are_a_bin_of_their_own():
    train, test = np.r_[np.arange(100.0), np.full(10, np.nan)], np.full(20, np.nan)
    before, after = bins_of(train, test)
    assert before.sum() == 110
    assert before[-1] == 10
    assert after[-1] == 20
    assert set(before[:-1]) == {10}


def test_of_a_linear_model_every_step_of_the_curve_has_the_slope():
    r = np.random.default_rng(2)
    numbers = r.normal(size=(500, 3))
    model = LinearModel((2.0, -3.0, 0.0))
    table = with_model(model, numbers, numbers[:, 0]).table

    def ask(cells):
        return cells.values @ [2.0, -3.0, 0.0]

    for j, slope in enumerate((2.0, -3.0, 0.0)):
        effects = local_effects(ask, cells_of(table.test), j)
        assert np.allclose(np.diff(effects.curve), slope * np.diff(effects.edges), atol=1e-9)
        on_rows = np.interp(cells_of(table.test).values[:, j], effects.edges, effects.curve)
        assert on_rows.mean() == pytest.approx(0.0, abs=1e-9)
    assert local_effects(ask, cells_of(replace(table.test, missing=np.ones((500, 3), bool))), 0) is None


def test_dependent_columns_do_not_leak_into_the_curve():
    """A partial dependence would; of two columns that are all but equal, each shows its own slope."""
    r = np.random.default_rng(4)
    first = r.normal(size=800)
    cells = cells_of(
        with_model(LinearModel((1.0, 0.0)), np.c_[first, first + 0.01 * r.normal(size=800)], first).table.test
    )
    effects = local_effects(lambda c: c.values[:, 0] * c.values[:, 1], cells, 0)
    # d/dx0 of x0 x1 is x1, and x1 is near x0 wherever a row is: the curve is x^2 / 2, not 0.
    middle = effects.curve[np.argmin(np.abs(effects.edges))]
    assert effects.curve[1] - middle == pytest.approx(effects.edges[1] ** 2 / 2, rel=0.15)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.key)
def test_seeds_decide_alone(check):
    given = replace(attacked(), gradients=LOGISTIC)
    one, again = (run_check(given, check)[1].evidence for _ in range(2))
    assert [f.content for f in one] == [f.content for f in again]
