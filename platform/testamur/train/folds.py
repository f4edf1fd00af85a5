"""Folds for cross-fitting: training and validation rows together, each row held out once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import SplitKind
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import RowsPart, RowsTable

Int64 = NDArray[np.int64]


def join_parts(table: RowsTable) -> RowsPart:
    """Training rows followed by validation rows; twins, groups and carried columns go along."""
    joined: dict[str, Any] = {}
    for name in RowsPart.__dataclass_fields__:
        first, second = getattr(table.train, name), getattr(table.validation, name)
        if name == "carried":
            joined[name] = {key: np.concatenate([first[key], second[key]]) for key in first}
        elif name == "history" and first is not None:
            steps = {
                at: np.concatenate([getattr(first, at), getattr(second, at)]) for at in ("start", "stop")
            }
            joined[name] = replace(first, **steps)
        else:
            joined[name] = None if first is None else np.concatenate([first, second])
    return RowsPart(**joined)


def take_rows(part: RowsPart, positions: Int64) -> RowsPart:
    """The rows of a part at these positions."""
    taken: dict[str, Any] = {}
    for name in RowsPart.__dataclass_fields__:
        value = getattr(part, name)
        if name == "carried":
            taken[name] = {key: column[positions] for key, column in value.items()}
        elif name == "history" and value is not None:
            taken[name] = replace(value, start=value.start[positions], stop=value.stop[positions])
        else:
            taken[name] = None if value is None else value[positions]
    return RowsPart(**taken)


def assign_folds(table: RowsTable, n_folds: int, *, seed: int) -> Int64:
    """(n_train + n_validation,) fold of each row, 0 to n_folds - 1, in the order of `join_parts`.

    Rows of an entity share a fold. A table that was divided in time is cut into stretches of time;
    otherwise rows are dealt at random, class by class.

    Args:
        table: Encoded rows.
        n_folds: Folds; each gets a row at least.
        seed: Seed of the deal.

    Raises:
        DataError: There are fewer rows (or entities) than folds.
    """
    rows = join_parts(table)
    rng = np.random.default_rng([seed, n_folds])
    if rows.entity is not None and np.unique(rows.entity).size < rows.n_rows:
        _, entity = np.unique(rows.entity, return_inverse=True)
        dealt = _deal(np.zeros(int(entity.max()) + 1, dtype=np.int64), n_folds, rng, "entities")
        return np.asarray(dealt[entity], dtype=np.int64)
    if table.spec.split.kind is SplitKind.TIME and rows.time is not None:
        _refuse_few(rows.n_rows, n_folds, "rows")
        fold = np.empty(rows.n_rows, dtype=np.int64)
        fold[np.argsort(rows.time, kind="stable")] = np.arange(rows.n_rows) * n_folds // rows.n_rows
        return fold
    strata = np.asarray(rows.target if table.classes else np.zeros(rows.n_rows), dtype=np.int64)
    return _deal(strata, n_folds, rng, "rows")


def _deal(strata: Int64, n_folds: int, rng: np.random.Generator, what: str) -> Int64:
    """Deal each stratum like cards, the next one going on where the last one ended."""
    _refuse_few(strata.size, n_folds, what)
    order = rng.permutation(strata.size)
    order = order[np.argsort(strata[order], kind="stable")]
    fold = np.empty(strata.size, dtype=np.int64)
    fold[order] = np.arange(strata.size) % n_folds
    return fold


def _refuse_few(n: int, n_folds: int, what: str) -> None:
    if n < n_folds:
        message = f"at least as many {what} as folds are required, however: {n} for {n_folds}"
        problem = Problem("training and validation rows", message, "use fewer folds, or another model")
        raise DataError("The table cannot be cross-fitted", [problem])
