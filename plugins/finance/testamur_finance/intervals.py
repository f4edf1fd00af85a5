"""Intervals and resampling shared by the checks of this domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.bootstrap_interval import mean_gains, percentile_estimate
from testamur.audit.interval import critical_value
from testamur.audit.interval import share_interval as corrected

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
    """A share with Wilson's interval, corrected for continuity."""
    low, high = corrected(successes, n, critical_value(level, n_comparisons))
    return Interval(successes / n, float(low), float(high), "Wilson (1927)")


def percentile(
    value: float, draws: Floats, level: float, method: str, n_units: int, acceleration: float = 0.0
) -> Interval:
    """Percentile interval of bootstrap draws, expanded for few units; it always holds the value."""
    found = percentile_estimate(value, draws, level, n_units, n_units, acceleration)
    return Interval(value, found.low, found.high, method)


def mean_interval(
    values: Floats, *, level: float, n_draws: int, rng: np.random.Generator, n_comparisons: int = 1
) -> Interval:
    """Mean of (n,) values over resampled rows, widened where they are skewed (core's `mean_gains`)."""
    (found,) = mean_gains(
        values[:, None].astype(np.float64),
        lambda means: means,
        level=1 - (1 - level) / max(n_comparisons, 1),
        n_boot=n_draws,
        rng=rng,
    )
    joint = f", Bonferroni over {n_comparisons}" if n_comparisons > 1 else ""
    return Interval(found.value, found.low, found.high, f"{found.method}, {n_draws} draws{joint}")


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
    return percentile(statistic(np.arange(n)), draws, single, words, n)


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
    """Moments per block: 3 n^(1/3), the rate of Hall, Horowitz, Jing (1995), at least 10 and at most n."""
    return min(n, max(10, round(3 * n ** (1 / 3))))


def block_bootstrap(
    statistic: Callable[[Ints], float], n: int, *, level: float, n_draws: int, rng: np.random.Generator
) -> Interval:
    """Percentile interval of a statistic of moments drawn in circular blocks.

    It is expanded for few blocks, and widened where leaving out single blocks shows that they are skewed.
    """
    length = block_length(n)
    draws = np.array([statistic(block_positions(n, length, rng)) for _ in range(n_draws)])
    words = f"circular block bootstrap, blocks of {length}, {n_draws} draws"
    without = np.array([statistic(rest) for rest in _without_each_block(n, length)])
    taken = without.mean() - without
    square = float((taken**2).sum())
    skewed = float((taken**3).sum()) / (6 * square**1.5) if square > 0 else 0.0
    return percentile(statistic(np.arange(n)), draws, level, words, n // length, skewed)


def _without_each_block(n: int, length: int) -> Iterator[Ints]:
    """Positions of all moments but those of one block after the other (the jackknife of Kuensch 1989)."""
    every = np.arange(n)
    for start in range(0, n - length + 1, length):
        if length < n:
            yield np.r_[every[:start], every[start + length :]]
