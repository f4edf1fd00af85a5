"""Makes a course file: ``python -m testamur_education.corpus foldoc`` or ``... documents FOLDER``."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from testamur.contracts.errors import TestamurError
from testamur_education.qa.pairs import COLUMNS
from testamur_education.reading.documents import read_documents
from testamur_education.reading.foldoc import FOLDER, read_foldoc


def main(arguments: Sequence[str] | None = None) -> int:
    """Write passages (and, of a dictionary, questions made from its terms) as one table.

    Args:
        arguments: Of the command line; those of the process when None.

    Returns:
        The exit status: 0, or that of the error.
    """
    parser = argparse.ArgumentParser(prog="python -m testamur_education.corpus", description=__doc__)
    parser.add_argument("kind", choices=("foldoc", "documents"))
    parser.add_argument("place", nargs="?", type=Path, help="folder or zip; of foldoc: " + str(FOLDER))
    parser.add_argument("--output", type=Path, default=Path("course.csv"))
    parser.add_argument("--questions", type=int, default=1000, help="most questions made from a dictionary")
    given = parser.parse_args(arguments)
    try:
        rows = _foldoc(given) if given.kind == "foldoc" else _documents(given.place or Path())
    except TestamurError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    with given.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stderr.write(f"{len(rows):,} rows written to {given.output}\n")
    return 0


def _foldoc(given: argparse.Namespace) -> list[dict[str, str]]:
    rows = read_foldoc(given.place or FOLDER)
    questions = [row for row in rows if row["kind"] == "question"]
    every = max(len(questions) // max(given.questions, 1), 1)
    return [row for row in rows if row["kind"] == "passage"] + questions[::every][: given.questions]


def _documents(place: Path) -> list[dict[str, str]]:
    passages, _ = read_documents(place)
    return [
        {
            "kind": "passage",
            "id": passage.id,
            "subject": passage.source,
            "text": passage.text,
            "passage": "",
            "source": f"{passage.source}, characters {passage.start:,} to {passage.stop:,}",
        }
        for passage in passages
    ]


if __name__ == "__main__":
    sys.exit(main())
