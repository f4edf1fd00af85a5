"""A course as it comes: a table of passages and questions, or documents with a table of questions."""

from __future__ import annotations

import csv
import io
import zipfile
from importlib.resources import files
from pathlib import Path

import polars as pl

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur_education.qa.minilm import find_model
from testamur_education.qa.pairs import COLUMNS, KINDS, make_pairs
from testamur_education.reading.documents import read_documents

QUESTIONS = "questions.csv"
LARGEST = 200_000_000  # bytes of a table


def read_course(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    """Read a course and pair every question with its candidate passages.

    - A table with columns kind (passage or question), id, text; optional subject, source, and passage (of
      a question: the id of the passage that answers it).
    - A table with a column question (or text) alone: the questions are put to the corpus of the package.
    - A zip or a folder of Markdown, text and PDF documents with ``questions.csv`` at its top.

    Args:
        path: The file, or the folder.
        options: Encoding and separator of tables.

    Returns:
        What `qa.pairs.make_pairs` returns, and notes.

    Raises:
        DataError: The course cannot be read; all faults that can be told at once.
    """
    passages, questions, notes = read_texts(path, options)
    return make_pairs(passages, questions), notes


def read_course_by_meaning(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    """The same, with the ten passages nearest to each question in MiniLM's space as candidates, too.

    Args:
        path: As of `read_course`.
        options: As of `read_course`.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed; nothing is read then.
        DataError: The course cannot be read.
    """
    find_model()
    passages, questions, notes = read_texts(path, options)
    said = "candidates by words (BM25, TF-IDF) and by meaning (MiniLM as it comes, exact search)"
    return make_pairs(passages, questions, meaning=True), [*notes, said]


def read_texts(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Passages, questions and notes of a course.

    Args:
        path: As of `read_course`.
        options: As of `read_course`.

    Raises:
        DataError: The course cannot be read.
    """
    if path.is_dir() or zipfile.is_zipfile(path):
        return _read_documents(path, options)
    if path.stat().st_size > LARGEST:
        message = f"at most {LARGEST:,} bytes are required, however: the table is larger"
        raise DataError("The course cannot be read", [Problem("file", message)])
    table = read_table(path.read_bytes(), options)
    strange = int((~table.get_column("kind").is_in(KINDS)).sum())
    if strange:
        message = f"passage or question is required, however: {strange:,} rows hold something else"
        raise DataError("The course cannot be read", [Problem("column 'kind'", message)])
    passages, questions = (table.filter(pl.col("kind") == kind) for kind in KINDS)
    notes = []
    if not passages.height:
        passages = bundled_passages()
        notes.append(
            f"no passages in the file: its questions are put to the {passages.height:,} of the package"
        )
    return passages, questions, notes


def read_table(content: bytes, options: ReadOptions) -> pl.DataFrame:
    """A table with all of `COLUMNS` as text; a table of questions alone gets kinds and ids.

    Raises:
        DataError: It is no table, or has no text.
    """
    try:
        text = content.decode(options.encoding or "utf-8-sig")
        frame = pl.read_csv(io.StringIO(text), separator=options.separator or ",", infer_schema=False)
    except (UnicodeDecodeError, LookupError, pl.exceptions.PolarsError) as error:
        message = f"a text table with a header is required, however: {type(error).__name__}"
        remedy = "name its encoding and separator in the job"
        raise DataError("The course cannot be read", [Problem("file", message, remedy)]) from error
    if "text" not in frame.columns and "question" in frame.columns:
        frame = frame.rename({"question": "text"})
    if "text" not in frame.columns:
        message = f"a column text or question is required, however: {len(frame.columns)} others"
        raise DataError("The course cannot be read", [Problem("columns", message)])
    if "kind" not in frame.columns:
        frame = frame.with_columns(kind=pl.lit("question"))
    if "id" not in frame.columns:
        numbers = pl.int_range(1, frame.height + 1, eager=True)
        frame = frame.with_columns(id=pl.format("question {}", numbers))
    missing = [name for name in COLUMNS if name not in frame.columns]
    return frame.with_columns(pl.lit("").alias(name) for name in missing).select(
        pl.col(name).cast(pl.String).fill_null("") for name in COLUMNS
    )


def bundled_passages() -> pl.DataFrame:
    """The passages of the corpus that comes with the package."""
    path = files("testamur_education").joinpath("data/course.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "passage"]
    return pl.DataFrame({name: [row[name] for row in rows] for name in COLUMNS})


def _read_documents(path: Path, options: ReadOptions) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    found, notes = read_documents(path)
    passages = pl.DataFrame(
        {
            "kind": ["passage"] * len(found),
            "id": [passage.id for passage in found],
            "subject": [passage.source for passage in found],
            "text": [passage.text for passage in found],
            "passage": [""] * len(found),
            "source": [f"{p.source}, characters {p.start:,} to {p.stop:,}" for p in found],
        }
    )
    table = read_table(_questions_of(path), options).filter(pl.col("kind") == "question")
    return passages, table, [*notes, f"{len(found):,} passages from the documents"]


def _questions_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            with (path / QUESTIONS).open("rb") as stream:
                content = stream.read(LARGEST + 1)
        else:
            with zipfile.ZipFile(path) as archive, archive.open(QUESTIONS) as member:
                content = member.read(LARGEST + 1)
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        message = f"{QUESTIONS} at the top of the documents is required, however: {type(error).__name__}"
        remedy = "columns: question, and passage where the answer is known"
        raise DataError("The course cannot be read", [Problem(QUESTIONS, message, remedy)]) from error
    if len(content) > LARGEST:
        message = f"at most {LARGEST:,} bytes are required, however: the table is larger"
        raise DataError("The course cannot be read", [Problem(QUESTIONS, message)])
    return content
