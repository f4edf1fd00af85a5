"""A pickled pandas table as a polars frame, read without being run: `Fetch.read` may name it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur.data.inert_arrays import read_pickle


def read_frame(path: Path) -> pl.DataFrame:
    """The table in a pickle (as it is, or compressed with xz, gzip or bzip2), without its index.

    Numbers stay numbers; a column of objects is text where it holds texts, truth values where it holds
    those, numbers where it holds numbers; None and NaN are missing.

    Raises:
        DataError: It holds no table, or cannot be read without running it.
    """
    columns = read_pickle(path)
    if not isinstance(columns, dict) or not all(isinstance(c, np.ndarray) for c in columns.values()):
        message = f"a pickled table is required, however: a {type(columns).__name__}"
        raise DataError("The data cannot be read", [Problem(path.name, message)])
    return pl.DataFrame([_series(name, values, path) for name, values in columns.items()])


def _series(name: str, values: np.ndarray, path: Path) -> pl.Series:
    if not values.dtype.hasobject:
        return pl.Series(name, values)
    cells = [None if _is_missing(cell) else cell for cell in values.tolist()]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean)
    if kinds <= {int, float}:
        return pl.Series(name, [None if c is None else float(c) for c in cells], dtype=pl.Float64)
    if not kinds <= {bool, int, float, str}:
        named = ", ".join(sorted(kind.__name__ for kind in kinds))
        problem = Problem(path.name, f"cells of numbers or texts are required, however: {named}")
        raise DataError("The data cannot be read", [problem])
    return pl.Series(name, [None if c is None else str(c) for c in cells], dtype=pl.String)


def _is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)
