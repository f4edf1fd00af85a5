"""Rows of a part: taken at positions, and columns that are carried as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.table import History, RowsPart
from testamur.data.column_types import as_text
from testamur.data.encode import as_numbers
from testamur.data.load import LoadedSource


def take(part: RowsPart, positions: NDArray[np.int64]) -> RowsPart:
    """The rows of a part at these positions."""
    arrays: dict[str, Any] = {}
    for name in RowsPart.__dataclass_fields__:
        value = getattr(part, name)
        arrays[name] = None if value is None else _taken(value, positions)
    return RowsPart(**arrays)


def _taken(value: Any, positions: NDArray[np.int64]) -> Any:
    """Rows of an array, of a history (whose log is shared as it is), or of carried columns."""
    if isinstance(value, History):
        return replace(value, start=value.start[positions], stop=value.stop[positions])
    if isinstance(value, Mapping):
        return {name: column[positions] for name, column in value.items()}
    return value[positions]


def carried_columns(source: LoadedSource) -> dict[str, NDArray[Any]]:
    """The columns that the declaration carries, by name; see `RowsPart.carried`."""
    return {name: carry(source.frame.get_column(name)) for name in source.spec.carried}


def carry(column: pl.Series) -> NDArray[Any]:
    """(n,) numbers as float64, everything else as text; see `RowsPart.carried`."""
    if column.dtype.is_numeric() or column.dtype.is_temporal() or column.dtype == pl.Boolean:
        return as_numbers(column)
    return as_text(column).fill_null("").to_numpy().astype(np.str_)
