"""FOLDOC, the Free On-line Dictionary of Computing, in the files of the Debian package dict-foldoc."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from testamur.contracts.errors import DataError, Problem

FOLDER = Path("/usr/share/dictd")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LARGEST = 100_000_000  # bytes, unpacked
CATEGORY = re.compile(r"<([^<>]{2,60})>")
DATE = re.compile(r"\(\d{4}-\d{2}-\d{2}\)\s*$")
CREDIT = "The Free On-line Dictionary of Computing, http://foldoc.org/, Editor Denis Howe"


def read_foldoc(folder: Path = FOLDER) -> list[dict[str, str]]:
    """Entries as rows of a course: a passage per entry, and the question after its term.

    A question is made from the term ("What is TERM?"), not asked by anyone.

    Args:
        folder: Holds ``foldoc.index`` and ``foldoc.dict.dz``.

    Returns:
        Rows with kind, id, subject (the entry's first category), text, passage, source.

    Raises:
        DataError: The files are not there or not of the format.
    """
    try:
        index = (folder / "foldoc.index").read_text(encoding="utf-8")
        with gzip.open(folder / "foldoc.dict.dz") as stream:
            content = stream.read(LARGEST)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        message = f"foldoc.index and foldoc.dict.dz are required in {folder}, however: {type(error).__name__}"
        remedy = "install the Debian package dict-foldoc, or give the folder of your copy"
        raise DataError("The dictionary cannot be read", [Problem("FOLDOC", message, remedy)]) from error
    entries = _entries(index, content)
    passages = [_passage(number, *entry) for number, entry in enumerate(entries, start=1)]
    questions = [
        {
            "kind": "question",
            "id": f"q-{passage['id']}",
            "subject": passage["subject"],
            "text": f"What is {term}?",
            "passage": passage["id"],
            "source": "",
        }
        for passage, (term, _) in zip(passages, entries, strict=True)
    ]
    return [*passages, *questions]


def _entries(index: str, content: bytes) -> list[tuple[str, str]]:
    """(term, definition without the term's own line), each definition once, in the order of the text."""
    found: dict[tuple[int, int], None] = {}
    for line in index.splitlines():
        parts = line.split("\t")
        if len(parts) != 3 or parts[0].startswith("00-database"):
            continue
        found[_number(parts[1]), _number(parts[2])] = None
    entries = []
    for start, length in sorted(found):
        text = content[start : start + length].decode("utf-8", errors="replace")
        term, _, body = text.partition("\n")
        body = DATE.sub("", " ".join(body.replace("{", "").replace("}", "").split()))
        if term.strip() and len(body) >= 40:
            entries.append((term.strip(), body.strip()))
    return entries


def _passage(number: int, term: str, body: str) -> dict[str, str]:
    category = CATEGORY.search(body)
    return {
        "kind": "passage",
        "id": f"foldoc-{number}",
        "subject": category.group(1).split(",")[0].strip() if category else "computing",
        "text": f"{term}: {body}",
        "passage": "",
        "source": f"FOLDOC, {term} ({CREDIT})",
    }


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + DIGITS.index(digit)
    return value
