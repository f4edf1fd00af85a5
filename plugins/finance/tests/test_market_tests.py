from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2

from testamur_finance.checks.golden_market import make_forecast
from testamur_finance.checks.tails import measure_tails
from testamur_finance.intervals import block_length, block_positions
from testamur_finance.market.scores import by_day, pinball
from testamur_finance.market.tests import (
    christoffersen,
    diebold_mariano,
    holm,
    kupiec,
    long_run_variance,
)


def test_kupiec_is_the_likelihood_ratio_of_two_binomials():
    hits = np.zeros(1000, dtype=bool)
    hits[:17] = True
    ratio = 2 * (binom.logpmf(17, 1000, 0.017) - binom.logpmf(17, 1000, 0.01))
    found = kupiec(hits, 0.01)
    assert found.statistic == pytest.approx(ratio)
    assert found.p_value == pytest.approx(chi2.sf(ratio, 1))


def test_kupiec_knows_no_hit_at_all():
    assert kupiec(np.zeros(100, dtype=bool), 0.01).statistic == pytest.approx(-200 * np.log(0.99))


def test_no_breach_at_all_is_no_share_of_exactly_nothing():
    given = make_forecast(np.zeros((1, 320)), np.tile([-1.0, 0.0, 1.0], (1, 260, 1)))
    found = next(f for f in measure_tails(given).findings if f.measure == "coverage_01")
    assert (found.value, found.low) == (0.0, 0.0)
    assert 0.01 < found.high < 0.02  # Wilson: 3.84 / (260 + 3.84)


def test_kupiec_rejects_a_true_quantile_about_as_often_as_stated():
    rng = np.random.default_rng(0)
    rejected = [kupiec(rng.random(1500) < 0.05, 0.05).p_value < 0.05 for _ in range(600)]
    assert 0.03 < np.mean(rejected) < 0.075


def test_christoffersen_sees_hits_in_rows_and_leaves_single_ones_alone():
    single, rows = np.zeros(1000, dtype=bool), np.zeros(1000, dtype=bool)
    single[::20] = True
    rows[:50] = True
    assert kupiec(rows, 0.05).p_value > 0.9
    assert christoffersen(rows, 0.05).p_value < 1e-6
    assert christoffersen(np.random.default_rng(3).random(1000) < 0.05, 0.05).p_value > 0.01


def test_long_run_variance_is_that_of_statsmodels():
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    values = np.random.default_rng(0).normal(size=300).cumsum() * 0.1
    centred = (values - values.mean())[:, None]
    theirs = S_hac_simple(centred, nlags=5)[0, 0] / 300
    assert long_run_variance(values, 5) == pytest.approx(theirs)


def test_diebold_mariano_rejects_equal_forecasts_about_as_often_as_stated():
    rng = np.random.default_rng(1)
    p_values = [diebold_mariano(rng.normal(size=500)).p_value for _ in range(600)]
    assert 0.03 < np.mean(np.array(p_values) < 0.05) < 0.08


def test_diebold_mariano_of_the_same_forecast_says_nothing():
    assert diebold_mariano(np.zeros(50)).p_value == 1.0


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_pinball_by_hand_and_least_at_the_quantile():
    assert pinball(np.array([1.0, -1.0]), np.zeros((2, 1)), (0.1,)).ravel().tolist() == [0.1, 0.9]
    draws = np.random.default_rng(0).normal(size=20_000)
    losses = [pinball(draws, np.full((20_000, 1), q), (0.05,)).mean() for q in (-2.2, -1.645, -1.1)]
    assert np.argmin(losses) == 1


def test_days_are_put_together():
    values, days = by_day(np.array([1.0, 3.0, 5.0]), np.array([20.0, 10.0, 20.0]))
    assert (values.tolist(), days.tolist()) == ([3.0, 3.0], [10.0, 20.0])


def test_blocks_are_stretches_of_neighbouring_days():
    places = block_positions(100, 10, np.random.default_rng(0))
    assert len(places) == 100
    steps = np.diff(places.reshape(10, 10), axis=1) % 100
    assert (steps == 1).all()
    assert block_length(1000) == 30
    assert block_length(30) == 10
    assert block_length(5) == 5
