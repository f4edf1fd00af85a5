"""Reads and prepares the Boston Fed mortgage applications."""

from __future__ import annotations

import bz2
import io
from pathlib import Path

import polars as pl

from testamur.contracts.errors import DataError, Problem

LARGEST = 20_000_000  # bytes once unpacked; the file has 0.5 million
UNKNOWN = {"gdlin": (666.0,), "lines": (999999.375,), "term": (999999.375,), "review": (999.0,)}
LEFT_OUT = (
    "action", "reject", "approve", "typur", "inson", "review", "gdlin", "msa", "suffolk", "black", "hispan",
    "white", "male", "old", "mortno", "mortperf", "mortlat1", "mortlat2", "chist", "multi", "thick",
)  # fmt: skip
CODES = (
    "occ", "unit", "prop", "mortg", "cons", "fixadj", "inss", "gift", "cosign", "self", "pubrec", "unver",
    "bd", "mi", "vr", "sch", "min30",
)  # fmt: skip
REQUIRED = ("approve", "black", "hispan", "male", "married", "old")


def read_loanapp(path: Path) -> pl.DataFrame:
    """Unpack and read the file of the package, every column as a number.

    Args:
        path: A bzip2-compressed CSV file with a header.

    Raises:
        DataError: It is no such file, or it is larger than it can be.
    """
    try:
        with bz2.open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("too large")
        return pl.read_csv(io.BytesIO(content), infer_schema_length=None)
    except (OSError, EOFError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(
            "The mortgage applications cannot be read",
            [
                Problem(
                    path.name,
                    f"a bzip2-compressed CSV file of at most {LARGEST:,} bytes is required, however: "
                    f"{type(error).__name__}",
                    "fetch it again",
                )
            ],
        ) from error


def prepare_loanapp(frame: pl.DataFrame) -> pl.DataFrame:
    """Name the decision and the groups in words, blank out codes for "unknown", drop what leaks or repeats.

    Args:
        frame: The columns of the file, as read or as text.

    Raises:
        DataError: A column that defines the outcome or a group is absent; all are listed.
    """
    absent = [name for name in REQUIRED if name not in frame.columns]
    if absent:
        raise DataError(
            "The mortgage applications cannot be used",
            [
                Problem(f"column {name!r}", "the column is required, however: the file has none", "name it")
                for name in absent
            ],
        )
    numbers = frame.with_columns(pl.all().cast(pl.Float64, strict=False))
    blanks = [
        pl.when(pl.col(name).is_in(list(codes))).then(None).otherwise(pl.col(name)).alias(name)
        for name, codes in UNKNOWN.items()
        if name in frame.columns
    ]
    named = numbers.with_columns(*blanks).with_columns(
        decision=_words("approve", "approved", "denied"),
        race=pl.when(pl.col("black") == 1)
        .then(pl.lit("Black"))
        .when(pl.col("hispan") == 1)
        .then(pl.lit("Hispanic"))
        .when(pl.col("black").is_not_null() & pl.col("hispan").is_not_null())
        .then(pl.lit("white")),
        sex=_words("male", "male", "female"),
        married=_words("married", "yes", "no"),
        older=_words("old", "yes", "no"),
    )
    codes = [pl.col(name).cast(pl.Int64).cast(pl.String) for name in CODES if name in frame.columns]
    return named.with_columns(*codes).drop([name for name in LEFT_OUT if name in frame.columns])


def _words(name: str, one: str, zero: str) -> pl.Expr:
    """1 and 0 as words; anything else as missing."""
    return pl.when(pl.col(name) == 1).then(pl.lit(one)).when(pl.col(name) == 0).then(pl.lit(zero))
