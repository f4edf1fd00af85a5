"""Passages near a question in MiniLM's space: exact search over all of them, by cosine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
SHIPPED = "data/course_vectors.npz"  # of the texts of data/course.csv, by tools/make_course_vectors.py


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """Vectors of length 1 of questions and passages.

    Attributes:
        questions: (q, width).
        passages: (p, width).
    """

    questions: Vectors
    passages: Vectors

    def score(self, first: int, stop: int) -> Floats:
        """(stop - first, p) cosines of some questions with every passage; none is left out."""
        return np.asarray(self.questions[first:stop] @ self.passages.T, dtype=np.float64)


def read_meaning(questions: Sequence[str], passages: Sequence[str], embed: Embed | None = None) -> Meaning:
    """Vectors of questions and passages; those of the package's own course are shipped, others are made.

    Args:
        questions: Texts.
        passages: Texts.
        embed: From texts to vectors; MiniLM as it comes where None.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed, and a text is not shipped.
    """
    texts = list(dict.fromkeys([*questions, *passages]))
    shipped = shipped_vectors() if embed is None else {}
    found = {text: vector for text in texts if (vector := shipped.get(digest_of(text))) is not None}
    if left := [text for text in texts if text not in found]:
        made = (embed or _minilm)(left)
        found |= dict(zip(left, made, strict=True))
    return Meaning(*(np.array([found[t] for t in of], dtype=np.float32) for of in (questions, passages)))


def digest_of(text: str) -> bytes:
    """The first sixteen bytes of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).digest()[:16]


@cache
def shipped_vectors() -> dict[bytes, Vectors]:
    """Vectors of the package's own course by the digest of their text, to three digits (float16)."""
    with files("testamur_education").joinpath(SHIPPED).open("rb") as file, np.load(file) as arrays:
        digests, vectors = arrays["digest"], arrays["vector"].astype(np.float32)
    return {row.tobytes(): vector for row, vector in zip(digests, vectors, strict=True)}


def _minilm(texts: Sequence[str]) -> Vectors:
    from testamur_education.nets.embedder import embed

    return embed(texts)
