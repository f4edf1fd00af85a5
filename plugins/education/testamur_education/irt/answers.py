"""Answers in the rows of a table: who answered which item, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart, RowsTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers as a matrix.

    Attributes:
        right: (n, j) 1 right, 0 wrong, NaN not answered; the first answer where there are several.
        learner: (n,) entity codes.
        items: (j,) names of the items.
        groups: (n, n_attributes) level codes of each learner, -1 = missing.
    """

    right: Floats
    learner: Ints
    items: tuple[str, ...]
    groups: NDArray[np.int16]


def holds_answers(table: RowsTable) -> str:
    """Why a table is no table of answers, or nothing.

    One is required with an entity (the learner), exactly one categorical feature (the item) and a
    binary target.
    """
    categorical = [f for f in table.features if f.kind == "categorical"]
    if table.train.entity is None:
        return "a column with the learner is required"
    if len(categorical) != 1:
        return f"one categorical feature, the item, is required, however: {len(categorical)}"
    return ""


def item_names(table: RowsTable) -> tuple[str, ...]:
    """Names of the items by code, from 1."""
    found = next(f for f in table.encoder["features"] if f["kind"] == "categorical")
    return tuple(str(level) for level in found["levels"])


def gather_answers(table: RowsTable, parts: Sequence[RowsPart]) -> Answers:
    """The answers of some parts as one matrix; items that training never showed are left out.

    Args:
        table: Where the items' names are.
        parts: Such as ``[table.train]``.
    """
    names = item_names(table)
    entity = np.concatenate([part.entity for part in parts if part.entity is not None])
    item = np.concatenate([part.categorical[:, 0] for part in parts])
    target = np.concatenate([part.target for part in parts]).astype(np.float64)
    groups = np.concatenate([part.groups for part in parts])
    learner, at = np.unique(entity, return_inverse=True)
    right = np.full((len(learner), len(names)), np.nan)
    known = np.flatnonzero((item > 0) & (target >= 0))[::-1]  # the first answer is written last
    right[at[known], item[known] - 1] = target[known]
    first = np.zeros(len(learner), dtype=np.int64)
    first[at[::-1]] = np.arange(len(at))[::-1]
    return Answers(right, learner.astype(np.int64), names, groups[first])
