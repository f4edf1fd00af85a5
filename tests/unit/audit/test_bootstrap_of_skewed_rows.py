"""Bootstrap intervals of skewed rows: accelerations in closed form, ends on the side of the long tail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from testamur.audit.bootstrap_interval import mean_gains, percentile_estimate
from testamur.audit.resample import accelerations, units_of


def same(means):
    return means


def test_the_acceleration_of_a_mean_is_a_sixth_of_its_skewness():
    values = np.random.default_rng(0).exponential(size=(500, 2)) ** [1.0, 0.5]
    found = accelerations(units_of(values, np.random.default_rng(0)), same)
    assert found == pytest.approx(stats.skew(values) / (6 * 500**0.5), rel=1e-9)


def test_rows_of_few_values_and_entities_have_the_acceleration_of_their_units():
    r = np.random.default_rng(1)
    seldom = (r.random(400) < 0.05).astype(float)[:, None]
    few = units_of(seldom, r)
    assert len(few.rows) == 2  # two patterns stand for 400 rows
    assert float(accelerations(few, same)[0]) == pytest.approx(stats.skew(seldom)[0] / (6 * 20.0), rel=1e-9)
    of_people = r.exponential(size=100)
    twice = units_of(np.repeat(of_people, 3)[:, None], r, np.repeat(np.arange(100), 3))
    assert float(accelerations(twice, same)[0]) == pytest.approx(stats.skew(of_people) / 60, rel=1e-9)


def test_nothing_varies_nothing_is_skewed():
    assert accelerations(units_of(np.ones((50, 1)), np.random.default_rng(0)), same).tolist() == [0.0]


def test_ends_are_the_wider_of_the_percentile_and_the_accelerated_ones():
    """Of normal replicates the accelerated ends are known: z0 + (z0 + z) / (1 - a (z0 + z)), z0 = a."""
    replicates = stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    a, z = 0.06, -stats.norm.ppf(0.025)
    moved = [a + (a + end) / (1 - a * (a + end)) for end in (-z, z)]
    reach = z / (1 - 3 * a * z)  # the score interval lies farther out than both
    assert reach > moved[1] > z
    found = percentile_estimate(0.0, replicates, 0.95, 10_000_000, acceleration=a)
    assert (found.low, found.high) == pytest.approx((-z, reach), abs=1e-3)
    mirrored = percentile_estimate(0.0, -replicates, 0.95, 10_000_000, acceleration=-a)
    assert (mirrored.low, mirrored.high) == pytest.approx((-reach, z), abs=1e-3)
    steep = percentile_estimate(0.0, replicates, 0.95, 10_000_000, acceleration=0.5)
    assert steep.high == pytest.approx(4 * z, abs=4e-3)  # no farther than four times
    assert "skewness" in found.method
    assert "skewness" not in percentile_estimate(0.0, replicates, 0.95, 100).method


def test_the_mean_of_skewed_losses_of_30_people_is_held():
    """300 samples; the percentile interval held 92.7 % of 2,000. Fewer at 94.5 %: once in a thousand."""
    r, truth, held = np.random.default_rng(6), float(np.exp(0.25)), 0
    person = np.repeat(np.arange(30), 4)
    for _ in range(300):
        loss = np.exp(0.5 * (r.normal(size=30)[person] + r.normal(size=120)))[:, None]
        (found,) = mean_gains(loss, same, level=0.95, n_boot=300, rng=r, cluster=person, n_own=1)
        assert found.low <= found.value <= found.high
        held += found.low <= truth <= found.high
    assert held >= 271
