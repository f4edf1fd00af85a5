"""Retrieval by words, or by meaning, alone as baselines: what a network over passages has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # inverse of the ridge, chosen on validation rows


class ScorePredictor:
    """A retrieval score and its gap to the best, turned into a probability by a logistic line.

    Args:
        line: scikit-learn's logistic regression, fitted.
        columns: Positions of the score's features among the numeric ones.
    """

    def __init__(self, line: Any, columns: Sequence[int]) -> None:
        self._line, self._columns = line, list(columns)

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every pair of `part`."""
        return Predictions(
            probabilities=self._line.predict_proba(_inputs(part, self._columns)).astype(np.float64)
        )


def fit_tfidf(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """The cosine of TF-IDF vectors alone."""
    return _fit(table, ("tfidf", "tfidf_gap"))


def fit_bm25(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """BM25 alone."""
    return _fit(table, ("bm25", "bm25_gap"))


def fit_meaning(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """The cosine in MiniLM's space alone."""
    return _fit(table, ("meaning", "meaning_gap"))


def _fit(table: RowsTable, names: Sequence[str]) -> Predictor:
    from sklearn.linear_model import LogisticRegression

    numeric = [feature.name for feature in table.features if feature.kind == "numeric"]
    columns = [numeric.index(name) for name in names]
    train, held_out = _inputs(table.train, columns), _inputs(table.validation, columns)
    lines = [LogisticRegression(C=c, max_iter=1000).fit(train, table.train.target) for c in STRENGTHS]
    losses = [_log_loss(line.predict_proba(held_out)[:, 1], table.validation.target) for line in lines]
    return ScorePredictor(lines[int(np.argmin(losses))], columns)


def _inputs(part: RowsPart, columns: Sequence[int]) -> NDArray[np.float64]:
    return part.numeric[:, list(columns)].astype(np.float64)


def _log_loss(chance: NDArray[np.float64], target: NDArray[np.int64]) -> float:
    p = np.clip(chance, 1e-7, 1 - 1e-7)
    return float(-(target * np.log(p) + (1 - target) * np.log1p(-p)).mean())
