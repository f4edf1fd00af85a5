"""Logistic regression as a baseline: the classical model that a network has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable

MOST_STEPS = 2000


class LinearPredictor:
    """A fitted logistic regression on chosen columns of encoded rows.

    Args:
        estimator: scikit-learn's, fitted.
        cardinalities: Codes of each categorical feature, which become indicators.
        columns: Positions of the numeric features used; None for all features.
    """

    def __init__(self, estimator: Any, cardinalities: Sequence[int], columns: Sequence[int] | None) -> None:
        self._estimator, self._cardinalities, self._columns = estimator, cardinalities, columns

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`."""
        inputs = linear_input(part, self._cardinalities, self._columns)
        return Predictions(probabilities=self._estimator.predict_proba(inputs).astype(np.float64))


def fit_logistic(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """L2-penalised logistic regression on all features, its strength chosen on validation rows."""
    return _fit(table, None)


def fit_tfidf(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """The cosine of TF-IDF vectors alone, as a probability."""
    return _fit(table, _positions(table, ("tfidf", "tfidf_gap")))


def fit_bm25(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """BM25 alone, as a probability."""
    return _fit(table, _positions(table, ("bm25", "bm25_gap")))


def linear_input(
    part: RowsPart, cardinalities: Sequence[int], columns: Sequence[int] | None
) -> NDArray[np.float64]:
    """(n, m) numbers, their missing flags, and an indicator per code."""
    if columns is not None:
        return part.numeric[:, list(columns)].astype(np.float64)
    codes = [
        (part.categorical[:, j : j + 1] == np.arange(n)).astype(np.float64)
        for j, n in enumerate(cardinalities)
    ]
    return np.concatenate([part.numeric.astype(np.float64), part.missing.astype(np.float64), *codes], axis=1)


def _fit(table: RowsTable, columns: Sequence[int] | None) -> Predictor:
    from sklearn.linear_model import LogisticRegression

    train = linear_input(table.train, table.cardinalities, columns)
    held_out = linear_input(table.validation, table.cardinalities, columns)
    best: tuple[float, Any] | None = None
    for strength in (0.01, 0.1, 1.0, 10.0):
        model = LogisticRegression(C=strength, max_iter=MOST_STEPS)
        model.fit(train, table.train.target, sample_weight=table.train.weight)
        p = np.clip(model.predict_proba(held_out)[:, 1], 1e-7, 1 - 1e-7)
        y = table.validation.target
        loss = float(-(y * np.log(p) + (1 - y) * np.log1p(-p)).mean())
        if best is None or loss < best[0]:
            best = loss, model
    return LinearPredictor(best[1] if best else None, table.cardinalities, columns)


def _positions(table: RowsTable, names: Sequence[str]) -> list[int]:
    numeric = [feature.name for feature in table.features if feature.kind == "numeric"]
    return [numeric.index(name) for name in names]
