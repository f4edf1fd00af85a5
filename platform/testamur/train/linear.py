"""The linear baseline: logistic or ridge regression on the encoded rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ClassWeights
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.folds import join_parts
from testamur.train.inputs import class_weights as find_class_weights
from testamur.train.inputs import plan_layout, row_weights
from testamur.train.limited import limited

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # inverse penalties tried on the validation part
MOST_STEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class LinearPredictor:
    """A fitted linear model of scikit-learn.

    Attributes:
        estimator: The fitted estimator.
        n_classes: Classes of a classification, 0 for regression.
        flags: Numbers that have a missing-value flag.
        cardinalities: Codes of each categorical feature.
        threads: Threads it may use.
    """

    estimator: Any
    n_classes: int
    flags: tuple[int, ...]
    cardinalities: tuple[int, ...]
    threads: int

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`."""
        inputs = linear_input(part, self.flags, self.cardinalities)
        with limited(self.threads):
            if not self.n_classes:
                return Predictions(values=self.estimator.predict(inputs).astype(np.float64))
            known = self.estimator.predict_proba(inputs)
        probabilities = np.zeros((part.n_rows, self.n_classes))
        probabilities[:, self.estimator.classes_.astype(np.int64)] = known
        return Predictions(probabilities=probabilities)


def fit_linear(
    table: RowsTable, *, threads: int = 1, class_weights: ClassWeights = ClassWeights.NONE
) -> LinearPredictor:
    """Logistic regression, or ridge regression; the penalty is chosen on validation rows, then all are used.

    Args:
        table: Encoded rows.
        threads: Threads it may use.
        class_weights: How the model beside it weights classes; regression has none.
    """
    flags, by_class = plan_layout(table).flags, find_class_weights(table, class_weights)
    n_classes = 0 if table.problem.kind is ProblemKind.REGRESSION else len(table.classes)

    def fitted(strength: float, rows: RowsPart) -> LinearPredictor:
        inputs = linear_input(rows, flags, table.cardinalities)
        estimator = _estimator(strength, regression=not n_classes)
        with limited(threads):
            estimator.fit(inputs, rows.target, sample_weight=row_weights(rows, by_class))
        return LinearPredictor(estimator, n_classes, flags, table.cardinalities, threads)

    def loss(strength: float) -> float:
        return _loss(fitted(strength, table.train).predict(table.validation), table.validation, by_class)

    return fitted(min(STRENGTHS, key=loss), join_parts(table))


def linear_input(
    part: RowsPart, flags: tuple[int, ...], cardinalities: tuple[int, ...]
) -> NDArray[np.float64]:
    """(n, width) normal scores, missing-value flags, and one column per code."""
    blocks = [part.numeric.astype(np.float64), part.missing[:, list(flags)].astype(np.float64)]
    blocks += [(part.categorical[:, [j]] == np.arange(n)) * 1.0 for j, n in enumerate(cardinalities)]
    return np.concatenate(blocks, axis=1)


def _estimator(strength: float, *, regression: bool) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    if regression:
        return Ridge(alpha=1.0 / strength)
    return LogisticRegression(C=strength, max_iter=MOST_STEPS)


def _loss(said: Predictions, part: RowsPart, by_class: NDArray[np.float64] | None) -> float:
    """Mean log loss, or squared error, with the rows' weights."""
    if said.values is not None:
        rows = (said.values - part.target) ** 2
    else:
        assert said.probabilities is not None  # a classification
        rows = -np.log(np.clip(said.probabilities[np.arange(part.n_rows), part.target], 1e-7, 1.0))
    return float(np.average(rows, weights=row_weights(part, by_class)))
