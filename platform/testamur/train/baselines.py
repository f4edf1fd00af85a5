"""Baselines on the same split: the naive one, gradient boosting alone and bagged, those a model names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import PluginError
from testamur.contracts.model import ClassWeights
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.hooks.references import resolve
from testamur.train.boosting import grow, grow_bag
from testamur.train.forecast_baselines import fit_lag_boosting, fit_seasonal_naive
from testamur.train.inputs import class_weights as find_class_weights
from testamur.train.limited import limited


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

    Of a window it sees simple statistics; a forecast is learnt from lags
    (`forecast_baselines.fit_lag_boosting`).

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
    by_class = find_class_weights(table, class_weights)
    return grow(table, table.train, table.validation, seed=seed, threads=threads, by_class=by_class)


def fit_bagged(
    table: RowsTable,
    *,
    seed: int,
    threads: int = 1,
    class_weights: ClassWeights = ClassWeights.NONE,
    stop: Callable[[], None] | None = None,
) -> Predictor:
    """The strong baseline: eight boostings, cross-fitted on training and validation rows, averaged.

    Args:
        table: Encoded rows.
        seed: Seed of folds and boostings.
        threads: Threads they may use.
        class_weights: How the model beside it weights classes; regression has none.
        stop: Called before each boosting; raises when the attempt must end.

    Raises:
        DataError: There are fewer rows or entities than folds.
        TestamurError: scikit-learn refuses the table.
    """
    by_class = find_class_weights(table, class_weights)
    return grow_bag(table, seed=seed, threads=threads, by_class=by_class, stop=stop)


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
