"""Rows that share entities (people, series): their numbers, and how many entities there are in a group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.audit.inputs import all_rows, clusters
from testamur.audit.interval import Floats, Ints
from testamur.contracts.check import AuditInput
from testamur.contracts.table import RowsTable


def entity_codes(given: AuditInput) -> Ints | None:
    """(n,) entities of the test rows, numbered from 0 without gaps; None where each row is its own."""
    cluster = clusters(given)
    return None if cluster is None else renumbered(cluster)


def entities_of_all(table: RowsTable) -> Ints | None:
    """(n,) entities of the rows of all parts in their order, numbered from 0; None where none is shared."""
    parts = [part.entity for part in all_rows(table) if part.n_rows]
    if any(entity is None for entity in parts):
        return None
    cluster = np.concatenate([entity for entity in parts if entity is not None] or [np.zeros(0, np.int64)])
    return renumbered(cluster) if len(np.unique(cluster)) < len(cluster) else None


def people_of(code: Ints, entity: Ints, n_groups: int) -> Ints:
    """(n_groups,) entities of each group; rows with code -1 belong to none."""
    known = code >= 0
    pair = np.unique(code[known] * (int(entity.max(initial=0)) + 1) + entity[known])
    return np.bincount(pair // (int(entity.max(initial=0)) + 1), minlength=n_groups)


def renumbered(cluster: Ints) -> Ints:
    """(n,) the same entities, numbered from 0 without gaps, in the order of their codes."""
    least = int(cluster.min()) if len(cluster) else 0
    span = int(cluster.max()) - least + 1 if len(cluster) else 0
    if span > 4 * len(cluster) + 1024:  # codes with wide gaps: sorting is cheaper than a table of them
        _, code = np.unique(cluster, return_inverse=True)
        return code.astype(np.int64)
    moved = cluster - least
    present = np.zeros(span, np.int64)
    present[moved] = 1
    number: Ints = (np.cumsum(present) - 1)[moved]
    return number


def n_entities(cluster: Ints | None, rows: NDArray[np.bool_] | Ints) -> int:
    """Entities among some rows: the rows themselves where each is its own.

    Args:
        cluster: (n,) entity of each row, or None.
        rows: Positions of rows, or (n,) True for those that are counted.
    """
    if cluster is None:
        return int(rows.sum()) if rows.dtype == np.bool_ else len(rows)
    who = cluster[rows]
    if not len(who):
        return 0
    present = np.zeros(int(who.max()) + 1, np.bool_)  # looked up: sorting costs ten times as much
    present[who] = True
    return int(present.sum())


def totals(entity: Ints, *columns: Floats) -> tuple[Ints, tuple[Floats, ...]]:
    """Sums of each column over the rows of each entity that has one.

    Args:
        entity: (n,) entities, 0 or above.
        columns: (n,) each.

    Returns:
        (k,) entities in rising order, and (k,) sums per column.
    """
    rows = np.bincount(entity)
    present = np.flatnonzero(rows)
    return present, tuple(np.bincount(entity, weights=column)[present] for column in columns)


def copies(entity: Ints, *columns: NDArray[np.generic]) -> int:
    """The largest g such that every row stands there a multiple of g times: M rows are worth M / g at most.

    Args:
        entity: (n,) entities, numbered from 0.
        columns: (n,) each; rows of one entity that agree in all of them are copies.
    """
    rows = np.bincount(entity)
    if int(np.gcd.reduce(rows)) <= 1:  # else nobody's rows could all be copies: the dear search is spared
        return 1
    order = np.lexsort((*columns, entity))
    new = np.zeros(len(order), np.bool_)
    for column in (entity, *columns):
        placed = column[order]
        new[1:] |= placed[1:] != placed[:-1]
    start = np.flatnonzero(np.r_[True, new[1:]])
    return int(np.gcd.reduce(np.diff(np.r_[start, len(order)])))
