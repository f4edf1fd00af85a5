"""The cells of a loaded source, handed on column by column; see `contracts.raw_cells`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.raw_cells import RawColumn
from testamur.data.column_types import as_text
from testamur.data.encode import as_numbers


@dataclass(frozen=True, slots=True, eq=False)
class FrameCells:
    """Cells that stay in the frame they were read into, until a check asks for a column.

    Attributes:
        frame: n_rows rows, converted; numbers are Float64, texts String, moments Datetime in UTC.
        positions: By part: row of the frame behind each row of the part.
    """

    frame: pl.DataFrame
    positions: Mapping[str, NDArray[np.int64]]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of the source."""
        return tuple(self.frame.columns)

    @property
    def n_rows(self) -> int:
        """Rows of the frame."""
        return self.frame.height

    def largest(self, name: str) -> float | None:
        """Largest number of a column of numbers, else None."""
        series = self.frame.get_column(name)
        if not series.dtype.is_numeric() or series.null_count() == series.len():
            return None
        return float(series.max())  # type: ignore[arg-type]  # of numbers it is one

    def column(self, name: str) -> RawColumn:
        """One column, each distinct cell once."""
        series = self.frame.get_column(name)
        if series.dtype == pl.Boolean:
            return _numbers(name, "boolean", as_numbers(series))
        if series.dtype.is_temporal():
            return _numbers(name, "moment", as_numbers(series))
        if series.dtype.is_numeric():
            return _numbers(name, "number", as_numbers(series))
        return _texts(name, as_text(series))


def _numbers(name: str, kind: str, numbers: NDArray[np.float64]) -> RawColumn:
    known = ~np.isnan(numbers)
    values, inverse = np.unique(numbers[known], return_inverse=True)
    code = np.full(len(numbers), -1, dtype=np.int32)
    code[known] = inverse
    return RawColumn(name, kind, values, code)  # type: ignore[arg-type]  # one of its four words


def _texts(name: str, series: pl.Series) -> RawColumn:
    levels = series.drop_nulls().unique()
    values = levels.to_numpy().astype(object)
    if not len(values):
        return RawColumn(name, "text", values, np.full(series.len(), -1, dtype=np.int32))
    place = pl.Series(range(len(values)), dtype=pl.Int32)
    code = series.replace_strict(levels, place, default=-1, return_dtype=pl.Int32)
    return RawColumn(name, "text", values, code.fill_null(-1).to_numpy().astype(np.int32))
