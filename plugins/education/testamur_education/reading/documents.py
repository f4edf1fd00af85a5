"""Documents of a course: Markdown, plain text and PDF, from a folder or a zip; read defensively."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from testamur.contracts.errors import DataError, Problem
from testamur_education.qa.passages import Passage, split_document

TEXT, PDF = (".md", ".markdown", ".txt"), ".pdf"
MOST_FILES = 5_000
LARGEST_FILE = 50_000_000  # bytes, unpacked
LARGEST_ALL = 500_000_000
MOST_PAGES = 5_000  # of a PDF


def read_documents(place: Path) -> tuple[list[Passage], list[str]]:
    """The passages of every document in a folder or a zip.

    Hidden files, links out of the folder and other endings are passed over and counted in the notes.

    Args:
        place: A folder or a ``.zip``.

    Raises:
        DataError: Too many or too large files, a damaged archive, no text at all, or a PDF without the
            package pypdf.
    """
    passages: list[Passage] = []
    skipped, faults, total = 0, [], 0
    for name, content in _members(place):
        if content is None:
            skipped += 1
            continue
        total += len(content)
        if total > LARGEST_ALL:
            message = f"at most {LARGEST_ALL:,} bytes of documents are required, however: there are more"
            raise DataError(
                "The documents cannot be read", [Problem("documents", message, "split the course")]
            )
        try:
            passages += split_document(_text_of(name, content), name)
        except ValueError as error:
            faults.append(Problem(name, str(error)))
    if faults:
        raise DataError("The documents cannot be read", faults)
    if not passages:
        message = f"documents with text are required ({', '.join((*TEXT, PDF))}), however: none was found"
        raise DataError("The documents cannot be read", [Problem("documents", message)])
    notes = [f"{skipped:,} files with other endings were passed over"] if skipped else []
    return passages, notes


def _members(place: Path) -> Iterator[tuple[str, bytes | None]]:
    """Name inside the place and content of each document; no content for what is passed over."""
    if place.is_dir():
        yield from _of_folder(place)
        return
    try:
        with zipfile.ZipFile(place) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_many(len(infos))
            for info in infos:
                path = PurePosixPath(info.filename)
                if not _is_document(path):
                    yield info.filename, None
                    continue
                _refuse_large(info.filename, info.file_size)
                with archive.open(info) as stream:  # the header's size may be a lie: one byte more tells
                    content = stream.read(LARGEST_FILE + 1)
                _refuse_large(info.filename, len(content))
                yield info.filename, content
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
        message = f"a zip that can be unpacked is required, however: {type(error).__name__}"
        raise DataError("The documents cannot be read", [Problem(place.name, message)]) from error


def _of_folder(place: Path) -> Iterator[tuple[str, bytes | None]]:
    root = place.resolve()
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    _refuse_many(len(paths))
    for path in paths:
        name = path.relative_to(root).as_posix()
        if not _is_document(PurePosixPath(name)) or not path.resolve().is_relative_to(root):
            yield name, None
            continue
        _refuse_large(name, path.stat().st_size)
        yield name, path.read_bytes()


def _is_document(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and path.suffix.lower() in (*TEXT, PDF)


def _refuse_many(n_files: int) -> None:
    if n_files > MOST_FILES:
        message = f"at most {MOST_FILES:,} files are required, however: {n_files:,}"
        raise DataError("The documents cannot be read", [Problem("documents", message, "split the course")])


def _refuse_large(name: str, size: int) -> None:
    if size > LARGEST_FILE:
        message = f"at most {LARGEST_FILE:,} bytes are required, however: the document is larger"
        raise DataError("The documents cannot be read", [Problem(name, message, "split it")])


def _text_of(name: str, content: bytes) -> str:
    """The document as text.

    Raises:
        ValueError: It is no UTF-8 text, or no readable PDF.
        DataError: pypdf is not installed.
    """
    if PurePosixPath(name).suffix.lower() == PDF:
        return _text_of_pdf(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("UTF-8 is required, however: it is of another encoding") from error


def _text_of_pdf(content: bytes) -> str:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        problem = Problem("PDF", "the package pypdf is required, however: it is not installed")
        raise DataError(
            "The documents cannot be read", [problem], remedy="pip install 'testamur-education[pdf]'"
        ) from error
    from io import BytesIO

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise ValueError("a PDF without a password is required, however: it is encrypted")
        if len(reader.pages) > MOST_PAGES:
            raise ValueError(f"at most {MOST_PAGES:,} pages are required, however: {len(reader.pages):,}")
        return "\n\n".join(page.extract_text() or "" for page in reader.pages)
    except (PyPdfError, RecursionError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise ValueError(f"a readable PDF is required, however: {type(error).__name__}") from error
