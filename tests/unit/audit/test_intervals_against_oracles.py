"""Intervals and estimates against independent oracles: scipy, scikit-learn, published tables, brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from testamur.audit.auc import auc_estimate, auc_gain, auc_parts, roc_points, variance
from testamur.audit.bootstrap_interval import mean_gains, percentile_estimate
from testamur.audit.calibration_curve import ECE_BINS, equal_mass, regression, reliability_bins
from testamur.audit.calibration_error import ece, ece_estimate
from testamur.audit.detectable import detectable_gap, rows_to_settle
from testamur.audit.interval import (
    critical_value,
    difference,
    mean_estimate,
    ratio,
    share_interval,
    wilson,
    wilson_rare,
)
from testamur.audit.resample import bootstrap_means

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(("x", "n"), [(0, 20), (1, 20), (7, 31), (20, 20), (500, 1000)])
def test_wilson_equals_scipy(x, n):
    expected = stats.binomtest(x, n).proportion_ci(0.95, method="wilson")
    low, high = wilson(x, n, critical_value(0.95))
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)
    assert high > low


def test_rare_properties_get_the_poisson_limit():
    z = critical_value(0.95)
    low, high = wilson_rare([0, 1, 2, 5, 24, 25], 25, z)
    plain_low, plain_high = wilson([0, 1, 2, 5, 24, 25], 25, z)
    assert low[1] == pytest.approx(stats.chi2.ppf(0.05, 2) / 2 / 25)
    assert low[2] == pytest.approx(min(stats.chi2.ppf(0.05, 4) / 2 / 25, plain_low[2]))
    assert high[4] == pytest.approx(1 - low[1])
    assert low[[0, 3, 5]].tolist() == plain_low[[0, 3, 5]].tolist()
    assert high[[0, 3, 5]].tolist() == plain_high[[0, 3, 5]].tolist()


@pytest.mark.parametrize(
    ("first", "second", "expected"),  # Newcombe 1998, Stat Med 17:873, table II, method 10
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ],
)
def test_difference_equals_the_published_table(first, second, expected):
    z = critical_value(0.95)
    ends = [(x / n, *(float(v) for v in wilson(x, n, z))) for x, n in (first, second)]
    low, high = difference(*ends[0], *ends[1])
    assert float(low) == pytest.approx(expected[0], abs=6e-5)
    assert float(high) == pytest.approx(expected[1], abs=6e-5)


def test_ratio_covers_and_agrees_with_the_log_interval_in_large_samples():
    z = critical_value(0.95)
    first, second = (300 / 1000, *wilson(300, 1000, z)), (400 / 1000, *wilson(400, 1000, z))
    low, high = ratio(*first, *second)
    error = (1 / 300 - 1 / 1000 + 1 / 400 - 1 / 1000) ** 0.5  # Katz 1978
    assert float(low) == pytest.approx(0.75 * np.exp(-z * error), rel=0.01)
    assert float(high) == pytest.approx(0.75 * np.exp(z * error), rel=0.01)


def test_ratio_has_no_upper_bound_where_the_denominator_may_be_nothing():
    z = critical_value(0.95)
    low, high = ratio(0.5, *wilson(10, 20, z), 0.05, 0.0, 0.2)
    assert np.isinf(high)
    assert 0 < low < 10


def test_student_equals_scipy():
    values = RNG.normal(size=37)
    found = mean_estimate(values, 0.9)
    low, high = stats.t.interval(0.9, 36, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_sidak():
    z = critical_value(0.95, 10)
    assert (1 - 2 * stats.norm.sf(z)) ** 10 == pytest.approx(0.95, abs=1e-12)


def _scores(n=300, ties=True):
    event = (RNG.random(n) < 0.3).astype(int)
    score = RNG.normal(size=n) + event
    return event, np.round(score, 1) if ties else score


def _brute_delong(event, one, two):
    """Covariance of two AUCs straight from the definition, O(m n)."""
    kernels = []
    for score in (one, two):
        gap = score[event == 1][:, None] - score[event == 0][None, :]
        kernels.append((gap > 0) + 0.5 * (gap == 0))
    v10 = np.cov([k.mean(axis=1) for k in kernels])
    v01 = np.cov([k.mean(axis=0) for k in kernels])
    return np.array([k.mean() for k in kernels]), v10 / event.sum() + v01 / (1 - event).sum()


@pytest.mark.parametrize("ties", [True, False])
def test_auc_and_delong_equal_sklearn_and_the_definition(ties):
    event, one = _scores(ties=ties)
    two = one + np.round(RNG.normal(size=len(one)), 1)
    parts, other = auc_parts(event, one), auc_parts(event, two)
    value, covariance = _brute_delong(event, one, two)
    assert parts.auc == pytest.approx(roc_auc_score(event, one), abs=1e-12)
    assert other.auc == pytest.approx(value[1], abs=1e-12)
    assert variance(parts.influence) == pytest.approx(covariance[0, 0], abs=1e-12)
    gain = auc_gain(parts, other, 1.96)
    error = (covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]) ** 0.5
    assert 1.0 < (gain.high - gain.low) / (2 * 1.96 * error) < 1.15  # Student's value, wider on a long tail


def test_auc_of_perfect_separation_has_a_width():
    event = np.repeat([0, 1], [30, 20])
    found = auc_estimate(auc_parts(event, event.astype(float)), 1.96)
    assert found.value == 1.0
    assert 0.8 < found.low < 0.99
    gain = auc_gain(auc_parts(event, event + 0.0), auc_parts(event, event * 2.0), 1.96)
    assert gain.value == gain.low == gain.high == 0.0  # the same ranking, row by row


def test_clustered_variance_of_doubled_rows_is_that_of_the_single_rows():
    event, score = _scores(200)
    single = auc_parts(event, score)
    twice = auc_parts(np.repeat(event, 2), np.repeat(score, 2))
    cluster = np.repeat(np.arange(200), 2)
    assert variance(twice.influence, cluster) == pytest.approx(variance(single.influence), rel=0.02)
    assert variance(twice.influence) < 0.6 * variance(single.influence)


def test_roc_points_are_few_ordered_and_complete():
    event, score = _scores(5000, ties=False)
    points = np.array(roc_points(event, score))
    assert len(points) <= 200
    assert points[0].tolist() == [0.0, 0.0]
    assert points[-1].tolist() == [1.0, 1.0]
    assert (np.diff(points, axis=0) >= 0).all()
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(roc_auc_score(event, score), abs=0.002)


def test_calibration_regression_equals_sklearn_and_its_error_the_information():
    x = RNG.normal(size=800)
    risk = 1 / (1 + np.exp(-x))
    event = (RNG.random(800) < 1 / (1 + np.exp(-(0.3 + 0.6 * x)))).astype(int)
    found = regression(event, risk, 1.96)
    oracle = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(x[:, None], event)
    assert found["calibration_slope"].value == pytest.approx(float(oracle.coef_[0, 0]), abs=1e-4)
    assert found["calibration_intercept"].value == pytest.approx(float(oracle.intercept_[0]), abs=1e-4)
    mean = oracle.predict_proba(x[:, None])[:, 1]
    design = np.c_[np.ones(800), x]
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ (design * (mean * (1 - mean))[:, None]))))
    width = found["calibration_slope"].high - found["calibration_slope"].low
    assert width == pytest.approx(2 * 1.96 * errors[1], rel=1e-4)


def test_separated_outcomes_have_no_slope():
    risk = np.linspace(0.05, 0.95, 50)
    assert "calibration_slope" not in regression((risk > 0.5).astype(int), risk, 1.96)


def test_debiased_ece_of_calibrated_risks_is_much_smaller_than_the_plain_one():
    risk = RNG.random((200, 600))
    event = (RNG.random(risk.shape) < risk).astype(int)
    debiased, plain = [], []
    for e, r in zip(event, risk, strict=True):
        bins = equal_mass(e, r, ECE_BINS)
        rows = bins.counts.sum(axis=1)
        gap = bins.counts[:, 1] / rows - (bins.counts * bins.risk).sum(axis=1) / rows
        debiased.append(float(ece(bins.counts, bins.risk)))
        plain.append(float((rows * np.abs(gap)).sum() / rows.sum()))
    assert np.mean(plain) > 0.045
    assert np.mean(debiased) < 0.65 * np.mean(plain)


def test_interval_of_the_ece_holds_near_and_far_from_0():
    """200 samples of risks as stated, and of risks with nothing behind them: the true error is known."""
    r = np.random.default_rng(3)
    risk = np.sort(r.random(400_000))
    for true, truth in ((risk, 0.0), (np.full(len(risk), 0.5), None)):
        parts = np.array([p.mean() for p in np.array_split(true - risk, 5)])
        truth = float(np.abs(parts).mean()) if truth is None else truth
        held = 0
        for _ in range(200):
            rows = r.integers(0, len(risk), 500)
            bins = equal_mass((r.random(500) < true[rows]).astype(int), risk[rows], 5)
            found = ece_estimate(bins.counts, bins.risk, 0.95)
            assert 0.0 <= found.low <= found.value <= found.high
            held += found.low <= truth <= found.high
        assert held >= 182  # at 95 % fewer happen once in 500 samples of 200


def test_interval_of_the_ece_of_one_bin_is_its_closed_form():
    """One bin of known sign: the normal interval of its gap, with the share's two added rows of each kind."""
    z, counts, risk = critical_value(0.95), np.array([[60.0, 40.0]]), np.array([[0.1, 0.1]])
    found = ece_estimate(counts, risk, 0.95)
    share = (40 + z * z / 2) / (100 + z * z)
    half = z * (share * (1 - share) / 100) ** 0.5
    assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half), abs=1e-12)
    assert found.value == pytest.approx(0.3, abs=1e-9)
    as_stated = ece_estimate(counts, np.array([[0.4, 0.4]]), 0.95)
    assert (as_stated.value, as_stated.low) == (0.0, 0.0)
    assert as_stated.high == pytest.approx(half, abs=1e-12)


