"""Intervals by drawing whole units (subjects, learners, students) anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate

Floats = NDArray[np.float64]


def cluster_mean(
    values: Floats, cluster: NDArray[np.int64], level: float, seed: int, *, draws: int = 2000
) -> Estimate:
    """Mean of values whose rows share clusters, with a percentile bootstrap over clusters.

    Args:
        values: (n,) finite.
        cluster: (n,) code of the unit that a row belongs to.
        level: Of the interval.
        seed: Of the draws.
        draws: Bootstrap samples.
    """
    units, at = np.unique(cluster, return_inverse=True)
    sums = np.bincount(at, weights=values, minlength=len(units))
    sizes = np.bincount(at, minlength=len(units)).astype(np.float64)
    value = float(values.mean())
    if len(units) < 2:
        return Estimate(value, -np.inf, np.inf, "no interval: one unit alone", len(values))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), size=draws)
    means = (drawn @ sums) / np.maximum(drawn @ sizes, 1.0)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    method = f"bootstrap over {len(units):,} units"
    return Estimate(value, float(min(low, value)), float(max(high, value)), method, len(values))


def statistic(
    n: int, compute: Callable[[NDArray[np.int64]], float], level: float, seed: int, *, draws: int = 500
) -> Estimate:
    """Any statistic of n units, with a percentile bootstrap.

    Args:
        n: Number of units.
        compute: From positions of units, (n,), to the statistic.
        level: Of the interval.
        seed: Of the draws.
        draws: Bootstrap samples.
    """
    rng = np.random.default_rng(seed)
    value = compute(np.arange(n))
    found = [compute(rng.integers(0, n, n)) for _ in range(draws)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(min(low, value)), float(max(high, value)), "bootstrap", n)
