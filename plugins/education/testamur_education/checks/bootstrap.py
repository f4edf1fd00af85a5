"""Intervals by drawing whole units (subjects, learners, students) anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from testamur.audit.bootstrap_interval import mean_gains, percentile_estimate
from testamur.audit.interval import Estimate

Floats = NDArray[np.float64]
MOST_LEFT_OUT = 500  # units; of more, the skewness of a statistic is small


def cluster_mean(
    values: Floats, cluster: NDArray[np.int64], level: float, seed: int, *, draws: int = 2000
) -> Estimate:
    """Mean of values whose rows share clusters, with a bootstrap over clusters, widened where few or skewed.

    Args:
        values: (n,) finite.
        cluster: (n,) code of the unit that a row belongs to.
        level: Of the interval.
        seed: Of the draws.
        draws: Bootstrap samples.
    """
    n_units = len(np.unique(cluster))
    if n_units < 2:
        return Estimate(float(values.mean()), -np.inf, np.inf, "no interval: one unit alone", len(values))
    (found,) = mean_gains(
        np.asarray(values, np.float64)[:, None],
        lambda means: means,
        level=level,
        n_boot=draws,
        rng=np.random.default_rng(seed),
        cluster=cluster,
    )
    return replace(found, method=f"{found.method}, over {n_units:,} units")


def statistic(
    n: int, compute: Callable[[NDArray[np.int64]], float], level: float, seed: int, *, draws: int = 500
) -> Estimate:
    """Any statistic of n units, with a percentile bootstrap, widened where few or skewed.

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
    return percentile_estimate(value, np.array(found), level, n, n, _skewness(n, compute))


def _skewness(n: int, compute: Callable[[NDArray[np.int64]], float]) -> float:
    """A sixth of the jackknife's skewness (Efron 1987, JASA 82:171, 6.6); 0 where units are many."""
    if n > MOST_LEFT_OUT:
        return 0.0
    every = np.arange(n)
    without = np.array([compute(np.delete(every, i)) for i in range(n)])
    taken = without.mean() - without
    square = float((taken**2).sum())
    return float((taken**3).sum()) / (6 * square**1.5) if square > 0 else 0.0
