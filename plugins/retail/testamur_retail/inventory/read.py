"""Reads series of demand: one long file, or a folder with one CSV file per series."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem

MOST_FILES = 100_000
MOST_BYTES = 4 << 30


def read_series(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    """One frame of all series; of a folder, each file's name (without ending) names its series.

    Args:
        path: A CSV or Parquet file, or a folder of ``*.csv``.
        options: Separator and marks of missing values, where stated.

    Returns:
        The lines as text or as the file has them, and notes.

    Raises:
        DataError: The folder holds no CSV file, or files whose columns differ; every fault is listed.
    """
    if not path.is_dir():
        return _read(path, options), []
    files = sorted(path.glob("*.csv"))
    if not files or len(files) > MOST_FILES:
        message = f"1 to {MOST_FILES:,} CSV files are required in the folder, however: {len(files):,}"
        raise DataError("The folder of series cannot be read", [Problem(path.name, message)])
    if (n_bytes := sum(file.stat().st_size for file in files)) > MOST_BYTES:
        message = f"at most {MOST_BYTES >> 30} GiB are required, however: {n_bytes:,} bytes"
        raise DataError("The folder of series cannot be read", [Problem(path.name, message)])
    frames = [_read(file, options) for file in files]
    wanted = frames[0].columns
    problems = [
        Problem(file.name, _differs(files[0].name, wanted, frame.columns), "give all files the same header")
        for file, frame in zip(files, frames, strict=True)
        if frame.columns != wanted
    ]
    if problems:
        raise DataError("The folder of series cannot be read", problems)
    named = [frame.with_columns(series=pl.lit(file.stem)) for file, frame in zip(files, frames, strict=True)]
    return pl.concat(named), [f"{len(files):,} files, one series each, named after the file"]


def _differs(first: str, wanted: list[str], columns: list[str]) -> str:
    return f"the columns of {first} ({', '.join(wanted)}) are required, however: {', '.join(columns)}"


def _read(path: Path, options: ReadOptions) -> pl.DataFrame:
    try:
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                return pl.read_parquet(path)
        return pl.read_csv(
            path,
            separator=options.separator or ",",
            null_values=list(options.null_values) or None,
            encoding=options.encoding or "utf8",
            infer_schema=False,
        )
    except (pl.exceptions.PolarsError, OSError, UnicodeError) as error:
        message = f"a CSV or Parquet file is required, however: {type(error).__name__} on reading"
        raise DataError("The series cannot be read", [Problem(path.name, message)]) from error
