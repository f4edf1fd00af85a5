"""Critical values with which intervals hold jointly, by resampling the cells.

Drawing n rows with replacement is the same as one multinomial draw of the cells, so a replicate
costs the number of cells and not the number of rows. The joint critical value of a family is the
`level` quantile of max |z| over its members (Romano and Wolf 2005, Econometrica 73:1237), as far as the
draws leave it open, which
uses that attributes overlap and that pairs share groups, where Bonferroni would not. It is then
used in score intervals (Wilson, Newcombe), which keep their level at rates of 0 and 1, where a
bootstrap interval has no width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.cells import RATES, Division, Strata, rates, sum_groups
from testamur.audit.interval import Floats, critical_value

_CELLS_AT_ONCE = 2_000_000  # 16 MB of draws
_MOST_DRAWS = 40_000_000  # cells drawn in all, about 2 s; beyond it fewer replicates are drawn
_FEWEST = 500  # the critical value then has a standard error of about 0.08
_CONFIDENT = 1.645  # standard errors of a drawn quantile: its upper 95 % confidence limit
_RATE_NAMES = tuple(rate.name for rate in RATES)


def draw_cells(counts: Floats, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Bootstrap replicates of strata, in chunks of (b, n_strata, 4).

    Args:
        counts: (n_strata, 4) expected rows per cell; need not be whole.
        n_boot: Replicates in all.
        rng: Source of the draws.
    """
    share = counts.ravel() / counts.sum()
    n_rows = round(float(counts.sum()))
    chunk = max(1, _CELLS_AT_ONCE // share.size)
    for first in range(0, n_boot, chunk):
        size = min(chunk, n_boot - first)
        yield rng.multinomial(n_rows, share, size=size).reshape(size, *counts.shape).astype(np.float64)


def percentile_rates(
    strata: Strata, division: Division, n_boot: int, level: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Pointwise percentile intervals of every rate of every group, as other tools print them.

    Returns:
        Low and high ends, each (n_groups, n_rates); NaN where a rate does not exist.
    """
    cells = sum_groups(strata.counts, division)
    drawn = [rates(chunk)[0] for chunk in draw_cells(cells, n_boot, rng)]
    low, high = quantiles(np.concatenate(drawn), ((1 - level) / 2, (1 + level) / 2))
    return low, high


def quantiles(drawn: Floats, shares: Sequence[float]) -> list[Floats]:
    """Quantiles over the first axis, NaN left out; by one sort, which puts NaN last."""
    ordered = np.sort(drawn, axis=0)
    if not np.isnan(ordered[-1]).any():
        return [_between(ordered, share * (len(ordered) - 1)) for share in shares]
    n_finite = len(drawn) - np.isnan(ordered).sum(axis=0)
    found = []
    for share in shares:
        place = np.maximum(share * (n_finite - 1), 0.0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n_finite - 1, 0))
        first = np.take_along_axis(ordered, below[None], axis=0)[0]
        second = np.take_along_axis(ordered, above[None], axis=0)[0]
        found.append(first + (second - first) * (place - below))
    return found


def _between(ordered: Floats, place: float) -> Floats:
    """The value at a place between two rows."""
    below = int(place)
    first, second = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    between: Floats = first + (second - first) * (place - below)
    return between


def smooth(strata: Strata) -> Floats:
    """Cells with two rows at the common rate added to each stratum and outcome, rescaled to its rows.

    Keeps every occupied cell's share off 0 and 1 (after Agresti and Caffo 2000), so that the spread
    of a group with 0 or all selected is not taken to be nothing.
    """
    by_outcome = strata.counts.reshape(-1, 2, 2).astype(np.float64)  # stratum, event, selected
    rows = by_outcome.sum(axis=2)
    common = (by_outcome[..., 1].sum(axis=0) + 1.0) / (rows.sum(axis=0) + 2.0)
    share = (by_outcome[..., 1] + 2.0 * common) / (rows + 2.0)
    return np.stack([rows * (1 - share), rows * share], axis=2).reshape(-1, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Critical:
    """Joint critical values of the families of one check.

    Attributes:
        groups: By rate: over all groups of all divisions.
        pairs: By rate: over all pairs of groups; ``equalised_odds`` joins two rates.
        n_boot: Replicates drawn.
    """

    groups: dict[str, float]
    pairs: dict[str, float]
    n_boot: int


def critical_values(
    strata: Strata,
    divisions: Sequence[Division],
    *,
    level: float,
    minimum: int,
    n_boot: int,
    rng: np.random.Generator,
) -> Critical:
    """Critical values that make the intervals of each family hold jointly.

    Only groups whose denominator reaches `minimum` take part. Strata are put in an order of
    their own first, so that neither row order nor the names of groups change the result.

    Args:
        strata: Counted strata.
        divisions: Divisions whose groups form the families.
        level: Joint level.
        minimum: Smallest denominator.
        n_boot: Replicates; fewer, but at least 500, where very many strata occur.
        rng: Source of the draws.
    """
    order = np.lexsort(strata.counts.T)
    smoothed = smooth(strata)[order]
    n_boot = min(n_boot, max(_FEWEST, _MOST_DRAWS // max(smoothed.size, 1)))
    views = [_View.of(strata, division, smoothed, order, minimum) for division in divisions]
    over_groups, over_pairs = [], []
    for chunk in draw_cells(smoothed, n_boot, rng):
        tops = [view.tops(chunk) for view in views]
        nothing = np.zeros((len(chunk), len(RATES)))  # no division, no family
        over_groups.append(np.max([nothing, *(t[0] for t in tops)], axis=0))
        over_pairs.append(np.max([nothing, *(t[1] for t in tops)], axis=0))
    groups = _values(np.concatenate(over_groups), level)
    pairs = np.concatenate(over_pairs)
    pair_values = _values(pairs, level)
    odds = pairs[:, [_RATE_NAMES.index("true_positive_rate"), _RATE_NAMES.index("false_positive_rate")]]
    pair_values["equalised_odds"] = upper_value(odds.max(axis=1), level)
    return Critical(groups, pair_values, n_boot)


def _values(tops: Floats, level: float) -> dict[str, float]:
    return {name: upper_value(tops[:, i], level) for i, name in enumerate(_RATE_NAMES)}


def upper_value(tops: Floats, level: float) -> float:
    """The value that a family needs: the upper 95 % confidence limit of the drawn quantile.

    A quantile of a few hundred draws is too low in half of the audits, and families then miss a little more
    often than stated. The limit is the draw whose rank exceeds the quantile's binomial rank by 1.645
    standard errors (David and Nagaraja 2003, Order Statistics, 7.1). Never below the value for a single
    interval: a family cannot be easier than its member.
    """
    n = len(tops)
    rank = int(np.ceil(level * n + _CONFIDENT * (n * level * (1 - level)) ** 0.5))
    drawn = float(np.sort(tops)[min(max(rank, 1), n) - 1]) if n else 0.0
    return max(drawn, critical_value(level))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One division as the replicates are held against it."""

    division: Division
    centre: Floats  # (n_groups, n_rates) rates of the smoothed cells
    spread: Floats  # (n_groups, n_rates) their variances; NaN = takes no part

    @classmethod
    def of(cls, strata: Strata, division: Division, smoothed: Floats, order: Floats, minimum: int) -> _View:
        moved = Division(
            division.attributes,
            division.label,
            division.groups,
            division.codes,
            division.columns,
            division.member[order],
        )
        _, _, rows = rates(sum_groups(strata.counts, division))
        centre, _, weight = rates(sum_groups(smoothed, moved))
        with np.errstate(divide="ignore", invalid="ignore"):
            shrunk = (centre * weight + 1.0) / (weight + 2.0)  # a rate of 0 still has a spread
            spread = shrunk * (1 - shrunk) / weight
        return cls(moved, centre, np.where(rows >= max(minimum, 1), spread, np.nan))

    def tops(self, drawn: Floats) -> tuple[Floats, Floats]:
        """Largest |z| over groups and over pairs of groups: (b, n_rates) each, 0 where there is none."""
        error = rates(sum_groups(drawn, self.division))[0] - self.centre
        shape = (len(drawn), len(RATES))
        single, paired = np.zeros(shape), np.zeros(shape)
        for rate in range(len(RATES)):
            taking_part = np.flatnonzero(~np.isnan(self.spread[:, rate]))
            e, v = np.nan_to_num(error[:, taking_part, rate]), self.spread[taking_part, rate]
            if len(taking_part):
                single[:, rate] = np.max(np.abs(e) / np.sqrt(v), axis=1)
            for first in range(len(taking_part) - 1):
                gap = np.abs(e[:, first + 1 :] - e[:, first : first + 1])
                top = np.max(gap / np.sqrt(v[first + 1 :] + v[first]), axis=1)
                np.maximum(paired[:, rate], top, out=paired[:, rate])
        return single, paired
