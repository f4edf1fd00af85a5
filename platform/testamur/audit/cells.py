"""Everything fairness needs from rows and predictions, in one count.

A *stratum* is a combination of levels of all protected attributes that occurs in the rows. One
``bincount`` yields its four cells; groups and intersections are sums of strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.entity_cells import EntityCells, count_entities
from testamur.audit.interval import Floats, Ints
from testamur.contracts.table import Attribute

_DENSE_CODES = 1 << 16  # more possible strata than this are found by sorting
_LARGEST = 1 << 62
_SHORT = 1 << 15  # the codes of so many cells fit 16 bits
Masks = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a group's cells; masks are in the order tn, fp, fn, tp."""

    name: str
    label: str
    numerator: Masks
    denominator: Masks
    rows: str  # what the denominator counts, in words


RATES: tuple[Rate, ...] = (
    Rate("selection_rate", "selection rate", (0, 1, 0, 1), (1, 1, 1, 1), "rows"),
    Rate("true_positive_rate", "true-positive rate", (0, 0, 0, 1), (0, 0, 1, 1), "rows with the event"),
    Rate("false_positive_rate", "false-positive rate", (0, 1, 0, 0), (1, 1, 0, 0), "rows without the event"),
    Rate(
        "positive_predictive_value", "positive predictive value", (0, 0, 0, 1), (0, 1, 0, 1), "selected rows"
    ),
    Rate("accuracy", "accuracy", (1, 0, 0, 1), (1, 1, 1, 1), "rows"),
)
_NUMERATORS = np.array([rate.numerator for rate in RATES], np.float64)  # (n_rates, 4)
_DENOMINATORS = np.array([rate.denominator for rate in RATES], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Occupied strata of the rows.

    Attributes:
        counts: (n_strata, 4) rows per cell: tn, fp, fn, tp.
        levels: (n_strata, n_attributes) level codes; -1 = missing.
        entities: The same rows by entity, where rows share them; else None.
    """

    counts: Ints
    levels: Ints
    entities: EntityCells | None = None


def count_strata(
    event: NDArray[np.integer],
    selected: NDArray[np.integer],
    groups: NDArray[np.integer],
    n_levels: Sequence[int],
    entity: Ints | None = None,
) -> Strata:
    """Count the rows of every occupied stratum and cell.

    Args:
        event: (n,) 1 where the event happened, else 0.
        selected: (n,) 1 where the model selects the row, else 0.
        groups: (n, n_attributes) level codes, -1 = missing.
        n_levels: Levels per attribute.
        entity: (n,) entities, numbered from 0 without gaps, where rows share them.
    """
    sizes = [n + 1 for n in n_levels]  # one more for "missing"
    n_codes = prod(sizes)
    if n_codes > _DENSE_CODES:
        levels, code = np.unique(groups, axis=0, return_inverse=True)
        counts = _count(code.ravel(), event, selected, len(levels))
        shared = _shared(entity, code.ravel(), event, selected)
        return Strata(counts, levels.astype(np.int64), shared)
    kind = np.int16 if 4 * n_codes <= _SHORT else np.int32  # the less memory moves, the faster
    code = groups[:, 0].astype(kind) if sizes else np.zeros(len(event), kind)
    least = -1 if sizes else 0  # the code of a row whose levels are all missing
    for position in range(1, len(sizes)):
        code *= kind(sizes[position])
        code += groups[:, position].astype(kind, copy=False)
        least = least * sizes[position] - 1
    code -= kind(least)
    counts = _count(code, event, selected, n_codes)
    occupied = np.flatnonzero(counts.any(axis=1))
    rest, levels = occupied, np.empty((len(occupied), len(sizes)), np.int64)
    for position in range(len(sizes) - 1, -1, -1):
        rest, level = np.divmod(rest, sizes[position])
        levels[:, position] = level - 1
    if entity is None:
        return Strata(counts[occupied], levels)
    place = np.zeros(n_codes, np.int64)
    place[occupied] = np.arange(len(occupied))
    return Strata(counts[occupied], levels, _shared(entity, place[code], event, selected))


def _shared(
    entity: Ints | None, stratum: Ints, event: NDArray[np.integer], selected: NDArray[np.integer]
) -> EntityCells | None:
    if entity is None:
        return None
    return count_entities(entity, stratum, 2 * event.astype(np.int64) + selected.astype(np.int64))


def _count(code: Any, event: NDArray[np.integer], selected: NDArray[np.integer], n_codes: int) -> Ints:
    key = code + code  # twice 4 code + 2 event + selected by adding: half the time of shifting
    key += event.astype(key.dtype, copy=False)
    key += key
    key += selected.astype(key.dtype, copy=False)
    return _count_keys(key, 4 * n_codes).reshape(n_codes, 4)


def _count_keys(key: Any, n_keys: int) -> Ints:
    """(n_keys,) how often each occurs; where rows are many, two at a time: half as many things to count."""
    half = len(key) // 2
    if n_keys * n_keys > min(half, _SHORT):
        return np.bincount(key, minlength=n_keys)
    two = key[:half] * key.dtype.type(n_keys)
    two += key[half : 2 * half]
    table = np.bincount(two, minlength=n_keys * n_keys).reshape(n_keys, n_keys)
    counts: Ints = table.sum(axis=0) + table.sum(axis=1)
    counts[key[2 * half :]] += 1  # the last of an odd number
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A way to divide the rows into groups: one attribute, or an intersection of several.

    Attributes:
        attributes: Column names.
        label: As printed.
        groups: Levels of each group, by attribute.
        codes: Level codes of each group, (n_groups, n of attributes of the division).
        columns: Positions of the attributes in the table.
        member: (n_strata,) group of each stratum, -1 = a level is missing.
    """

    attributes: tuple[str, ...]
    label: str
    groups: tuple[dict[str, str], ...]
    codes: Ints
    columns: tuple[int, ...]
    member: Ints

    @property
    def name(self) -> str:
        """The attributes joined by ``*``."""
        return "*".join(self.attributes)


def divide(strata: Strata, attributes: Sequence[Attribute], columns: Sequence[int]) -> Division:
    """The groups of one attribute (all of its levels) or of several (the combinations that occur).

    Args:
        strata: Counted strata.
        attributes: All protected attributes of the table.
        columns: Positions of those that define the groups.
    """
    chosen = [attributes[c] for c in columns]
    levels = strata.levels[:, list(columns)]
    known = (levels >= 0).all(axis=1)
    if len(columns) == 1:
        codes = np.arange(len(chosen[0].levels))[:, None]
        member = levels[:, 0].copy()
    else:
        codes, inverse = _distinct(levels[known], [len(a.levels) for a in chosen])
        member = np.full(len(levels), -1)
        member[known] = inverse
    names, words = [a.name for a in chosen], [a.levels for a in chosen]
    groups = tuple(
        {name: levels[code] for name, levels, code in zip(names, words, row, strict=True)}
        for row in codes.tolist()
    )
    label = " × ".join(a.label or a.name for a in chosen)
    return Division(tuple(a.name for a in chosen), label, groups, codes, tuple(columns), member)


def _distinct(levels: Ints, sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Distinct rows of (n, k) level codes in order, and each row's place; one number a row sorts faster."""
    if prod(sizes) > _LARGEST:
        codes, inverse = np.unique(levels, axis=0, return_inverse=True)
        return codes, inverse.ravel()
    number = np.ravel_multi_index(tuple(levels.T), tuple(sizes))
    found, inverse = np.unique(number, return_inverse=True)
    return np.stack(np.unravel_index(found, tuple(sizes)), axis=1), inverse


def single_divisions(strata: Strata, attributes: Sequence[Attribute]) -> list[Division]:
    """One division per attribute."""
    return [divide(strata, attributes, [position]) for position in range(len(attributes))]


def pair_divisions(strata: Strata, attributes: Sequence[Attribute]) -> list[Division]:
    """One division per pair of attributes."""
    return [divide(strata, attributes, pair) for pair in combinations(range(len(attributes)), 2)]


def sum_groups(counts: NDArray[np.generic], division: Division) -> Floats:
    """Cells of each group: (..., n_strata, 4) -> (..., n_groups, 4)."""
    known = division.member >= 0
    onto = np.zeros((len(division.groups), len(division.member)))
    onto[division.member[known], np.flatnonzero(known)] = 1.0
    summed: Floats = onto @ counts.astype(np.float64, copy=False)
    return summed


def rates(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Every rate of `RATES` from cells (..., 4).

    Returns:
        Rates, numerators and denominators, each (..., n_rates); a rate over nothing is NaN.
    """
    flat, shape = cells.reshape(-1, 4).T, (*cells.shape[:-1], len(RATES))
    numerator, denominator = _NUMERATORS @ flat, _DENOMINATORS @ flat  # (n_rates, m): long products are fast
    with np.errstate(divide="ignore", invalid="ignore"):
        share = numerator / denominator
    return share.T.reshape(shape), numerator.T.reshape(shape), denominator.T.reshape(shape)


def group_of_rows(division: Division, groups: NDArray[np.integer]) -> Ints:
    """(n,) group of each row, -1 = a level is missing.

    Args:
        division: The division.
        groups: (n, n_attributes) level codes of the rows.
    """
    chosen = groups[:, list(division.columns)].astype(np.int64)
    found = np.full(len(chosen), -1)
    for group, code in enumerate(division.codes):
        found[(chosen == code).all(axis=1)] = group
    return found
