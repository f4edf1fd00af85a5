"""Whom a private training hides, and how they are drawn: each unit by itself (Poisson sampling)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.privacy import PrivacyUnit
from testamur.contracts.table import RowsPart


@dataclass(frozen=True, slots=True)
class Drawn:
    """The units of one step.

    Attributes:
        index: (u * rows,) examples, those of a unit side by side; filled up with the unit's first one.
        share: (u * rows,) float32 weight of each example in its unit, summing to 1; 0 where filled up.
            None where every unit is one example.
        rows: Examples of each unit.
    """

    index: np.ndarray
    share: np.ndarray | None
    rows: int


class Units:
    """Units of the training part.

    Args:
        part: The training part.
        unit: Records, or entities.
        most_rows: Rows of an entity in one step, at most; more are drawn from anew at every step.

    Raises:
        DataError: Entities are to be hidden and the rows have none.
    """

    def __init__(self, part: RowsPart, unit: PrivacyUnit, most_rows: int) -> None:
        self.n, self.most_rows = part.n_rows, 1
        self._rows: np.ndarray | None = None
        if unit is PrivacyUnit.RECORD:
            return
        if part.entity is None:
            problem = Problem("training.privacy.unit", "rows with an entity are required, however: without")
            raise DataError("The training cannot be private", [problem], remedy="state dataset.entity")
        order = np.argsort(part.entity, kind="stable")
        _, first, counts = np.unique(part.entity[order], return_index=True, return_counts=True)
        self._rows, self._first, self._counts = order, first, counts
        self.n, self.most_rows = int(first.size), int(min(most_rows, counts.max()))

    def draw(self, rng: np.random.Generator, rate: float) -> Drawn:
        """Let each unit enter with probability `rate`, independently of all others.

        A binomial count and as many units without replacement have the same law as n coins.
        """
        chosen = rng.choice(self.n, rng.binomial(self.n, rate), replace=False, shuffle=False)
        if self._rows is None:
            return Drawn(chosen, None, 1)
        counts = self._counts[chosen]
        kept = np.minimum(counts, self.most_rows)
        place = np.arange(self.most_rows)[None, :].repeat(chosen.size, axis=0)  # (u, rows)
        for unit in np.flatnonzero(counts > self.most_rows):
            place[unit] = rng.choice(counts[unit], self.most_rows, replace=False)
        filled = np.arange(self.most_rows) >= kept[:, None]
        place[filled] = 0
        share = np.where(filled, 0.0, 1.0 / np.maximum(kept, 1)[:, None])
        index = self._rows[self._first[chosen][:, None] + place]
        return Drawn(index.reshape(-1), share.reshape(-1).astype(np.float32), self.most_rows)
