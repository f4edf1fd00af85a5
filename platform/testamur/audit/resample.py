"""Bootstrap of means over rows, or over entities where rows share one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from testamur.audit.entity_numbers import renumbered
from testamur.audit.interval import Floats, Ints

_DRAWS_AT_ONCE = 4_000_000  # 32 MB of counts
_LOOKED_AT, _FEW_VALUES, _MOST_PATTERNS = 1000, 8, 4096  # of a column; of all columns together
_ROWS_RESAMPLED = 4_000  # above it, rows are first summed in blocks of equal size


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is drawn when means are resampled.

    Attributes:
        totals: (u, k) sums of each unit's rows; where rows take few different values, one of each.
        rows: (u,) rows of each.
        times: (u,) how many such units there are; None where each stands for itself.
    """

    totals: Floats
    rows: Floats
    times: Ints | None


def units_of(values: Floats, rng: np.random.Generator, cluster: Ints | None = None) -> Units:
    """Rows, their entities where `cluster` is given, or above 4,000 of them random blocks of equal size."""
    if cluster is None and (few := _patterns(values)) is not None:
        return Units(few[0], np.ones(len(few[0])), few[1])
    totals = np.c_[values, np.ones(len(values))]
    if cluster is not None:
        totals = _sum_by(cluster, totals)
    if len(totals) > _ROWS_RESAMPLED:
        start = np.arange(_ROWS_RESAMPLED) * len(totals) // _ROWS_RESAMPLED
        totals = np.add.reduceat(totals[rng.permutation(len(totals))], start, axis=0)
    return Units(totals[:, :-1], totals[:, -1], None)


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
    return draw_means(units_of(values, rng, cluster), n_boot, rng)


def draw_means(units: Units, n_boot: int, rng: np.random.Generator) -> Floats:
    """(n_boot, k) means over resampled units."""
    if units.times is not None:
        return _draw_patterns(units.totals, units.times, n_boot, rng)
    totals = np.c_[units.totals, units.rows]
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


def accelerations(units: Units, statistic: Callable[[Floats], Floats]) -> Floats:
    """How skewed each quantity's dependence on single units is: a sixth of the jackknife's skewness.

    Efron 1987, JASA 82:171, (6.6): a = sum l^3 / (6 (sum l^2)^1.5), l what leaving a unit out takes away.

    Args:
        units: What is drawn.
        statistic: Maps (..., k) means to (..., m) quantities.

    Returns:
        (m,) accelerations; 0 where nothing varies or leaving a unit out leaves nothing.
    """
    times = np.ones(len(units.rows)) if units.times is None else units.times.astype(np.float64)
    rest = times @ units.rows - units.rows
    if len(rest) < 2 or (rest <= 0).any():
        return np.zeros_like(statistic(units.totals[0]))
    without = statistic((times @ units.totals - units.totals) / rest[:, None])
    taken = np.average(without, axis=0, weights=times) - without
    square, cube = times @ taken**2, times @ taken**3
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(cube / (6 * square**1.5), nan=0.0, posinf=0.0, neginf=0.0)


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


def count_units(n: int, cluster: Ints | None) -> int:
    """Units that `bootstrap_means` draws: the rows, or their entities."""
    return n if cluster is None else int(renumbered(cluster).max(initial=-1)) + 1
