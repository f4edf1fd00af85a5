"""What is never below 0: parts of the Brier score, stability index, ICI, span of local effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from testamur.audit.brier_parts import brier_estimates, brier_parts
from testamur.audit.calibration_curve import ECE_BINS, FINE_BINS, distances, equal_mass
from testamur.audit.interval import critical_value
from testamur.audit.local_effects import local_effects
from testamur.audit.made_rows import Cells
from testamur.audit.population_shift import measure_shift
from testamur.audit.smooth import lowess, smoother
from testamur.audit.smooth_error import ici_estimate, smooth_of
from testamur.audit.squared_distance import squared_interval

Z = critical_value(0.95)
FEW = settings(max_examples=25, deadline=None)
SEEDS = st.integers(0, 10_000)


def world(seed, n=400, slope=1.0):
    """Outcomes and risks in order; the truth is the risk with its log-odds times `slope`."""
    r = np.random.default_rng(seed)
    x = np.sort(r.normal(size=n))
    return (r.random(n) < 1 / (1 + np.exp(-slope * x))).astype(int), 1 / (1 + np.exp(-x))


def test_a_smoother_passes_through_a_weighted_line_at_a_point():
    r = np.random.default_rng(5)
    x, weight = np.sort(r.random(60)), r.integers(1, 9, 60).astype(float)
    y, at = r.random(60) * 0.5 + 0.2, 0.4
    order = np.argsort(np.abs(x - at))
    reach = np.abs(x - at)[order][np.searchsorted(np.cumsum(weight[order]), 0.75 * weight.sum())] * 1.000001
    tricube = np.clip(1 - (np.abs(x - at) / reach) ** 3, 0, None) ** 3 * weight
    line = np.polyfit(x, y, 1, w=np.sqrt(tricube))
    assert float(lowess(x, y, weight, np.array([at]))[0]) == pytest.approx(np.polyval(line, at), abs=1e-9)
    assert smoother(x, weight, x).sum(axis=1) == pytest.approx(np.ones(60))
    assert smoother(x, weight, x) @ (3 * x - 1) == pytest.approx(3 * x - 1)  # a line is left as it is


@FEW
@given(SEEDS, st.sampled_from([0.0, 1.0, 3.0]))
def test_parts_above_0_add_up_to_the_brier_score_of_binned_risks(seed, slope):
    event, risk = world(seed, 300, slope)
    risk = np.round(risk, 1)
    bins = equal_mass(event, risk, 300)  # a bin per stated risk
    reliability, resolution, uncertainty = brier_parts(bins.counts, bins.risk)
    total, score = reliability - resolution + uncertainty, brier_score_loss(event, risk)
    assert min(reliability, resolution) >= 0.0
    if min(reliability, resolution) > 0:
        assert total == pytest.approx(score, abs=1e-12)
    else:
        assert abs(total - score) < 0.02


def test_parts_are_less_biased_than_murphys():
    """Of risks as stated the reliability is 0, of useless ones the resolution: closed forms of the truth."""
    plain, found = [], []
    for seed in range(200):
        event, risk = world(seed, 300)
        bins = equal_mass(event, risk, ECE_BINS)
        rows = bins.counts.sum(axis=1)
        gap = bins.counts[:, 1] / rows - (bins.counts * bins.risk).sum(axis=1) / rows
        plain.append((rows * gap**2).sum() / 300)
        found.append(brier_parts(bins.counts, bins.risk)[0])
    assert np.mean(plain) > 0.008
    assert np.mean(found) < 0.25 * np.mean(plain)


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_intervals_of_parts_and_of_the_ici_hold(slope):
    """100 samples; truths from the risks of a very large one. At 95 % fewer happen once in a thousand."""
    x = np.sort(np.random.default_rng(9).normal(size=40_000))
    risk, true = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-slope * x))
    bins = [np.array([p.mean() for p in np.array_split(of, ECE_BINS)]) for of in (risk, true)]
    fine = [np.array([p.mean() for p in np.array_split(of, 400)]) for of in (risk, true)]
    curve = lowess(*fine, np.full(400, 100.0), fine[0])
    truth = {
        "brier_reliability": ((bins[0] - bins[1]) ** 2).mean(),
        "brier_resolution": ((bins[1] - true.mean()) ** 2).mean(),
        "brier_uncertainty": true.mean() * (1 - true.mean()),
        "ici": np.abs(curve - fine[0]).mean(),
    }
    held = dict.fromkeys(truth, 0)
    for seed in range(100):
        found, _ = distances(*world(seed, 400, slope), level=0.95, rng=np.random.default_rng(seed))
        for name, value in truth.items():
            assert 0.0 <= found[name].low <= found[name].value <= found[name].high
            held[name] += found[name].low - 1e-9 <= value <= found[name].high + 1e-9
    assert min(held.values()) >= 88, held


def test_the_ici_is_the_mean_distance_from_the_smooth():
    event, risk = world(1, 1000, 0.5)
    fine = equal_mass(event, risk, FINE_BINS)
    smooth = smooth_of(fine.counts, fine.risk, Z)
    rows = np.ones(1000)
    by_rows = np.abs(lowess(risk, event.astype(float), rows, risk) - risk).mean()  # without bins
    found = ici_estimate(smooth, 0.95, np.random.default_rng(0))
    assert found.value == pytest.approx(by_rows, abs=5e-4)
    assert len(smooth.points) == 101
    assert found.high - found.value < 2.5 * Z * (0.25 / 1000) ** 0.5  # never wider than of a share, by far


def test_one_stated_risk_has_an_ici_too():
    event, risk = np.repeat([0, 1], [60, 40]), np.full(100, 0.4)
    found, points = distances(event, risk, level=0.95, rng=np.random.default_rng(0))
    assert found["ici"].value == pytest.approx(0.0, abs=1e-12)
    assert found["ici"].low == 0.0
    assert 0.08 < found["ici"].high < 0.11  # that of a share of 100
    assert found["brier_resolution"].low == 0.0
    assert found["brier_resolution"].value == pytest.approx(0.0, abs=1e-12)
    assert len(points) == 101


@FEW
@given(SEEDS, st.sampled_from([0.0, 0.7, 1.0]), st.integers(2, 5))
def test_more_of_the_same_rows_never_widen_an_interval(seed, slope, copies):
    event, risk = world(seed, 150, slope)
    bins = equal_mass(event, risk, ECE_BINS)
    one, more = (brier_estimates(bins.counts * times, bins.risk, Z) for times in (1, copies))
    fine = equal_mass(event, risk, FINE_BINS)
    one["ici"], more["ici"] = (
        ici_estimate(smooth_of(fine.counts * times, fine.risk, Z), 0.95, np.random.default_rng(0))
        for times in (1, copies)
    )
    train, test = 10 * bins.counts.T.astype(int) + 10  # its half rows weigh next to nothing
    one["psi"], more["psi"] = (measure_shift(train * t, test * t, Z).estimate for t in (1, copies))
    for name, estimate in one.items():
        wide = estimate.high - estimate.low
        assert more[name].high - more[name].low <= wide + 1e-9, name


def test_a_squared_distance_far_from_0_is_a_normal_interval_and_near_0_reaches_0():
    low, high = squared_interval(4.0, 0.0, 1e-6, 0.0, Z)
    assert (low, high) == pytest.approx((4 - Z * 2e-3, 4 + Z * 2e-3), abs=1e-5)
    low, high = squared_interval(0.01, 0.01, 0.004, 2e-5, Z)
    assert low == 0.0
    assert 0.01 < high <= (0.1 + Z * 0.001**0.5) ** 2 + 1e-12


def test_the_interval_of_the_stability_index_holds():
    r = np.random.default_rng(4)
    for p, q in (((0.5, 0.3, 0.2), (0.35, 0.35, 0.3)), ((0.6, 0.38, 0.02), (0.6, 0.38, 0.02))):
        truth = float(((np.array(q) - p) * np.log(np.array(q) / p)).sum())
        found = [measure_shift(r.multinomial(600, p), r.multinomial(200, q), Z).estimate for _ in range(300)]
        held = sum(e.low - 1e-12 <= truth <= e.high for e in found)
        assert held >= 272  # at 95 % fewer happen once in 500 samples of 300


def test_the_interval_of_a_span_of_local_effects_holds_and_reaches_0_where_there_is_none():
    """An answer that another number bends: on average nothing moves, and the curve's errors have a span."""
    r, held = np.random.default_rng(2), 0
    for _ in range(100):
        numbers = r.normal(size=(150, 2))
        cells = Cells(numbers, np.zeros(numbers.shape, dtype=bool), 2)
        effects = local_effects(lambda c: c.values[:, 0] * c.values[:, 1], cells, 0)
        found = effects.span_estimate(0.95, r)
        assert found.low <= found.value <= found.high
        assert found.value > 0.0
        held += found.low == 0.0
    assert held >= 88  # at 95 % fewer happen once in a thousand
    straight = local_effects(lambda c: 2 * c.values[:, 0], cells, 0).span_estimate(0.95, r)
    assert straight.low == pytest.approx(straight.value)  # every row takes the same step
    assert straight.high == pytest.approx(straight.value)
