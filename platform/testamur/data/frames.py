"""Puts a frame handed over in Python where a worker can read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur.data.names import settle_names
from testamur.data.origin import digest_of_frame, frame_of
from testamur.settings import keep_private, make_private


def write_frame(frame: Any, folder: Path) -> Path:
    """Write a frame as Parquet, named by its content; the same frame is written once.

    Args:
        frame: Anything with the Arrow stream interface (pandas, polars, pyarrow, duckdb).
        folder: Made when it is not there; only its owner may enter.

    Raises:
        DataError: The thing has no such interface, no rows, columns that cannot be told apart, or
            cells of mixed types in one column.
    """
    table = _table(frame)
    if table.height == 0 or table.width == 0:
        message = f"rows are required, however: {table.height} rows of {table.width} columns"
        raise DataError("The frame cannot be used", [Problem("data", message)])
    names, _ = settle_names(table.columns)
    table = table.rename(dict(zip(table.columns, names, strict=True)))
    make_private(folder)
    path = folder / f"frame-{digest_of_frame(table)[:24]}.parquet"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        keep_private(unfinished)
        table.write_parquet(unfinished)
        unfinished.replace(path)
    return path


def _table(frame: Any) -> pl.DataFrame:
    try:
        return frame_of(frame)
    except (TypeError, ValueError, OverflowError, RuntimeError, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
    # Raised outside the handler: the cause may quote the cell it stumbled over.
    message = (
        "columns of one type and with different names are required, "
        f"however: {kind} in a {type(frame).__name__}"
    )
    remedy = "give each column one type; columns of Python objects hold text or numbers, not both"
    raise DataError("The frame cannot be used", [Problem("data", message, remedy)])
