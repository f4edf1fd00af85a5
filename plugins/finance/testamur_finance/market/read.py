"""Reads the price files of the packages `arch` and `skfolio` into long rows: date, series, price."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import polars as pl

from testamur.contracts.errors import DataError, Problem

FIRST_DAY = (1991, 1, 1)  # RRC falls by a factor of exactly 3 on 10 April 1990: a split that is not adjusted
LARGEST = 50_000_000  # bytes once unpacked; the files have up to 1.5 million


def read_index(path: Path) -> pl.DataFrame:
    """An index of the package `arch`: adjusted close per day, dates as month/day/year.

    Raises:
        DataError: It is no such file.
    """
    frame = _unpack(path)
    _require(path, frame, ("Date", "Adj Close"))
    return frame.select(
        date=pl.col("Date").str.to_datetime("%m/%d/%Y", strict=False),
        price=pl.col("Adj Close").cast(pl.Float64, strict=False),
    )


def read_stocks(path: Path) -> pl.DataFrame:
    """The stocks of the package `skfolio`: a column per stock, melted to rows, from 1991 on.

    Raises:
        DataError: It is no such file.
    """
    frame = _unpack(path)
    _require(path, frame, ("Date",))
    names = [name for name in frame.columns if name != "Date"]
    long = frame.unpivot(on=names, index="Date", variable_name="series", value_name="price")
    dated = long.select(
        date=pl.col("Date").str.to_datetime("%Y-%m-%d", strict=False),
        series=pl.col("series"),
        price=pl.col("price").cast(pl.Float64, strict=False),
    )
    return dated.filter(pl.col("date").is_null() | (pl.col("date") >= pl.datetime(*FIRST_DAY)))


def _unpack(path: Path) -> pl.DataFrame:
    try:
        with gzip.open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("too large")
        return pl.read_csv(io.BytesIO(content), infer_schema=False)
    except (OSError, EOFError, ValueError, pl.exceptions.PolarsError) as error:
        wanted = f"a gzip-compressed CSV file of at most {LARGEST:,} bytes is required"
        raise DataError(
            "The prices cannot be read",
            [Problem(path.name, f"{wanted}, however: {type(error).__name__}", "fetch it again")],
        ) from error


def _require(path: Path, frame: pl.DataFrame, names: tuple[str, ...]) -> None:
    faults = [
        Problem(f"column {name!r}", "the column is required, however: the file has none", "fetch it again")
        for name in names
        if name not in frame.columns
    ]
    if faults:
        raise DataError(f"The prices in {path.name} cannot be read", faults)
