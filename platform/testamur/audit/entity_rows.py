"""Rows that share entities (people, series): their numbers, and how many entities there are in a group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.audit.entity_cells import distinct
from testamur.audit.entity_numbers import numbers_of, renumbered
from testamur.audit.inputs import all_rows
from testamur.audit.interval import Floats, Ints
from testamur.contracts.check import AuditInput
from testamur.contracts.table import RowsTable


def entity_codes(given: AuditInput) -> Ints | None:
    """(n,) entities of the test rows, numbered from 0 without gaps; None where each row is its own."""
    return numbers_of(given.table.test)


def entities_of_all(table: RowsTable) -> Ints | None:
    """(n,) entities of the rows of all parts in their order, numbered from 0; None where none is shared."""
    parts = [part.entity for part in all_rows(table) if part.n_rows]
    if any(entity is None for entity in parts):
        return None
    cluster = np.concatenate([entity for entity in parts if entity is not None] or [np.zeros(0, np.int64)])
    code = renumbered(cluster)
    return code if len(code) and int(code.max()) + 1 < len(code) else None


def people_of(code: Ints, entity: Ints, n_groups: int) -> Ints:
    """(n_groups,) entities of each group; rows with code -1 belong to none."""
    known = code >= 0
    width = int(entity.max(initial=0)) + 1
    pair, _ = distinct(code[known] * width + entity[known], n_groups * width)
    return np.bincount(pair // width, minlength=n_groups)


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
