"""A passage: a stretch of text that an answer can quote, with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 900  # characters of a passage
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
PARAGRAPH = re.compile(r"\n\s*\n")
HEADING = re.compile(r"(?:#{1,6} [^\n]*\s*)+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text.

    Attributes:
        id: Unique within a corpus.
        source: The document it comes from, as a reader would look it up.
        start: Character of the document at which it begins.
        stop: One past its last character.
        text: The stretch itself.
    """

    id: str
    source: str
    start: int
    stop: int
    text: str


def split_document(text: str, source: str, *, longest: int = LONGEST) -> list[Passage]:
    """Cut a document at paragraphs, and paragraphs that are too long at the ends of sentences.

    ``text[passage.start:passage.stop] == passage.text`` holds for every passage.

    Args:
        text: The document.
        source: Its name.
        longest: Most characters of a passage; only a single longer sentence exceeds it.
    """
    found = []
    for start, stop in _paragraphs(text):
        found += list(_pieces(text, start, stop, longest))
    return [
        Passage(f"{source}#{number}", source, start, stop, text[start:stop])
        for number, (start, stop) in enumerate(found, start=1)
    ]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs; a heading of Markdown goes with what stands under it."""
    begin = 0
    for match in [*PARAGRAPH.finditer(text), None]:
        end = match.start() if match else len(text)
        if match and HEADING.fullmatch(text[begin:end].strip()):
            continue
        yield from _trimmed(text, begin, end)
        begin = match.end() if match else end


def _pieces(text: str, start: int, stop: int, longest: int) -> Iterator[tuple[int, int]]:
    begin = end = start
    for match in [*SENTENCE_END.finditer(text, start, stop), None]:
        sentence_end = match.start() if match else stop
        if sentence_end - begin > longest and end > begin:
            yield from _trimmed(text, begin, end)
            begin = end
        end = sentence_end
    yield from _trimmed(text, begin, stop)


def _trimmed(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    piece = text[start:stop]
    if piece.strip():
        left = len(piece) - len(piece.lstrip())
        yield start + left, start + len(piece.rstrip())
