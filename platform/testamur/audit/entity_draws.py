"""Bootstrap of rates where rows share entities: whole entities are drawn, within each group."""

from __future__ import annotations

import numpy as np

from testamur.audit.cells import RATES, rates
from testamur.audit.interval import Floats, Ints
from testamur.audit.simultaneous import quantiles

_MOST_UNITS = 4_000  # above it, entities are first summed in random blocks, as in `resample`
_AT_ONCE = 4_000_000
_MOST_KEYS = 1 << 20  # so many possible rows of counts are looked up, more are sorted


def percentile_rates_of_entities(
    group: Ints, counts: Ints, n_groups: int, n_boot: int, level: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Pointwise percentile intervals of every rate of every group (Davison and Hinkley 1997, 3.8).

    Entities whose rows fall into the same cells as often are alike: a draw is one multinomial draw of such
    patterns.

    Args:
        group: (q,) group of each pair of an entity and a group.
        counts: (q, 4) its rows per cell.
        n_groups: Groups.
        n_boot: Replicates.
        level: Level of each interval.
        rng: Source of the draws.

    Returns:
        Low and high ends, each (n_groups, n_rates); NaN where a rate does not exist.
    """
    ends = np.full((2, n_groups, len(RATES)), np.nan)
    for position in range(n_groups):
        mine = counts[group == position]
        if len(mine):
            drawn = rates(_draw(mine, n_boot, rng))[0]
            ends[:, position] = quantiles(drawn, ((1 - level) / 2, (1 + level) / 2))
    return ends[0], ends[1]


def _draw(counts: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    """(n_boot, 4) cells of resampled entities."""
    patterns, times = _patterns(counts)
    if len(patterns) > _MOST_UNITS:
        start = np.arange(_MOST_UNITS) * len(counts) // _MOST_UNITS
        patterns = np.add.reduceat(counts[rng.permutation(len(counts))], start, axis=0)
        times = np.ones(_MOST_UNITS, np.int64)
    n_units, chunk = int(times.sum()), max(1, _AT_ONCE // len(patterns))
    drawn = [
        rng.multinomial(n_units, times / n_units, size=min(chunk, n_boot - first)) @ patterns
        for first in range(0, n_boot, chunk)
    ]
    return np.concatenate(drawn).astype(np.float64)


def _patterns(counts: Ints) -> tuple[Ints, Ints]:
    """The distinct rows of (q, 4) counts in order, and how often each occurs."""
    widths = counts.max(axis=0) + 1
    if float(np.prod(widths.astype(np.float64))) > _MOST_KEYS:
        patterns, times = np.unique(counts, axis=0, return_counts=True)
        return patterns, times
    found = np.bincount(np.ravel_multi_index(tuple(counts.T), tuple(widths)))  # sorting rows is far dearer
    key = np.flatnonzero(found)
    return np.stack(np.unravel_index(key, tuple(widths)), axis=1), found[key]
