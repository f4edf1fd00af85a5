"""Reads a file by what it begins with: Parquet, Arrow, gzip of text, or text."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur.data.expand import read_expanded
from testamur.data.names import settle_names
from testamur.data.read_text import read_text
from testamur.data.wording import shown

PARQUET, ARROW_FILE, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
REFUSED = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "save the sheet as CSV, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet", "save the sheet as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "give url = 'sqlite:///file' and query = 'SELECT ...'"),
    (b"%PDF", "a PDF", "data come as CSV, TSV, Parquet, Arrow or an SQL query"),
    (b"BZh", "a bzip2 archive", "unpack it first; gzip is read as it is"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first; gzip is read as it is"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first; gzip is read as it is"),
)


def read_file(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    """Read a data file.

    Args:
        path: A regular file.
        options: How text is read; ignored for Parquet and Arrow.

    Returns:
        The frame and notes.

    Raises:
        DataError: The file is damaged, of another format, or cannot be understood as a table.
    """
    where = shown(path.name)
    content = read_expanded(path)
    for mark, what, remedy in REFUSED:
        if content.startswith(mark):
            raise DataError(
                "The data cannot be read",
                [Problem(where, f"a table is required, however: it is {what}", remedy)],
            )
    if content.startswith((PARQUET, ARROW_FILE, ARROW_STREAM)):
        frame = _read_columns(content, where)
        frame.columns, notes = settle_names(frame.columns)
        return frame, notes
    return read_text(content, options, where=where)


def _read_columns(content: bytes, where: str) -> pl.DataFrame:
    kind, read = {
        PARQUET: ("Parquet", pl.read_parquet),
        ARROW_FILE[:4]: ("Arrow", pl.read_ipc),
        ARROW_STREAM: ("Arrow stream", pl.read_ipc_stream),
    }[content[:4]]
    try:
        frame = read(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        frame = None
    if frame is None:
        problem = Problem(where, f"a whole {kind} file is required, however: it is damaged", "write it again")
        raise DataError("The data cannot be read", [problem])
    if frame.height == 0 or frame.width == 0:
        problem = Problem(where, f"rows are required, however: {frame.height} rows of {frame.width} columns")
        raise DataError("The data cannot be read", [problem])
    return frame