@pytest.mark.parametrize("n", [10, 25, 60, 150])
def test_interval_of_one_share_holds_every_share(n):
    """Exact coverage over all shares, not simulated; the plain score interval falls to 92 %."""
    x, shares = np.arange(n + 1), np.r_[np.geomspace(1e-4, 0.02, 60), np.linspace(0.02, 0.98, 481)]
    low, high = share_interval(x, n, critical_value(0.95))
    chance = stats.binom.pmf(x[:, None], n, shares)
    covered = (chance * ((low[:, None] <= shares) & (shares <= high[:, None]))).sum(axis=0)
    assert covered.min() >= 0.938
    plain = wilson(x, n, critical_value(0.95))
    assert (low <= plain[0]).all()
    assert (high >= plain[1]).all()


def test_percentile_interval_of_few_entities_is_expanded_to_students():
    """Replicates of a mean of 10 units: normal with variance (n - 1) / n; the ends are those of t."""
    n = 10
    replicates = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000) * ((n - 1) / n) ** 0.5
    found = percentile_estimate(0.0, replicates, 0.95, 40, n)
    assert (found.low, found.high) == pytest.approx((-stats.t.ppf(0.975, 9), stats.t.ppf(0.975, 9)), rel=1e-3)
    assert found.n == 40
    many = percentile_estimate(0.0, replicates, 0.95, 1_000_000)
    assert many.high == pytest.approx(1.959964 * 0.9**0.5, rel=1e-3)


