"""The rows of each group, of one attribute or of two at once, and their numbers as they may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from testamur.audit.cells import Division, Strata, count_strata, pair_divisions
from testamur.audit.disclosure import protect_cells
from testamur.audit.entity_rows import entity_codes
from testamur.audit.inputs import MODEL, observed_event, predictions_of
from testamur.audit.interval import Ints
from testamur.audit.shown_rows import shown_counts
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Group


@dataclass(frozen=True, slots=True, eq=False)
class RowGroups:
    """A way to divide the test rows: one attribute, or two at once.

    Attributes:
        name: Attributes joined by ``*``.
        label: As printed.
        groups: All levels of an attribute, or the pairs of levels that occur.
        rows: Positions of each group's rows, in rising order.
        shown: Rows of each group as they may be printed; None = withheld.
        people: Entities of each group as they may be printed; its rows where each is its own.
        n_missing: Rows without a level.
        n_left_out: The same as it may be printed; None = withheld.
        entity: (n,) entities of the rows in their order, where rows share them.
    """

    name: str
    label: str
    groups: tuple[Group, ...]
    rows: tuple[Ints, ...]
    shown: tuple[int | None, ...]
    people: tuple[int | None, ...]
    n_missing: int
    n_left_out: int | None
    entity: Ints | None = None


def single_groups(given: AuditInput, order: Ints | None = None) -> list[RowGroups]:
    """The groups of every attribute.

    Args:
        given: What is audited.
        order: (n,) rows are numbered as they stand in this order; None: as in the test part.
    """
    known, entity = shown_counts(given), entities_in_order(given, order)
    found = []
    for position, attribute in enumerate(given.table.attributes):
        code = _in_order(given.table.test.groups[:, position], order)
        rows, n_missing = _split(code, len(attribute.levels))
        shown = known[attribute.name]
        groups = tuple(Group(levels={attribute.name: level}) for level in attribute.levels)
        of_levels = [shown[level] for level in attribute.levels]
        left_out = shown[""].rows if "" in shown else n_missing
        numbers = (tuple(n.rows for n in of_levels), tuple(n.people for n in of_levels), n_missing, left_out)
        found.append(RowGroups(attribute.name, attribute.label, groups, rows, *numbers, entity))
    return found


def pair_groups(given: AuditInput, order: Ints | None = None) -> list[RowGroups]:
    """The groups of every pair of attributes that occur; arguments as in `single_groups`."""
    attributes, part = given.table.attributes, given.table.test
    strata, entity = _strata(given), entities_in_order(given, order)
    pairs = combinations(range(len(attributes)), 2)
    return [
        _crossed(given, strata, division, [_in_order(part.groups[:, c], order) for c in pair], entity)
        for division, pair in zip(pair_divisions(strata, attributes), pairs, strict=True)
    ]


def _crossed(
    given: AuditInput,
    strata: Strata,
    division: Division,
    codes: Sequence[NDArray[np.integer]],
    entity: Ints | None,
) -> RowGroups:
    one, two = (code.astype(np.int64) for code in codes)
    width = len(given.table.attributes[division.columns[1]].levels)
    place = np.full(len(given.table.attributes[division.columns[0]].levels) * width + 1, -1)
    place[division.codes[:, 0] * width + division.codes[:, 1]] = np.arange(len(division.codes))
    member = place[np.where((one < 0) | (two < 0), -1, one * width + two)]
    rows, n_missing = _split(member, len(division.groups))
    cells = np.zeros((len(division.groups), 4))
    known = division.member >= 0
    np.add.at(cells, division.member[known], strata.counts[known])
    shown, left_out = protect_cells(cells, division, given.policy.minimum_cell, n_missing, strata.entities)
    groups = tuple(Group(levels=levels) for levels in division.groups)
    numbers = (tuple(s["n"] for s in shown), tuple(s["n_entities"] for s in shown), n_missing, left_out)
    return RowGroups(division.name, division.label, groups, rows, *numbers, entity)


def entities_in_order(given: AuditInput, order: Ints | None = None) -> Ints | None:
    """(n,) entities of the test rows as they stand in an order, where rows share them."""
    entity = entity_codes(given)
    return entity if entity is None or order is None else entity[order]


def _strata(given: AuditInput) -> Strata:
    """Cells of a binary problem as intersections.json counts them; of others all rows are one cell."""
    part, sizes = given.table.test, [len(a.levels) for a in given.table.attributes]
    event = selected = np.zeros(part.n_rows, np.int64)
    if given.table.problem.kind is ProblemKind.BINARY and "test" in given.predictions.get(MODEL, {}):
        threshold = given.threshold if given.threshold is not None else 0.5
        event = observed_event(given)
        selected = (predictions_of(given).event >= threshold).astype(np.int64)
    return count_strata(event, selected, part.groups, sizes, entity_codes(given))


def _in_order(code: NDArray[np.integer], order: Ints | None) -> NDArray[np.integer]:
    return code if order is None else code[order]


def _split(code: NDArray[np.integer], n_groups: int) -> tuple[tuple[Ints, ...], int]:
    """Positions of the rows of each group, by one stable sort of small whole numbers; rows with -1."""
    small = code.astype(np.int16) if n_groups < np.iinfo(np.int16).max else code
    by_group = np.argsort(small, kind="stable")
    ends = np.searchsorted(small[by_group], np.arange(n_groups + 1))
    rows = tuple(by_group[ends[g] : ends[g + 1]] for g in range(n_groups))
    return rows, int(ends[0])
