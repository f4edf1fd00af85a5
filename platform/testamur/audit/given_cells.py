"""Cells given in memory: what golden cases and tests hand to checks of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.contracts.raw_cells import RawColumn


@dataclass(frozen=True, slots=True, eq=False)
class GivenCells:
    """Columns by name; None in a column of texts, NaN in one of numbers, is a missing cell.

    Attributes:
        columns: n_rows cells each.
        positions: By part: the rows of it.
    """

    columns: Mapping[str, Sequence[Any]]
    positions: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column."""
        return tuple(self.columns)

    @property
    def n_rows(self) -> int:
        """Rows of all columns."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def largest(self, name: str) -> float | None:
        """Largest number of a column of numbers, else None."""
        column = self.column(name)
        return float(column.values[-1]) if column.kind == "number" and len(column.values) else None

    def column(self, name: str) -> RawColumn:
        """One column, each distinct cell once."""
        cells = self.columns[name]
        if any(isinstance(cell, str) for cell in cells):
            known = sorted({cell for cell in cells if cell is not None})
            place = {cell: i for i, cell in enumerate(known)}
            code = np.array([-1 if cell is None else place[cell] for cell in cells], np.int32)
            return RawColumn(name, "text", np.array(known, dtype=object), code)
        numbers = np.asarray(cells, np.float64)
        code = np.full(len(numbers), -1, np.int32)
        values, code[~np.isnan(numbers)] = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
        return RawColumn(name, "number", values, code)
