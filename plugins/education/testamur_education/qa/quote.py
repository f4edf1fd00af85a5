"""The sentence of a passage to quote for a question."""

from __future__ import annotations

from testamur_education.qa.passages import SENTENCE_END
from testamur_education.qa.words import words_of


def quote(question: str, passage: str) -> tuple[int, int]:
    """First and one past the last character of the sentence with most of the question's words.

    The earlier one among equals; the whole passage where it is one sentence.

    Args:
        question: Its text.
        passage: The text to quote from.
    """
    asked = set(words_of(question))
    begins = [0, *(match.end() for match in SENTENCE_END.finditer(passage))]
    ends = [*(match.start() for match in SENTENCE_END.finditer(passage)), len(passage)]
    shared = [
        len(asked & set(words_of(passage[start:stop]))) for start, stop in zip(begins, ends, strict=True)
    ]
    best = shared.index(max(shared))
    return begins[best], ends[best]
