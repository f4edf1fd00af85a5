"""Reads CSV and its relatives into a frame of strings; types are found out later, column by column."""

from __future__ import annotations

import csv
import io
from itertools import islice

import polars as pl

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur.data.names import settle_names
from testamur.data.separator import find_separator, first_record, head_of, records
from testamur.data.text_encoding import to_utf8
from testamur.data.wording import counted, shown

SHOWN_LINES = 5


def read_text(content: bytes, options: ReadOptions, *, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Read separated text.

    Args:
        content: The bytes of the file, expanded.
        options: Encoding, separator and marks of missing values; None is found out.
        where: Name of the file, for messages.

    Returns:
        A frame whose columns are all text, and notes.

    Raises:
        DataError: The file is empty, has a header only, or lines that do not fit the header.
    """
    if not content.strip():
        raise _refusal(where, "a header and rows are required, however: the file is empty")
    text, _, notes = to_utf8(content, options.encoding, where=where)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")  # line ends of old Macintosh files
    separator = _separator(options.separator, head_of(text), where)
    header = _header(text, separator, where)
    names, name_notes = settle_names(header)
    frame = _parse(text, separator, options.null_values, len(names), where)
    if frame.height == 0:
        raise _refusal(where, "rows are required, however: there is a header only")
    frame.columns = names
    return frame, [*notes, *name_notes]


def _separator(given: str | None, head: str, where: str) -> str:
    if given is None:
        return find_separator(head)
    separator = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0':
        raise _refusal(
            where,
            f"a separator of one ASCII character is required, however: {shown(given)!r}",
            "',', ';', '\\t' or '|'",
        )
    return separator


def _header(text: bytes, separator: str, where: str) -> list[str]:
    """The first record, of the whole text: however long it is, and with line ends in quoted names."""
    try:
        header = first_record(io.TextIOWrapper(io.BytesIO(text), "utf-8", newline=""), separator)
    except csv.Error:
        header = []
    if not header:
        raise _refusal(where, "a header line is required, however: the first record cannot be read")
    return header


def _parse(
    text: bytes, separator: str, null_values: tuple[str, ...], n_columns: int, where: str
) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            text.lstrip(b"\r\n"),
            separator=separator,
            infer_schema=False,
            null_values=["", *null_values],
        )
    except pl.exceptions.PolarsError:
        # Its message may hold the content of a cell: the fault is looked up again and told without it.
        problem = _misfit(text, separator, n_columns, where)
    else:
        if frame.width == n_columns:
            return frame
        problem = _misfit(text, separator, n_columns, where)
    raise DataError("The data cannot be read", [problem])


def _misfit(text: bytes, separator: str, n_columns: int, where: str) -> Problem:
    """Says which lines hold more fields than the header, or that a quote is never closed."""
    reader = records(text.decode("utf-8"), separator)
    try:
        wide = [(reader.line_num, len(record)) for record in reader if len(record) > n_columns]
    except csv.Error:
        wide = []
    if not wide:
        return Problem(
            where,
            "fields that begin with a quote must end with one, however: at least one does not",
            'look for a stray "; within a quoted field it is written twice',
        )
    lines = ", ".join(f"{line} ({n})" for line, n in islice(wide, SHOWN_LINES))
    more = f" and {len(wide) - SHOWN_LINES} more" if len(wide) > SHOWN_LINES else ""
    return Problem(
        where,
        f"{counted(n_columns, 'field')} a line as in the header are required, "
        f"however: more on lines {lines}{more}",
        "quote fields that hold the separator, or name another separator",
    )


def _refusal(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The data cannot be read", [Problem(where, message, remedy)])
