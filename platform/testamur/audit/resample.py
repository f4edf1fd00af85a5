"""Bootstrap of means over rows, or over entities where rows share one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints, without_interval

_DRAWS_AT_ONCE = 4_000_000  # 32 MB of counts
_LOOKED_AT, _FEW_VALUES, _MOST_PATTERNS = 1000, 8, 4096  # of a column; of all columns together
_ROWS_RESAMPLED = 4_000  # above it, rows are first summed in blocks of equal size


def bootstrap_means(
    values: Floats, n_boot: int, rng: np.random.Generator, cluster: Ints | None = None
) -> Floats:
    """Means of resampled rows, the same rows for every column, so that differences stay paired.

    Whole entities are drawn where `cluster` is given (Davison and Hinkley 1997, 3.8). Above
    4,000 units, units are summed in random blocks and blocks are drawn: the variance of a
    mean is unchanged in expectation (its standard error is 2 %), and its cost no longer grows.

    Args:
        values: (n, k) one column per quantity.
        n_boot: Replicates.
        rng: Source of the draws.
        cluster: (n,) entity of each row, or None.

    Returns:
        (n_boot, k) means.
    """
    if cluster is None and (few := _patterns(values)) is not None:
        return _draw_patterns(*few, n_boot, rng)
    totals = np.c_[values, np.ones(len(values))]
    if cluster is not None:
        totals = _sum_by(cluster, totals)
    if len(totals) > _ROWS_RESAMPLED:
        start = np.arange(_ROWS_RESAMPLED) * len(totals) // _ROWS_RESAMPLED
        totals = np.add.reduceat(totals[rng.permutation(len(totals))], start, axis=0)
    n_units = len(totals)
    chunk = max(1, _DRAWS_AT_ONCE // n_units)
    drawn = []
    for first in range(0, n_boot, chunk):
        size = min(chunk, n_boot - first)
        pick = rng.integers(0, n_units, (size, n_units))
        pick += np.arange(size)[:, None] * n_units
        times = np.bincount(pick.ravel(), minlength=size * n_units).reshape(size, n_units)
        drawn.append(times.astype(np.float64) @ totals)
    sums = np.concatenate(drawn)
    return sums[:, :-1] / sums[:, -1:]


def _patterns(values: Floats) -> tuple[Floats, Ints] | None:
    """The different rows and how often each occurs, where they are few: right and wrong answers, say.

    Returns:
        (m, k) rows and (m,) counts; None where a column takes more than a handful of values.
    """
    code, found = np.zeros(len(values), np.int64), []
    for column in values.T:
        seen = np.unique(column[:_LOOKED_AT])
        if len(seen) > _FEW_VALUES:
            return None
        place = np.minimum(np.searchsorted(seen, column), len(seen) - 1)
        if not np.array_equal(seen[place], column):
            return None
        code *= len(seen)
        code += place
        found.append(seen)
        if np.prod([len(f) for f in found]) > _MOST_PATTERNS:
            return None
    counts = np.bincount(code)
    occupied = np.flatnonzero(counts)
    rest, rows = occupied, np.empty((len(occupied), len(found)))
    for position in range(len(found) - 1, -1, -1):
        rest, place = np.divmod(rest, len(found[position]))
        rows[:, position] = found[position][place]
    return rows, counts[occupied]


def _draw_patterns(rows: Floats, counts: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    """Drawing rows with replacement is one multinomial draw of the patterns."""
    n = int(counts.sum())
    return np.asarray(rng.multinomial(n, counts / n, size=n_boot) @ rows / n)


def _sum_by(key: Ints, values: Floats) -> Floats:
    _, code = np.unique(key, return_inverse=True)
    return np.stack([np.bincount(code, weights=column) for column in values.T], axis=1)


def percentile_estimate(
    value: float, replicates: Floats, level: float, n: int, n_units: int | None = None
) -> Estimate:
    """Percentile interval of bootstrap replicates (Efron 1979), expanded, widened to hold the value.

    Args:
        value: The estimate.
        replicates: (n_boot,) its replicates.
        level: Level of the interval.
        n: Rows.
        n_units: What was drawn, at least 2: rows, or the entities that they share; None: rows.
    """
    low, high = _quantiles(replicates, level, n_units or n)
    return Estimate(value, min(low, value), max(high, value), "bootstrap, percentile", n)


def _quantiles(replicates: Floats, level: float, n_units: int) -> tuple[float, float]:
    """Both ends, at the level that a percentile interval of few units needs to hold its own.

    Replicates of n units spread by sqrt((n - 1) / n) too little, and as if their spread were known:
    the tail is Phi(-sqrt(n / (n - 1)) t(n - 1)) (Hesterberg 2015, Am Stat 69:371, expanded percentile).
    """
    from scipy.special import ndtr, stdtrit

    n = max(n_units, 2)
    tail = float(ndtr(stdtrit(n - 1, (1 - level) / 2) * (n / (n - 1)) ** 0.5))
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(low), float(high)


def count_units(n: int, cluster: Ints | None) -> int:
    """Units that `bootstrap_means` draws: the rows, or their entities."""
    return n if cluster is None else len(np.unique(cluster))


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
    q_low, q_high = _quantiles(replicates, level, n)
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
    drawn = statistic(bootstrap_means(columns, n_boot, rng, cluster))
    n, n_units = len(columns), count_units(len(columns), cluster)
    return [_estimate(float(v), drawn[:, i], level, (n, n_units), own=i < n_own) for i, v in enumerate(value)]


def _estimate(value: float, replicates: Floats, level: float, n: tuple[int, int], *, own: bool) -> Estimate:
    if float(np.ptp(replicates)) <= 1e-12 * max(1.0, abs(value)) and (own or value != 0.0):
        return without_interval(value, n[0])
    return percentile_estimate(value, replicates, level, *n)
