"""A table packed with bzip2, as textbooks' packages carry it."""

from __future__ import annotations

import bz2
import io
from pathlib import Path

import polars as pl

from testamur.contracts.errors import DataError, Problem

LARGEST = 50_000_000  # bytes, unpacked


def read_bz2(path: Path) -> pl.DataFrame:
    """The CSV in a bzip2 file, every cell as text.

    Raises:
        DataError: It is damaged, no table, or larger than `LARGEST` when unpacked.
    """
    try:
        with bz2.open(path) as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            message = f"at most {LARGEST:,} bytes are required when unpacked, however: there are more"
            raise DataError("The table cannot be read", [Problem(path.name, message)])
        return pl.read_csv(io.BytesIO(content), infer_schema=False)
    except (OSError, EOFError, pl.exceptions.PolarsError) as error:
        message = f"a table packed with bzip2 is required, however: {type(error).__name__}"
        raise DataError("The table cannot be read", [Problem(path.name, message)]) from error
