"""Baselines on the same split: the naive one, gradient boosting, and those that a model names."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import PluginError, TestamurError
from testamur.contracts.model import ClassWeights
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.hooks.references import resolve
from testamur.train.forecast_baselines import fit_lag_boosting, fit_seasonal_naive
from testamur.train.inputs import class_weights as find_class_weights
from testamur.train.inputs import row_weights
from testamur.train.limited import limited
from testamur.train.window_statistics import window_statistics

MOST_CATEGORIES = 255  # of a categorical column in histogram boosting; more are treated as numbers
MOST_TREES = 500
PATIENCE = 20
FEWEST_KNOWN = 10_000  # one row in so many: a column known more rarely is not split


class ConstantPredictor:
    """Says the same of every row: class shares, or the mean.

    Args:
        shares: (n_classes,) or None.
        mean: Mean of the target, used where `shares` is None.
    """

    def __init__(self, shares: np.ndarray | None, mean: float = 0.0) -> None:
        self._shares, self._mean = shares, mean

    def predict(self, part: RowsPart) -> Predictions:
        """Repeat the constant for every row of `part`."""
        if self._shares is None:
            return Predictions(values=np.full(part.n_rows, self._mean))
        return Predictions(probabilities=np.tile(self._shares, (part.n_rows, 1)))


class BoostingPredictor:
    """A fitted scikit-learn gradient boosting.

    Args:
        estimator: The fitted estimator.
        n_classes: Classes of a classification, 0 for regression.
        threads: Threads it may use.
    """

    def __init__(self, estimator: Any, n_classes: int, threads: int) -> None:
        self._estimator, self._n_classes, self._threads = estimator, n_classes, threads

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`; a class that training never showed has probability 0."""
        with limited(self._threads):
            if not self._n_classes:
                return Predictions(values=self._estimator.predict(boosting_input(part)).astype(np.float64))
            known = self._estimator.predict_proba(boosting_input(part))
        probabilities = np.zeros((part.n_rows, self._n_classes))
        probabilities[:, self._estimator.classes_.astype(np.int64)] = known
        return Predictions(probabilities=probabilities)


def fit_naive(table: RowsTable) -> Predictor:
    """Class shares of the training part, or the mean of its target; a forecast repeats the last cycle.

    Sample weights are honoured, but for forecasts.
    """
    if table.problem.kind is ProblemKind.FORECAST:
        return fit_seasonal_naive(table)
    target, weight = table.train.target, table.train.weight
    if table.problem.kind is ProblemKind.REGRESSION:
        return ConstantPredictor(None, float(np.average(target, weights=weight)))
    counts = np.bincount(np.asarray(target, dtype=np.int64), weights=weight, minlength=len(table.classes))
    return ConstantPredictor(counts / counts.sum())


def fit_boosting(
    table: RowsTable, *, seed: int, threads: int = 1, class_weights: ClassWeights = ClassWeights.NONE
) -> Predictor:
    """Histogram gradient boosting, stopped early on the same validation part as the model.

    Missing numbers stay missing; categorical codes stay categories. Of a window it sees simple statistics;
    a forecast is learnt from lags (`forecast_baselines.fit_lag_boosting`).

    Args:
        table: Encoded rows.
        seed: Seed of the boosting.
        threads: Threads it may use.
        class_weights: How the model beside it weights classes; regression has none.

    Raises:
        TestamurError: scikit-learn refuses the table.
    """
    if table.problem.kind is ProblemKind.FORECAST:
        return fit_lag_boosting(table, seed=seed, threads=threads)
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    regression = table.problem.kind is ProblemKind.REGRESSION
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    estimator = kind(
        max_iter=MOST_TREES,
        learning_rate=0.05,
        max_leaf_nodes=15,
        min_samples_leaf=min(20, max(2, table.train.n_rows // 20)),
        l2_regularization=1.0,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        categorical_features=_categorical_mask(table),
        random_state=seed,
    )
    train, validation = table.train, table.validation
    known = slice(None) if regression else np.isin(validation.target, train.target)  # others cannot be scored
    by_class = find_class_weights(table, class_weights)
    weight = row_weights(validation, by_class)
    try:
        with limited(threads):
            estimator.fit(
                _learnable_input(train),
                train.target,
                sample_weight=row_weights(train, by_class),
                X_val=boosting_input(validation)[known],
                y_val=validation.target[known],
                sample_weight_val=None if weight is None else weight[known],
            )
    except ValueError as error:
        raise TestamurError(
            f"the gradient-boosting baseline cannot be fitted: {type(error).__name__}",
            remedy="see the log of the attempt; the table may have no usable feature",
        ) from error
    return BoostingPredictor(estimator, 0 if regression else len(table.classes), threads)


def fit_further(name: str, reference: str, table: RowsTable, *, seed: int, threads: int = 1) -> Predictor:
    """A baseline that a model's registration names beside the core's.

    Args:
        name: What the report calls it.
        reference: ``module:function`` with ``(table, *, seed, threads)``.
        table: Encoded rows.
        seed: Seed of the job.
        threads: Threads it may use.

    Raises:
        PluginError: The function cannot be found, or what it returns cannot predict.
    """
    with limited(threads):
        fitted = resolve(reference)(table, seed=seed, threads=threads)
    if not callable(getattr(fitted, "predict", None)):
        raise PluginError(
            f"the baseline {name} ({reference}) must return something with a method predict, "
            f"however: a {type(fitted).__name__}"
        )
    predictor: Predictor = fitted
    return predictor


def boosting_input(part: RowsPart) -> np.ndarray:
    """(n, n_features) numbers, NaN where missing, codes, and the statistics of a window; float64."""
    numbers = np.where(part.missing, np.nan, part.numeric.astype(np.float64))
    parts = [numbers, part.categorical.astype(np.float64)]
    if has_windows(part):
        parts.append(window_statistics(part))
    return np.concatenate(parts, axis=1)


def has_windows(part: RowsPart) -> bool:
    """Whether the rows look back on channels of a log, not on codes or on nothing."""
    return part.history is not None and part.history.values.shape[1] > 0


def _learnable_input(train: RowsPart) -> np.ndarray:
    """`boosting_input` with zeros in columns that are (nearly) never known, which then are never split.

    scikit-learn 1.9 fails on a column without any known value among the rows it draws to find its bins
    (200,000 at most, none of weight zero).
    """
    inputs = boosting_input(train)
    known = ~train.missing if train.weight is None else ~train.missing & (train.weight[:, None] > 0)
    inputs[:, : train.numeric.shape[1]][:, known.sum(axis=0) <= train.n_rows / FEWEST_KNOWN] = 0.0
    return inputs


def _categorical_mask(table: RowsTable) -> np.ndarray:
    small = [n <= MOST_CATEGORIES for n in table.cardinalities]
    n_statistics = window_statistics(table.train).shape[1] if has_windows(table.train) else 0
    return np.array([False] * table.n_numeric + small + [False] * n_statistics, dtype=bool)
