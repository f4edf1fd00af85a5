"""Answers of learners to items: one line per learner, or one row per answer."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem

LARGEST = 200_000_000  # bytes of a file that is read into memory
MARKS = "01?-"  # wrong, right, not asked yet, no option chosen; in a class, "-" comes last


def read_answers(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    """Read answers as rows: learner, position, item, kind, right.

    Two forms are understood. *Strings*: columns ``learner`` and ``answers``, one character per item (1
    right, 0 wrong, - none chosen, ? not asked yet); the items are numbered in the order of the
    characters. *Rows*: any other table with a header is handed on as it is, and the job's ``columns``
    name its columns.

    Args:
        path: A text file with a header.
        options: Encoding and separator; UTF-8 and a comma when None.

    Returns:
        The rows, and what was noticed.

    Raises:
        DataError: The file is too large, no text table, or a string has another length or other marks.
    """
    size = path.stat().st_size
    if size > LARGEST:
        message = f"at most {LARGEST:,} bytes are required, however: {size:,}"
        raise DataError(
            "The answers cannot be read", [Problem("file", message, "split the file by learners")]
        )
    try:
        frame = pl.read_csv(
            path,
            separator=options.separator or ",",
            encoding=options.encoding or "utf8",
            null_values=list(options.null_values) or None,
            infer_schema=False,
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError, LookupError, OSError) as error:
        message = f"a text table with a header is required, however: {type(error).__name__}"
        remedy = "name its encoding and separator in the job"
        raise DataError("The answers cannot be read", [Problem("file", message, remedy)]) from error
    if {"learner", "answers"} <= set(frame.columns):
        return _unfold(frame)
    return frame, []


def _unfold(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """One row per answer; what was left out counts as wrong, as in the scoring of the test."""
    strings = frame.get_column("answers").fill_null("")
    lengths = strings.str.len_chars()
    faults = []
    if frame.height and lengths.n_unique() != 1:
        message = (
            f"strings of one length are required, however: {lengths.min()} to {lengths.max()} characters"
        )
        faults.append(Problem("column 'answers'", message))
    n_strange = int((~strings.str.contains(rf"^[{MARKS}]+$")).sum())
    if n_strange:
        message = f"only the marks {MARKS} are required, however: {n_strange:,} lines hold others"
        faults.append(
            Problem("column 'answers'", message, "1 right, 0 wrong, - no option chosen, ? not asked yet")
        )
    if faults:
        raise DataError("The answers cannot be read", faults)
    n_items = int(lengths.max() or 0)
    rows = (
        frame.select(pl.col("learner"), mark=strings.str.split(""))
        .with_columns(position=pl.lit(list(range(1, n_items + 1))))
        .explode("mark", "position")
    )
    n_omitted = int((rows.get_column("mark") == "-").sum())
    unfolded = rows.select(
        "learner",
        pl.col("position"),
        item=pl.format("item {}", pl.col("position").cast(pl.String).str.zfill(2)),
        right=pl.when(pl.col("mark") == "1").then(pl.lit("1")).when(pl.col("mark") != "?").then(pl.lit("0")),
    )
    notes = [
        f"{n_omitted:,} of {unfolded.height:,} items have no option chosen; they count as wrong, as in the "
        f"test"
    ]
    return unfolded, notes if n_omitted else []