def test_bins_hold_enough_of_both_outcomes():
    risk = np.sort(RNG.random(500)) ** 3
    event = (RNG.random(500) < risk).astype(int)
    bins = reliability_bins(event, risk, n_bins=10, minimum=5, z=1.96)
    assert sum(b["n"] for b in bins) == 500
    for b in bins:
        assert min(b["observed"], 1 - b["observed"]) * b["n"] >= 5 - 1e-9
        assert b["low"] <= b["observed"] <= b["high"]


def test_bootstrap_of_a_mean_has_its_standard_error():
    values = RNG.normal(size=(400, 1))
    drawn = bootstrap_means(values, 2000, np.random.default_rng(0))
    assert drawn.std() == pytest.approx(values.std() / 20, rel=0.08)
    blocks = bootstrap_means(np.repeat(values, 40, axis=0), 500, np.random.default_rng(0))
    assert blocks.std() == pytest.approx(values.std() / 16000**0.5, rel=0.15)
    cluster = np.repeat(np.arange(400), 40)
    together = bootstrap_means(np.repeat(values, 40, axis=0), 500, np.random.default_rng(0), cluster)
    assert together.std() == pytest.approx(values.std() / 20, rel=0.15)


def test_paired_gain_is_narrower_than_its_parts():
    noise = RNG.normal(size=500)
    columns = np.c_[noise + 1.0, noise + 1.2 + 0.1 * RNG.normal(size=500)]
    one, two, gain = mean_gains(
        columns,
        lambda m: np.concatenate([m, m[..., 1:] - m[..., :1]], axis=-1),
        level=0.95,
        n_boot=1000,
        rng=np.random.default_rng(0),
    )
    assert gain.high - gain.low < 0.3 * min(one.high - one.low, two.high - two.low)
    assert gain.low < 0.2 < gain.high


def test_detectable_gap_is_the_gap_of_a_power_calculation():
    z = critical_value(0.95)
    gap = detectable_gap(0.5, 400, 0.5, 400, z)
    assert gap == pytest.approx((1.959964 + 0.841621) * (0.5 / 400) ** 0.5, rel=1e-3)
    assert detectable_gap(0.0, 20, 0.0, 20, z) > 0.05


def test_rows_to_settle_settle():
    needed = rows_to_settle(0.05, -0.05, 0.15, 0.0, 100)
    assert needed == 400  # twice as narrow: the lower end touches the limit
    assert rows_to_settle(0.1, 0.0, 0.2, 0.1, 100) is None
    assert rows_to_settle(0.1, 0.0, float("inf"), 0.2, 100) is None
