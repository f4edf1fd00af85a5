"""Intervals from bootstrap replicates: percentile, basic, and of distances, which are never below 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints, without_interval
from testamur.audit.resample import accelerations, count_units, draw_means, units_of


def percentile_estimate(
    value: float,
    replicates: Floats,
    level: float,
    n: int,
    n_units: int | None = None,
    acceleration: float = 0.0,
) -> Estimate:
    """Percentile interval of bootstrap replicates (Efron 1979), expanded, corrected for skewness.

    Of skewed rows the percentile interval stops short on the side of the long tail; the accelerated
    one (Efron 1987; z0 = a, the bias that goes with the skewness of a mean) moves both ends there and
    stops short on the other. Each end is the wider of the two, and the value lies within. On the side of
    the long tail it reaches at least as far as the score interval, see `_reach`.

    Args:
        value: The estimate.
        replicates: (n_boot,) its replicates.
        level: Level of the interval.
        n: Rows.
        n_units: What was drawn, at least 2: rows, or the entities that they share; None: rows.
        acceleration: From `accelerations`; 0 leaves the skewness alone.
    """
    tail = _tail(level, n_units or n)
    low, high = np.quantile(replicates, [min(tail, _moved(tail, acceleration)),
                                         max(1 - tail, _moved(1 - tail, acceleration))])  # fmt: skip
    words = "bootstrap, percentile" + (", widened for skewness" if acceleration else "")
    if acceleration:
        reach = _reach(replicates, level, n_units or n, abs(acceleration))
        low, high = (low, max(high, value + reach)) if acceleration > 0 else (min(low, value - reach), high)
    return Estimate(value, min(float(low), value), max(float(high), value), words, n)


def acceleration_of(columns: Floats, statistic: Callable[[Floats], Floats]) -> float:
    """How skewed one statistic of the means of (n, k) columns is, see `resample.accelerations`.

    Args:
        columns: One row per unit that is drawn.
        statistic: Maps (..., k) means to (...,).
    """
    units = units_of(columns, np.random.default_rng(0))
    return float(accelerations(units, lambda means: statistic(means)[..., None])[0])


def _reach(replicates: Floats, level: float, n_units: int, acceleration: float) -> float:
    """How far the truth may lie on the side of the long tail: t s / (1 - 3 a t), at most 4 t s.

    A sample without its largest values is too low and spreads too little at once. In the exponential family
    through the sample a mean that is d higher spreads (1 + 3 a d / s) times as much (its variance function
    has the slope of third to second cumulant; Morris 1982, Ann Stat 10:65): the truth is d away at most where
    d = t s (1 + 3 a d / s), a score interval as Wilson's.
    """
    from scipy.special import stdtrit

    units = max(n_units, 2)
    t = float(stdtrit(units - 1, (1 + level) / 2))
    spread = float(replicates.std()) * (units / (units - 1)) ** 0.5
    return t * spread / max(1 - 3 * acceleration * t, 0.25)


def _moved(tail: float, acceleration: float) -> float:
    """The share of replicates below the accelerated end that belongs to a percentile end."""
    from scipy.special import ndtr, ndtri

    moved = acceleration + float(ndtri(tail))
    return float(ndtr(acceleration + moved / max(1 - acceleration * moved, 0.1)))


def _tail(level: float, n_units: int) -> float:
    """Share of replicates beyond either end that a percentile interval of few units needs to hold its level.

    Replicates of n units spread by sqrt((n - 1) / n) too little, and as if their spread were known:
    the tail is Phi(-sqrt(n / (n - 1)) t(n - 1)) (Hesterberg 2015, Am Stat 69:371, expanded percentile).
    """
    from scipy.special import ndtr, stdtrit

    n = max(n_units, 2)
    return float(ndtr(stdtrit(n - 1, (1 - level) / 2) * (n / (n - 1)) ** 0.5))


def basic_estimate(
    value: float, replicates: Floats, level: float, n: int, floor: float | None = None
) -> Estimate:
    """Basic interval [2v - q_high, 2v - q_low] (Davison and Hinkley 1997, 5.2), expanded.

    It turns the upward bias of distances such as the ICI the right way round, which the
    percentile interval would count twice.

    Args:
        value: The estimate.
        replicates: (n_boot,) its replicates.
        level: Level of the interval.
        n: Rows, which were drawn.
        floor: Smallest possible value, or None.
    """
    tail = _tail(level, n)
    q_low, q_high = (float(q) for q in np.quantile(replicates, [tail, 1 - tail]))
    low, high = min(2 * value - q_high, value), max(2 * value - q_low, value)
    if floor is not None:
        low = max(low, floor)
    return Estimate(value, low, high, "bootstrap, basic", n)


def distance_estimate(value: float, replicates: Floats, level: float, n: int, p_value: float) -> Estimate:
    """A distance with its bootstrap interval, which reaches down to 0 unless a test rules 0 out.

    Near 0 a distance is biased upwards and no bootstrap holds its level (Andrews 2000, Econometrica
    68:399); a test of 0 itself does. The upper end is the larger of the basic and the percentile one.

    Args:
        value: The distance, at least 0.
        replicates: (n_boot,) its replicates.
        level: Level of the interval.
        n: Rows.
        p_value: Of the chi-square test that the distance is 0.
    """
    basic = basic_estimate(value, replicates, level, n, floor=0.0)
    high = max(basic.high, float(np.quantile(replicates, (1 + level) / 2)))
    low = 0.0 if p_value > 1 - level else basic.low
    method = "bootstrap, basic; 0 is left out only where the chi-square test does"
    return Estimate(value, low, high, method, n)


def mean_gains(
    columns: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    level: float,
    n_boot: int,
    rng: np.random.Generator,
    cluster: Ints | None = None,
    n_own: int = 0,
) -> list[Estimate]:
    """Estimates of quantities that are functions of column means, all from the same draws.

    Args:
        columns: (n, k) per-row values.
        statistic: Maps (..., k) means to (..., m) quantities.
        level: Level of each interval.
        n_boot: Replicates.
        rng: Source of the draws.
        cluster: (n,) entity of each row, or None.
        n_own: The first so many quantities are values of one prediction, the others differences
            of two. A difference of exactly 0 without spread is that of two equal predictions;
            any other replicates without spread make no interval.

    Returns:
        m estimates.
    """
    value = statistic(columns.mean(axis=0))
    units = units_of(columns, rng, cluster)
    drawn, skewed = statistic(draw_means(units, n_boot, rng)), accelerations(units, statistic)
    n, n_units = len(columns), count_units(len(columns), cluster)
    return [
        without_interval(float(v), n)
        if _no_spread(float(v), drawn[:, i], own=i < n_own)
        else percentile_estimate(float(v), drawn[:, i], level, n, n_units, float(skewed[i]))
        for i, v in enumerate(value)
    ]


def _no_spread(value: float, replicates: Floats, *, own: bool) -> bool:
    return float(np.ptp(replicates)) <= 1e-12 * max(1.0, abs(value)) and (own or value != 0.0)
