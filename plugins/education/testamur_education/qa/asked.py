"""Pairs of one part, gathered by question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """n questions with their candidates, each question's best candidate first.

    Attributes:
        id: (n,) names of the questions.
        state: (n,) whether the own passage may be found, was withheld, or is not known.
        cluster: (n,) entity code of the question's subject.
        best: (n,) row of the best candidate.
        order: Per question the rows of its candidates, the best first.
        place: (n,) place of the own passage from 1, 0 where it is not among the candidates.
        features: (n, 2) log odds of the best candidate, and its distance to the second.
    """

    id: NDArray[Any]
    state: NDArray[Any]
    cluster: Ints
    best: Ints
    order: list[Ints]
    place: Ints
    features: Floats


def gather_questions(score: Floats, carried: Mapping[str, Any], target: Ints, entity: Ints | None) -> Asked:
    """Order each question's candidates by a score.

    Args:
        score: (m,) of the pairs, such as the probability that the passage answers.
        carried: Columns question_id and state, each (m,).
        target: (m,) 1 where the candidate is the question's own passage.
        entity: (m,) code of the subject, or None.
    """
    names, at = np.unique(np.asarray(carried["question_id"], dtype=str), return_inverse=True)
    by_question = np.argsort(at, kind="stable")
    rows = np.split(by_question, np.cumsum(np.bincount(at))[:-1]) if len(names) else []
    order = [mine[np.argsort(-score[mine], kind="stable")] for mine in rows]
    best = np.array([mine[0] for mine in order], dtype=np.int64)
    places = [np.flatnonzero(target[mine] == 1) for mine in order]
    return Asked(
        id=names,
        state=np.asarray(carried["state"])[best],
        cluster=np.zeros(len(best), dtype=np.int64) if entity is None else entity[best],
        best=best,
        order=order,
        place=np.array([p[0] + 1 if p.size else 0 for p in places], dtype=np.int64),
        features=np.array([_features(score[mine]) for mine in order]).reshape(-1, 2),
    )


def _features(score: Floats) -> tuple[float, float]:
    logit = np.log(np.clip(score, 1e-4, 1 - 1e-4)) - np.log1p(-np.clip(score, 1e-4, 1 - 1e-4))
    return float(logit[0]), float(logit[0] - logit[1]) if len(logit) > 1 else 0.0


def reciprocal_rank(asked: Asked, longest: int = 10) -> Floats:
    """(n,) one over the place of the own passage, 0 where it is below `longest` or not found."""
    found = (asked.place >= 1) & (asked.place <= longest)
    ranks: Floats = np.where(found, 1.0 / np.maximum(asked.place, 1), 0.0)
    return ranks


def recalled(asked: Asked, k: int) -> Floats:
    """(n,) 1 where the own passage is among the first k."""
    return ((asked.place >= 1) & (asked.place <= k)).astype(np.float64)
