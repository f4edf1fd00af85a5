"""Divides the rows into training, validation and test: at random, by entity, or by time.

Twins (rows with identical features) stay where the rule puts them: moving them would hide a
leak that the audit is there to measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, Role, SplitKind, SplitRule
from testamur.contracts.errors import DataError, Problem
from testamur.data.load import LoadedSource
from testamur.data.wording import column

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Positions in `LoadedSource.frame`, ascending, each row in exactly one part."""

    train: Int64
    validation: Int64
    test: Int64


def assign_parts(source: LoadedSource, *, seed: int) -> Parts:
    """Assign every row to a part, following the source's split rule.

    The draws are the raw output of PCG64, so the same seed gives the same parts everywhere.

    Args:
        source: Loaded rows.
        seed: Used where the rule states no seed of its own.

    Raises:
        DataError: A part would be empty, or training would miss a class.
    """
    rule = source.spec.split
    keys = random_keys(source.frame.height, rule.seed if rule.seed is not None else seed)
    match rule.kind:
        case SplitKind.RANDOM:
            side = _at_random(_strata(source), keys, rule)
        case SplitKind.ENTITY:
            side = by_entity(_codes(source, Role.ENTITY), keys, rule)
        case SplitKind.TIME:
            side = _by_time(_moments(source), rule)
        case SplitKind.LEAVE_LAST:
            side = _leave_last(_codes(source, Role.ENTITY))
    train, validation, test = (np.flatnonzero(side == n).astype(np.int64) for n in range(3))
    parts = Parts(train, validation, test)
    _check(source, parts)
    return parts


def random_keys(n: int, seed: int) -> NDArray[np.uint64]:
    """(n,) raw 64-bit draws of PCG64; sorting by them shuffles."""
    return np.asarray(np.random.PCG64(seed).random_raw(n), dtype=np.uint64).reshape(n)


def _strata(source: LoadedSource) -> Int64:
    """(n,) class codes; one stratum for regression."""
    if not source.classes:
        return np.zeros(source.frame.height, dtype=np.int64)
    labels = source.frame.get_column(source.spec.problem.target)
    codes = labels.replace_strict(list(source.classes), list(range(len(source.classes))))
    return codes.to_numpy().astype(np.int64)


def _at_random(strata: Int64, keys: NDArray[np.uint64], rule: SplitRule) -> NDArray[np.int8]:
    """Every stratum is divided in the same shares, each part getting a row of it at least."""
    side = np.zeros(strata.shape[0], dtype=np.int8)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        n_test = max(1, round(rule.test * rows.size))
        n_validation = max(1, round(rule.validation * rows.size))
        side[rows[:n_test]] = 2
        side[rows[n_test : n_test + n_validation]] = 1
    return side


