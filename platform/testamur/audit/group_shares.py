"""A share compared between the groups of one attribute, with Sidak's joint intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.effective import effective_rows, part_of, score_ends
from testamur.audit.entity_cells import correlations, distinct
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, wilson
from testamur.audit.widest import widest_difference


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of the groups that are large enough.

    Attributes:
        groups: Their positions.
        value: (k,) shares.
        low: (k,) lower ends.
        high: (k,) upper ends.
        gap: Largest difference between two groups, or None with fewer than two.
        first: Position of the group with the highest share.
        second: Position of the one with the lowest.
    """

    groups: list[int]
    value: Floats
    low: Floats
    high: Floats
    gap: Estimate | None
    first: int
    second: int


def compare_shares(
    counted: Floats, rows: Floats, *, level: float, minimum: int, n_families: int = 1
) -> Shares:
    """Wilson intervals of each share and the largest difference, all holding jointly.

    Args:
        counted: (g,) rows with the property.
        rows: (g,) rows of each group.
        level: Joint level.
        minimum: Groups with fewer rows are left out.
        n_families: Times this comparison is made (one per column, say).
    """
    groups = np.flatnonzero(rows >= max(minimum, 1))
    x, n = np.asarray(counted, np.float64)[groups], np.asarray(rows, np.float64)[groups]
    k = len(groups)
    z = critical_value(level, max(1, k * (k - 1) // 2) * n_families)
    low, high = wilson(x, n, critical_value(level, max(k, 1)))
    share = x / n
    if k < 2:
        return Shares(groups.tolist(), share, low, high, None, -1, -1)
    l, u = wilson(x, n, z)  # noqa: E741
    widest = widest_difference(share, l, u)
    gap = Estimate(
        widest.gap,
        widest.low,
        widest.high,
        f"Newcombe's score interval, joint by Sidak at {z:.2f}",
        int(n.sum()),
    )
    return Shares(
        groups.tolist(), share, low, high, gap, int(groups[widest.first]), int(groups[widest.second])
    )


def compare_shares_of_entities(
    entity: Ints, group: Ints, held: NDArray[np.bool_], *, level: float, minimum: int, n_families: int = 1
) -> Shares:
    """The same where rows share entities, on effective rows; entities in two groups tie these together.

    Args:
        entity: (n,) entities, numbered from 0.
        group: (n,) groups, -1 = none.
        held: (n,) which rows have the property.
        level: Joint level.
        minimum: Groups with fewer entities are left out.
        n_families: Times this comparison is made.
    """
    known = group >= 0
    n_groups = int(group.max(initial=-1)) + 1
    width = max(n_groups, 1)
    pair, place = distinct(entity[known] * width + group[known], (int(entity.max()) + 1) * width)
    who, where = np.divmod(pair, max(n_groups, 1))
    y, m = np.bincount(place, weights=held[known]), np.bincount(place).astype(np.float64)
    everybody = effective_rows(where, y, m, n_groups)
    groups = np.flatnonzero(everybody.entities >= max(minimum, 1))
    k, found = len(groups), part_of(everybody, groups)
    low, high = score_ends(found, critical_value(level, max(k, 1)))
    if k < 2:
        return Shares(groups.tolist(), found.share, low, high, None, -1, -1)
    z = critical_value(level, max(1, k * (k - 1) // 2) * n_families)
    errors = (y - np.nan_to_num(everybody.share)[where] * m) / everybody.rows[where]
    tied = correlations(who, where, errors[:, None], n_groups)[0][np.ix_(groups, groups)]
    widest = widest_difference(found.share, *score_ends(found, z), tied)
    method = f"Newcombe's score interval on effective rows, joint by Sidak at {z:.2f}"
    gap = Estimate(widest.gap, widest.low, widest.high, method, int(found.rows.sum()))
    first, second = int(groups[widest.first]), int(groups[widest.second])
    return Shares(groups.tolist(), found.share, low, high, gap, first, second)
