"""A question's candidates: the passages worth reading, and what retrieval says of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur_education.qa.features import STAGES
from testamur_education.qa.index import Index
from testamur_education.qa.meaning import Meaning
from testamur_education.qa.words import words_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

N_CANDIDATES = 10
CHUNK = 256  # questions at a time: (q, p) scores are dense
RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)
WORDS, MEANING, BOTH = "words", "meaning", "both"  # what a candidate was found by


def find_candidates(
    index: Index,
    questions: Sequence[str],
    passages: Sequence[str],
    *,
    withheld: Sequence[int],
    k: int = N_CANDIDATES,
    meaning: Meaning | None = None,
    own: Sequence[int] = (),
) -> pl.DataFrame:
    """The k best passages of every question by fused rank, with their scores.

    With vectors, the k nearest by cosine come beside the k best by words, so that between k and 2k are
    candidates; all three rankings are then fused.

    Args:
        index: Index of the passages.
        questions: Texts of the questions.
        passages: Texts of the passages.
        withheld: Per question a passage that is kept from it, or -1.
        k: Candidates per question; fewer where the corpus is smaller.
        meaning: Vectors of the questions and of the passages, or None.
        own: Per question the passage that answers, or -1; needed with `meaning` alone.

    Returns:
        Columns ``question_at`` and ``passage_at`` (positions), and those of `features.FEATURES`; with
        vectors also those of `features.OF_MEANING`, ``found_by``, and the place of the question's own
        passage among all in each ranking (``own_bm25`` and so on; 0 where there is none).
    """
    pieces = [
        _find(index, questions[i : i + CHUNK], passages, withheld[i : i + CHUNK], k, i, meaning, own)
        for i in range(0, len(questions), CHUNK)
    ]
    return pl.concat(pieces)


def _find(
    index: Index,
    questions: Sequence[str],
    passages: Sequence[str],
    withheld: Sequence[int],
    k: int,
    first: int,
    meaning: Meaning | None,
    answers: Sequence[int],
) -> pl.DataFrame:
    scores = {"bm25": index.score_bm25(questions), "tfidf": index.score_tfidf(questions)}
    if meaning is not None:
        scores["meaning"] = meaning.score(first, first + len(questions))
    hidden = np.asarray(withheld)
    for values in scores.values():
        values[hidden >= 0, hidden[hidden >= 0]] = -1.0
    by_words, by_meaning = _first_stage(scores, min(k, max(len(passages) - 1, 1)))  # one may be withheld
    fused = sum(1 / (RANK_OFFSET + _ranks(values)) for values in scores.values())
    at, chosen, place = _in_order(by_words | by_meaning, np.asarray(fused))
    lengths = np.array([len(words_of(text)) for text in passages], dtype=np.float64)
    asked = np.array([len(words_of(text)) for text in questions], dtype=np.float64)
    best = {name: values.max(axis=1)[at] for name, values in scores.items()}
    own = {name: values[at, chosen] for name, values in scores.items()}
    columns: dict[str, NDArray[Any]] = {
        "question_at": at + first,
        "passage_at": chosen,
        "bm25": own["bm25"],
        "bm25_gap": 1 - own["bm25"] / np.maximum(best["bm25"], 1e-12),
        "tfidf": own["tfidf"],
        "tfidf_gap": best["tfidf"] - own["tfidf"],
        "covered": index.covered(questions)[at, chosen],
        "rank": place,
        "question_words": asked[at],
        "passage_words": lengths[chosen],
    }
    if meaning is not None:
        columns["meaning"], columns["meaning_gap"] = own["meaning"], best["meaning"] - own["meaning"]
        words, near = by_words[at, chosen], by_meaning[at, chosen]
        columns["found_by"] = np.where(words & near, BOTH, np.where(words, WORDS, MEANING))
        right = np.where(hidden >= 0, -1, np.asarray(answers[first : first + len(questions)]))
        by_two = 1 / (RANK_OFFSET + _ranks(scores["bm25"])) + 1 / (RANK_OFFSET + _ranks(scores["tfidf"]))
        rankings = (scores["bm25"], by_two, scores["meaning"], np.asarray(fused))
        for name, values in zip(STAGES, rankings, strict=True):
            columns[f"own_{name}"] = _places(values, right)[at]
    return pl.DataFrame({name: np.ascontiguousarray(values) for name, values in columns.items()})


def _first_stage(scores: dict[str, Floats], k: int) -> tuple[Bools, Bools]:
    """(q, p) the k best by words, and the k nearest by meaning (none without vectors)."""
    fused = 1 / (RANK_OFFSET + _ranks(scores["bm25"])) + 1 / (RANK_OFFSET + _ranks(scores["tfidf"]))
    by_words = _ranks(fused) <= k
    near = _ranks(scores["meaning"]) <= k if "meaning" in scores else np.zeros_like(by_words)
    return by_words, near


def _places(scores: Floats, own: NDArray[np.int64]) -> Floats:
    """(q,) place of each question's own passage, from 1; 0 where there is none to find."""
    found = _ranks(scores)[np.arange(own.size), np.maximum(own, 0)]
    return np.where(own >= 0, found, 0.0)


def _in_order(kept: Bools, fused: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Question, passage and place from 1 of every kept pair, question by question, the best first."""
    at, chosen = np.nonzero(kept)
    order = np.lexsort((chosen, -fused[at, chosen], at))
    at, chosen = at[order], chosen[order]
    begin = np.flatnonzero(np.diff(at, prepend=-1))
    place = np.arange(at.size) - np.repeat(begin, np.diff([*begin, at.size])) + 1.0
    return at, chosen, place


def _ranks(scores: Floats) -> Floats:
    """(q, p) place of each passage, from 1; the earlier passage first among equals."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return ranks.astype(np.float64)
