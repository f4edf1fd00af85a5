"""Finds out which character separates the fields of a text file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Protocol

CANDIDATES = (",", "\t", ";", "|")
SAMPLE_BYTES = 256_000
SAMPLE_RECORDS = 30


def head_of(content: bytes) -> str:
    """The beginning of a UTF-8 text, cut at the end of a line and never inside the first one."""
    if len(content) <= SAMPLE_BYTES:
        return content.decode("utf-8", errors="ignore")
    cut = content.rfind(b"\n", 0, SAMPLE_BYTES)
    if cut < 0 or not content[:cut].strip():
        start = len(content) - len(content.lstrip())
        cut = content.find(b"\n", max(start, SAMPLE_BYTES))
    return (content[: cut + 1] if cut >= 0 else content).decode("utf-8", errors="ignore")


class LineReader(Protocol):
    """Records one by one, with the number of the line that was read last."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """The reader itself."""
        ...

    def __next__(self) -> list[str]:
        """The next record."""
        ...


def find_separator(head: str) -> str:
    """The separator under which the first records agree best on the number of fields.

    Ties go to the one that gives more fields; a text with none of them is one column.
    """
    return max(CANDIDATES, key=lambda separator: (*_agreement(head, separator), separator == ","))


def first_record(lines: Iterable[str], separator: str) -> list[str]:
    """The fields of the first record that is not blank; empty when there is none."""
    return next((record for record in _reader(lines, separator) if record), [])


def records(text: str, separator: str) -> LineReader:
    """The records of a text, quoted fields with line ends included."""
    return _reader(io.StringIO(text, newline=""), separator)


def _reader(lines: Iterable[str], separator: str) -> LineReader:
    csv.field_size_limit(1 << 30)
    return csv.reader(lines, delimiter=separator)


def _agreement(head: str, separator: str) -> tuple[float, int]:
    """Share of records as wide as the header where there are two fields or more; the width."""
    try:
        sample = [
            record
            for record, _ in zip(records(head, separator), range(SAMPLE_RECORDS), strict=False)
            if record
        ]
    except csv.Error:
        return (0.0, 0)
    width = len(sample[0]) if sample else 0
    if width < 2:
        return (0.0, 0)
    return (sum(len(record) == width for record in sample) / len(sample), width)
