from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from testamur_education.irt.ability import estimate_abilities, reliability
from testamur_education.irt.quadrature import normal_grid
from testamur_education.irt.two_pl import B_SD, LOG_A_SD, fit_two_pl, log_likelihood
from testamur_education.path.choose import choose_path, expected_gain, gini

GRID = normal_grid()


def simulate(n: int, j: int, seed: int):
    rng = np.random.default_rng(seed)
    theta, slope, b = rng.normal(size=n), rng.lognormal(0, 0.3, j), rng.normal(size=j)
    chance = 1 / (1 + np.exp(-slope * (theta[:, None] - b)))
    return (rng.random((n, j)) < chance).astype(float), theta, slope, b


@pytest.fixture(scope="module")
def fitted():
    right, theta, slope, b = simulate(2500, 24, seed=1)
    return right, theta, slope, b, fit_two_pl(right)


def test_known_items_are_found_again_within_their_errors(fitted):
    _, _, slope, b, items = fitted
    assert items.converged
    assert np.mean(np.abs(items.slope - slope) < 1.96 * items.slope_error) > 0.8
    assert np.mean(np.abs(items.difficulty - b) < 1.96 * items.difficulty_error) > 0.8


def test_errors_hold_the_true_items_as_often_as_they_say():
    """40 tests of 12 items by 500 people each: 480 slopes and 480 difficulties."""
    held = []
    for seed in range(40):
        right, _, slope, b = simulate(500, 12, seed)
        items = fit_two_pl(right)
        held.append(np.abs(np.log(items.slope / slope)) < 1.96 * items.slope_error / items.slope)
        held.append(np.abs(items.difficulty - b) < 1.96 * items.difficulty_error)
    assert 0.92 < np.mean(held) < 0.975


def test_the_fit_is_where_an_independent_optimiser_finds_the_top():
    right, *_ = simulate(150, 3, seed=2)
    items = fit_two_pl(right)

    def penalised(x):
        log_a, b = x[:3], x[3:]
        rows = log_likelihood(right, np.ones_like(right, bool), np.exp(log_a), b, GRID.nodes)
        marginal = np.log(np.exp(rows + np.log(GRID.weights)).sum(axis=1)).sum()
        return -marginal + 0.5 * ((log_a / LOG_A_SD) ** 2).sum() + 0.5 * ((b / B_SD) ** 2).sum()

    top = minimize(penalised, np.zeros(6), method="BFGS")
    assert np.allclose(np.log(items.slope), top.x[:3], atol=0.01)
    assert np.allclose(items.difficulty, top.x[3:], atol=0.01)


def test_intervals_hold_the_true_ability_as_often_as_they_say(fitted):
    right, theta, *_, items = fitted
    found = estimate_abilities(right, items, GRID, level=0.9)
    assert 0.87 < np.mean((found.low <= theta) & (theta <= found.high)) < 0.93
    assert 0.7 < reliability(found) < 0.95


def test_an_item_that_everyone_solves_stays_finite():
    right = np.ones((40, 3))
    right[:20, 0] = 0
    items = fit_two_pl(right)
    assert np.isfinite([items.slope, items.difficulty, items.slope_error, items.difficulty_error]).all()


def test_nobody_or_no_item_is_refused():
    with pytest.raises(ValueError, match="answered once at least"):
        fit_two_pl(np.full((3, 2), np.nan))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=24, max_size=24))
def test_one_more_right_answer_never_lowers_an_ability(fitted, answers):
    items = fitted[-1]
    before = np.array([answers])
    after = np.where(np.isnan(before) | (before == 0), 1.0, before)
    both = estimate_abilities(np.concatenate([before, after]), items, GRID)
    assert both.mean[1] >= both.mean[0] - 1e-12
    assert (both.low <= both.mean).all()
    assert (both.mean <= both.high).all()


def test_a_learner_without_answers_is_the_middle_and_unsure(fitted):
    nobody = estimate_abilities(np.full((1, 24), np.nan), fitted[-1], GRID)
    assert abs(nobody.mean[0]) < 1e-9
    assert nobody.error[0] == pytest.approx(1.0, abs=0.01)


def test_expected_gain_is_the_slope_of_the_expected_chance(fitted):
    items = fitted[-1]
    sharp = np.zeros((1, len(GRID.nodes)))
    sharp[0, 20] = 1.0  # ability 0
    step = 1e-5
    slope = (items.chance(np.array([step])) - items.chance(np.array([-step]))) / (2 * step)
    assert np.allclose(expected_gain(sharp, items, GRID.nodes), slope, atol=1e-6)


def test_a_path_begins_with_the_best_and_takes_no_twin():
    gain = np.array([1.0, 0.99, 0.8])
    alike = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert choose_path(gain, alike, np.arange(3), 2) == [0, 2]
    assert choose_path(gain, np.eye(3), np.arange(3), 3) == [0, 1, 2]


def test_concentration_runs_from_none_to_all_on_one():
    assert gini(np.ones(5)) == pytest.approx(0.0)
    assert gini(np.array([0, 0, 0, 0, 7.0])) == pytest.approx(0.8)
    assert gini(np.zeros(3)) == 0.0
