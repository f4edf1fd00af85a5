"""A question's candidates: the passages worth reading, and what retrieval says of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur_education.qa.index import Index
from testamur_education.qa.words import words_of

Floats = NDArray[np.float64]

N_CANDIDATES = 10
CHUNK = 256  # questions at a time: (q, p) scores are dense
RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)


def find_candidates(
    index: Index,
    questions: Sequence[str],
    passages: Sequence[str],
    *,
    withheld: Sequence[int],
    k: int = N_CANDIDATES,
) -> pl.DataFrame:
    """The k best passages of every question by fused rank, with their scores.

    Args:
        index: Index of the passages.
        questions: Texts of the questions.
        passages: Texts of the passages.
        withheld: Per question a passage that is kept from it, or -1.
        k: Candidates per question; fewer where the corpus is smaller.

    Returns:
        Columns ``question_at`` and ``passage_at`` (positions), and those of `features.FEATURES`.
    """
    pieces = [
        _find(index, questions[i : i + CHUNK], passages, withheld[i : i + CHUNK], k, i)
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
) -> pl.DataFrame:
    bm25, tfidf = index.score_bm25(questions), index.score_tfidf(questions)
    covered = index.covered(questions)
    hidden = np.asarray(withheld)
    for scores in (bm25, tfidf):
        scores[hidden >= 0, hidden[hidden >= 0]] = -1.0
    fused = 1 / (RANK_OFFSET + _ranks(bm25)) + 1 / (RANK_OFFSET + _ranks(tfidf))
    n_open = max(len(passages) - 1, 1)  # one may be withheld
    chosen = np.argsort(-fused, axis=1, kind="stable")[:, : min(k, n_open)]  # (q, k)
    at = np.arange(len(questions))[:, None]
    lengths = np.array([len(words_of(text)) for text in passages], dtype=np.float64)
    asked = np.array([len(words_of(text)) for text in questions], dtype=np.float64)
    best_bm25 = np.maximum(bm25.max(axis=1, keepdims=True), 1e-12)
    columns = {
        "question_at": np.broadcast_to(at + first, chosen.shape),
        "passage_at": chosen,
        "bm25": bm25[at, chosen],
        "bm25_gap": 1 - bm25[at, chosen] / best_bm25,
        "tfidf": tfidf[at, chosen],
        "tfidf_gap": tfidf.max(axis=1, keepdims=True) - tfidf[at, chosen],
        "covered": covered[at, chosen],
        "rank": np.broadcast_to(np.arange(1.0, chosen.shape[1] + 1), chosen.shape),
        "question_words": np.broadcast_to(asked[:, None], chosen.shape),
        "passage_words": lengths[chosen],
    }
    return pl.DataFrame({name: np.ascontiguousarray(values).ravel() for name, values in columns.items()})


def _ranks(scores: Floats) -> Floats:
    """(q, p) place of each passage, from 1; the earlier passage first among equals."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return ranks.astype(np.float64)
