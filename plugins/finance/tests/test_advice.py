from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.errors import TestamurError
from testamur_finance.advice.frontier import resample_frontier
from testamur_finance.advice.methods import methods, restated
from testamur_finance.advice.profile import Answers, judge_profile
from testamur_finance.advice.walk import deepest_fall, shortfall, walk_forward
from testamur_finance.advice.weights import (
    effective_holdings,
    minimum_cvar,
    minimum_variance,
    risk_parity,
    risk_shares,
    shrunk_covariance,
)

COVARIANCE = np.array([[0.04, 0.006], [0.006, 0.01]])
CALM = Answers(15, 0.5, "buy", "much", 12, 0.3)


def test_minimum_variance_of_two_is_the_closed_form():
    first = (0.01 - 0.006) / (0.04 + 0.01 - 2 * 0.006)
    assert minimum_variance(COVARIANCE) == pytest.approx([first, 1 - first], abs=1e-5)


def test_risk_parity_of_two_is_the_inverse_volatility():
    assert risk_parity(COVARIANCE) == pytest.approx([1 / 3, 2 / 3], abs=1e-5)


@given(st.integers(min_value=0, max_value=10_000))
def test_every_holding_bears_the_same_risk(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(6, 6))
    covariance = root @ root.T + 0.1 * np.eye(6)
    assert risk_shares(risk_parity(covariance), covariance) == pytest.approx(np.full(6, 1 / 6), abs=1e-4)


def test_minimum_cvar_takes_what_never_loses():
    rng = np.random.default_rng(0)
    returns = np.column_stack([rng.normal(0, 0.02, 300), np.full(300, 0.001)])
    assert minimum_cvar(returns) == pytest.approx([0.0, 1.0], abs=1e-6)


def test_minimum_cvar_is_no_worse_than_a_grid():
    rng = np.random.default_rng(2)
    returns = rng.standard_t(4, size=(400, 2)) * [0.02, 0.01]
    found = shortfall(returns @ minimum_cvar(returns))
    grid = min(shortfall(returns @ [w, 1 - w]) for w in np.linspace(0, 1, 101))
    assert found <= grid * 1.001


def test_the_largest_weight_is_kept_and_an_impossible_one_refused():
    rng = np.random.default_rng(0)
    past = rng.normal(0, 0.01, (300, 5)) * [1, 2, 3, 4, 5]
    for method in methods(0.3).values():
        weights = method(past, None)
        assert weights.sum() == pytest.approx(1)
        assert (weights >= 0).all()
    assert minimum_variance(shrunk_covariance(past), most=0.3).max() <= 0.3 + 1e-6
    with pytest.raises(TestamurError, match="1/5"):
        minimum_variance(shrunk_covariance(past), most=0.1)


def test_stated_volatilities_replace_those_of_the_past():
    past = np.random.default_rng(0).normal(0, 0.01, (500, 3))
    stated = np.array([0.02, 0.01, 0.03])
    assert np.sqrt(np.diag(restated(past, stated))) == pytest.approx(stated)
    assert restated(past, np.array([np.nan, 1, 1])) == pytest.approx(shrunk_covariance(past))


def test_the_walk_sees_only_the_days_before():
    returns = np.random.default_rng(0).normal(0, 0.01, (300, 3))
    seen = []

    def spy(past, stated):
        seen.append(past.copy())
        return np.full(3, 1 / 3)

    walk_forward(returns, 100, spy, window=50, every=40, cost=0.0)
    assert [len(past) for past in seen] == [50] * 5
    assert (seen[1] == returns[90:140]).all()


def test_costs_and_drift_by_hand():
    returns = np.array([[0.0, 0.0], [0.10, 0.0], [0.0, 0.0]])
    half = lambda past, stated: np.array([0.5, 0.5])  # noqa: E731
    walk = walk_forward(returns, 1, half, window=1, every=1, cost=0.01)
    assert walk.returns[0] == pytest.approx(0.05 - 0.01)
    traded = 2 * (0.55 / 1.05 - 0.5)
    assert walk.turnover.tolist() == pytest.approx([traded])
    assert walk.returns[1] == pytest.approx(-0.01 * traded)


def test_without_costs_equal_weights_held_daily_are_the_mean():
    returns = np.random.default_rng(0).normal(0, 0.01, (50, 4))
    walk = walk_forward(returns, 10, methods(1.0)["equal"], window=10, every=1, cost=0.0)
    assert walk.returns == pytest.approx(returns[10:].mean(axis=1))


def test_deepest_fall_and_effective_holdings_by_hand():
    assert deepest_fall(np.array([0.1, -0.5, 0.2])) == pytest.approx(0.5)
    assert deepest_fall(np.array([-0.2, 0.1])) == pytest.approx(0.2)
    assert effective_holdings(np.full(8, 1 / 8)) == pytest.approx(8)


def test_the_frontier_rises_and_its_resamples_lie_inside():
    rng = np.random.default_rng(0)
    returns = rng.normal([0.0002, 0.0005, 0.0008], [0.005, 0.01, 0.02], (600, 3))
    found = resample_frontier(returns, most=1.0, rng=rng)
    assert (np.diff(found.volatility) >= -1e-6).all()
    assert (np.diff(found.mean) >= -1e-6).all()
    assert (found.resampled[..., 0] >= found.volatility[0] - 1e-4).all()
    assert (found.spread[:, 0] <= found.spread[:, 1]).all()


def test_the_lower_of_capacity_and_tolerance_decides():
    assert judge_profile(CALM).level == 5
    short = judge_profile(Answers(2, 0.5, "buy", "much", 12, 0.3))
    assert (short.level, short.capacity, short.tolerance) == (2, 2, 5)
    assert any("situation decides" in note for note in short.notes)
    timid = judge_profile(Answers(20, 0.05, "sell", "none", 12, 0.3))
    assert timid.level == timid.tolerance == 2
    assert any("client decides" in note for note in timid.notes)


def test_money_needed_within_a_year_stays_in_cash():
    assert judge_profile(Answers(0, 0.5, "buy", "much", 12, 0.3)).level == 1


def test_answers_that_contradict_each_other_are_told():
    torn = judge_profile(Answers(15, 0.4, "sell", "some", 12, 0.3))
    assert any("contradict" in note for note in torn.notes)


@given(
    st.integers(0, 60),
    st.floats(0, 1),
    st.sampled_from(["sell", "hold", "buy"]),
    st.sampled_from(["none", "some", "much"]),
    st.integers(0, 60),
    st.floats(0.01, 1),
)
def test_no_level_is_above_what_either_side_bears(years, loss, reaction, experience, months, share):
    profile = judge_profile(Answers(years, loss, reaction, experience, months, share))
    assert 1 <= profile.level <= min(profile.capacity, profile.tolerance)
    more = judge_profile(Answers(years + 5, loss, reaction, experience, months, share))
    assert more.capacity >= profile.capacity
