"""From text to the words that retrieval compares: one analyser for questions and passages."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*", re.UNICODE)
_STOP = (
    "a an and are as at be been but by can could did do does for from had has have how if in into is it its "
    "may might not of on or should so such than that the their them then there these they this those to was "
    "were what when where which while who whom whose why will with would you your following statement answer"
)
STOP = frozenset(_STOP.split())
LONGEST = 64  # characters; longer runs are no words


def words_of(text: str) -> list[str]:
    """Lower-case words without stop words and plural endings, in the order of the text."""
    found = (match.group().lower() for match in WORD.finditer(text))
    return [fold(word) for word in found if word not in STOP and len(word) <= LONGEST]


def fold(word: str) -> str:
    """Cut the plural off (the weak stemmer of D. Harman 1991, "How effective is suffixing?")."""
    if len(word) > 4 and word.endswith("ies") and word[-4] not in "ea":
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    if len(word) > 3 and word.endswith("s") and word[-2] not in "us":
        return word[:-1]
    return word
