"""Intervals and resampling shared by the checks of this domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import critical_value, wilson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its interval, and how it was made."""

    value: float
    low: float
    high: float
    method: str


def share_interval(successes: float, n: float, level: float, n_comparisons: int = 1) -> Interval:
    """A share with Wilson's interval."""
    low, high = wilson(successes, n, critical_value(level, n_comparisons))
    return Interval(successes / n, float(low), float(high), "Wilson (1927)")


def percentile(value: float, draws: Floats, level: float, method: str) -> Interval:
    """Percentile interval of bootstrap draws; it always holds the value."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(value, float(min(low, value)), float(max(high, value)), method)


def bootstrap(
    statistic: Callable[[Ints], float],
    n: int,
    *,
    level: float,
    n_draws: int,
    rng: np.random.Generator,
    n_comparisons: int = 1,
) -> Interval:
    """Percentile interval of a statistic of rows drawn with replacement (Efron 1979).

    Args:
        statistic: From positions of rows, (n,), to a number.
        n: Rows.
        level: Joint level of the intervals.
        n_draws: Resamples.
        rng: Source of the draws.
        n_comparisons: Intervals that must hold jointly (Bonferroni).
    """
    draws = np.array([statistic(rng.integers(0, n, n)) for _ in range(n_draws)])
    single = 1 - (1 - level) / max(n_comparisons, 1)
    words = f"bootstrap over rows, {n_draws} draws" + (
        f", Bonferroni over {n_comparisons}" if n_comparisons > 1 else ""
    )
    return percentile(statistic(np.arange(n)), draws, single, words)


def block_positions(n: int, length: int, rng: np.random.Generator) -> Ints:
    """(n,) positions of a circular block bootstrap (Politis, Romano 1992).

    Args:
        n: Moments, in order of time.
        length: Moments per block; dependence within it is kept.
        rng: Source of the draws.
    """
    n_blocks = -(-n // length)
    starts = rng.integers(0, n, n_blocks)
    return ((starts[:, None] + np.arange(length)) % n).ravel()[:n]


def block_length(n: int) -> int:
    """Moments per block: n^(1/3), the rate of Hall, Horowitz, Jing (1995), at least 10 and at most n."""
    return min(n, max(10, round(n ** (1 / 3))))


def block_bootstrap(
    statistic: Callable[[Ints], float], n: int, *, level: float, n_draws: int, rng: np.random.Generator
) -> Interval:
    """Percentile interval of a statistic of moments drawn in circular blocks."""
    length = block_length(n)
    draws = np.array([statistic(block_positions(n, length, rng)) for _ in range(n_draws)])
    words = f"circular block bootstrap, blocks of {length}, {n_draws} draws"
    return percentile(statistic(np.arange(n)), draws, level, words)