def by_entity(entity: Int64, keys: NDArray[np.uint64], rule: SplitRule) -> NDArray[np.int8]:
    """Whole entities in random order: first the test is filled, then validation."""
    _, first, code, n_rows = np.unique(entity, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(keys[first], kind="stable")
    before = np.cumsum(n_rows[order]) - n_rows[order]
    share = (before + n_rows[order] / 2) / entity.size
    of_entity = np.zeros(first.size, dtype=np.int8)
    of_entity[order] = np.where(share < rule.test, 2, np.where(share < rule.test + rule.validation, 1, 0))
    if first.size >= 3:
        # However large single entities are, the first two in the order fill the two small parts.
        of_entity[order[0]] = 2
        if not (of_entity == 1).any():
            of_entity[order[1]] = 1
    return np.asarray(of_entity[code], dtype=np.int8)


def _by_time(time: NDArray[np.float64], rule: SplitRule) -> NDArray[np.int8]:
    """The latest rows are the test, those before them validation; equal moments stay together.

    The cuts lie between moments, as near to the wanted shares as ties allow.
    """
    moments, code, n_rows = np.unique(time, return_inverse=True, return_counts=True)
    if moments.size < 3:
        return np.zeros(time.size, dtype=np.int8)
    n_before = np.cumsum(n_rows) - n_rows
    test_from = _nearest(n_before, (1 - rule.test) * time.size, 2, moments.size - 1)
    wanted = n_before[test_from] - rule.validation * time.size
    validation_from = _nearest(n_before, wanted, 1, test_from - 1)
    return np.where(code >= test_from, 2, np.where(code >= validation_from, 1, 0)).astype(np.int8)


def _leave_last(entity: Int64) -> NDArray[np.int8]:
    """The last row of each entity is the test, the one before validation, if one more is left to learn from.

    Rows of an entity stand together, in the order of time (`interactions.order_choices`). An entity with
    two rows has no validation row; one with a single row is learnt from alone.
    """
    n = entity.size
    last = np.flatnonzero(np.r_[np.diff(entity) != 0, True])
    n_rows = np.diff(np.r_[-1, last])
    side = np.zeros(n, dtype=np.int8)
    side[last[n_rows >= 2]] = 2
    side[last[n_rows >= 3] - 1] = 1
    return side


def _nearest(n_before: Int64, wanted: float, lowest: int, highest: int) -> int:
    """The moment from `lowest` to `highest` that has nearest to `wanted` rows before it."""
    return lowest + int(np.argmin(np.abs(n_before[lowest : highest + 1] - wanted)))


def _codes(source: LoadedSource, role: Role) -> Int64:
    """(n,) codes of the column with this role; a row without an entity is one by itself."""
    name = next(c.name for c in source.spec.columns if c.role is role)
    return entity_codes(source, name)


def entity_codes(source: LoadedSource, name: str) -> Int64:
    """(n,) number of each row's entity, in the order of their names; a row without one stands alone."""
    column_values = source.frame.get_column(name)
    codes = column_values.rank("dense").to_numpy().astype(np.float64)
    missing = np.isnan(codes)
    codes[missing] = -1.0 - np.arange(int(missing.sum()))
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _moments(source: LoadedSource) -> NDArray[np.float64]:
    found = next(c for c in source.spec.columns if c.role is Role.TIME)
    values = seconds(source, found.name, found.kind)
    n_missing = int(np.isnan(values).sum())
    if n_missing:
        message = f"a moment is required in every row of a split by time, however: {n_missing} are missing"
        problem = Problem(column(found.name), message, "leave those rows out, or split at random")
        raise DataError("The rows cannot be divided", [problem])
    return values


def seconds(source: LoadedSource, name: str, kind: ColumnKind | None) -> NDArray[np.float64]:
    """(n,) seconds since 1970 UTC, NaN where missing; plain numbers are taken as they are."""
    values = source.frame.get_column(name)
    if kind is ColumnKind.DATETIME:
        return (values.dt.epoch("us") / 1e6).to_numpy().astype(np.float64)
    return values.to_numpy().astype(np.float64)


def _check(source: LoadedSource, parts: Parts) -> None:
    rule = source.spec.split
    named = {"training": parts.train, "validation": parts.validation, "test": parts.test}
    problems = [
        Problem("dataset.split", f"rows are required in every part, however: {name} has none", _remedy(rule))
        for name, rows in named.items()
        if rows.size == 0
    ]
    if source.classes and not problems:
        strata = _strata(source)
        absent = len(source.classes) - np.unique(strata[parts.train]).size
        if absent:
            message = (
                f"training needs rows of all {len(source.classes)} classes, however: {absent} are absent"
            )
            problems.append(Problem("dataset.split", message, _remedy(rule)))
        elif rule.kind is not SplitKind.RANDOM:
            problems += [
                Problem(
                    "dataset.split",
                    f"two classes or more are required in every part, however: {name} has one",
                    _remedy(rule),
                )
                for name, rows in named.items()
                if np.unique(strata[rows]).size < 2
            ]
    if problems:
        raise DataError("The rows cannot be divided", problems)


def _remedy(rule: SplitRule) -> str:
    what = {
        SplitKind.RANDOM: "use more rows, or smaller shares for validation and test",
        SplitKind.ENTITY: "use more entities (three at least), or split at random",
        SplitKind.LEAVE_LAST: "use more entities with three rows or more",
        SplitKind.TIME: "use more moments (three at least), other shares, or split at random",
    }
    return what[rule.kind]
