"""Gradient boosting with scikit-learn's histograms: one that stops early on the validation part, or a bag.

The bag is cross-fitted: training and validation rows together are cut into folds, one boosting per fold
learns from the others and stops early on its own, and all are averaged. Each row is held out by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.folds import assign_folds, join_parts, take_rows
from testamur.train.inputs import row_weights
from testamur.train.limited import limited
from testamur.train.window_statistics import window_statistics

MOST_CATEGORIES = 255  # of a categorical column in histogram boosting; more are treated as numbers
MOST_TREES = 500
MOST_LEAVES = 15
MOST_LEVELS = 255  # of a number; the bins of histogram boosting
PATIENCE = 20
FEWEST_KNOWN = 10_000  # one row in so many: a column known more rarely is not split
FOLDS = 8


@dataclass(frozen=True, slots=True)
class BoostingPredictor:
    """A fitted scikit-learn gradient boosting.

    Attributes:
        estimator: The fitted estimator.
        n_classes: Classes of a classification, 0 for regression.
        threads: Threads it may use.
    """

    estimator: Any
    n_classes: int
    threads: int

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`; a class that training never showed has probability 0."""
        with limited(self.threads):
            if not self.n_classes:
                values = self.estimator.predict(boosting_input(part))
                return Predictions(values=values.astype(np.float64))
            known = self.estimator.predict_proba(boosting_input(part))
        probabilities = np.zeros((part.n_rows, self.n_classes))
        probabilities[:, self.estimator.classes_.astype(np.int64)] = known
        return Predictions(probabilities=probabilities)


@dataclass(frozen=True, slots=True, eq=False)
class BaggedPredictor:
    """The average of boostings, each of which was held from one fold.

    Attributes:
        members: One per fold.
        folds: (n_train + n_validation,) fold of each row in the order of `folds.join_parts`.
    """

    members: tuple[BoostingPredictor, ...]
    folds: NDArray[np.int64]

    def predict(self, part: RowsPart) -> Predictions:
        """Average of the members' probabilities or values."""
        said = [_numbers(member.predict(part)) for member in self.members]
        return _predictions(np.mean(said, axis=0))

    def held_out(self, table: RowsTable) -> Predictions:
        """Of the rows of `folds.join_parts`, each by the member that was held from it."""
        rows = join_parts(table)
        first = _numbers(self.members[0].predict(take_rows(rows, np.zeros(1, dtype=np.int64))))
        found = np.zeros((rows.n_rows, *first.shape[1:]))
        for fold, member in enumerate(self.members):
            own = np.flatnonzero(self.folds == fold)
            found[own] = _numbers(member.predict(take_rows(rows, own)))
        return _predictions(found)


def grow(
    table: RowsTable,
    learn: RowsPart,
    stop_by: RowsPart,
    *,
    seed: int,
    threads: int,
    by_class: NDArray[np.float64] | None,
) -> BoostingPredictor:
    """One boosting, stopped early.

    Missing numbers stay missing; categorical codes stay categories.

    Args:
        table: Says what is predicted from what.
        learn: Rows to learn from.
        stop_by: Rows whose loss decides when to stop; those of a class that `learn` lacks are left out.
        seed: Seed of the boosting.
        threads: Threads it may use.
        by_class: Weight of each class, or None.

    Raises:
        TestamurError: scikit-learn refuses the rows.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    regression = table.problem.kind is ProblemKind.REGRESSION
    if not regression and np.unique(learn.target).size < 2:
        return _constant(table, learn, threads)
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    known = np.ones(stop_by.n_rows, bool) if regression else np.isin(stop_by.target, learn.target)
    estimator = kind(
        max_iter=MOST_TREES,
        learning_rate=0.05,
        max_leaf_nodes=MOST_LEAVES,
        min_samples_leaf=min(20, max(2, learn.n_rows // 20)),
        l2_regularization=1.0,
        early_stopping=bool(known.any()),
        n_iter_no_change=PATIENCE,
        categorical_features=categorical_mask(table),
        random_state=seed,
    )
    weight, inputs = row_weights(stop_by, by_class), _learnable_input(learn)
    learn_weight = row_weights(learn, by_class)
    if learn_weight is not None:
        _merge_values(inputs[:, : learn.numeric.shape[1]])
    try:
        with limited(threads):
            estimator.fit(
                inputs,
                learn.target,
                sample_weight=learn_weight,
                X_val=boosting_input(stop_by)[known] if known.any() else None,
                y_val=stop_by.target[known] if known.any() else None,
                sample_weight_val=None if weight is None or not known.any() else weight[known],
            )
    except ValueError as error:
        raise TestamurError(
            f"the gradient-boosting baseline cannot be fitted: {type(error).__name__}",
            remedy="see the log of the attempt; the table may have no usable feature",
        ) from error
    return BoostingPredictor(estimator, 0 if regression else len(table.classes), threads)


def _constant(table: RowsTable, learn: RowsPart, threads: int) -> BoostingPredictor:
    """What is left where a fold took the only row of a class along: the other class, always."""
    from sklearn.dummy import DummyClassifier

    only = DummyClassifier(strategy="prior").fit(boosting_input(learn), learn.target)
    return BoostingPredictor(only, len(table.classes), threads)


def grow_bag(
    table: RowsTable,
    *,
    seed: int,
    threads: int,
    by_class: NDArray[np.float64] | None,
    n_folds: int = FOLDS,
    stop: Callable[[], None] | None = None,
) -> BaggedPredictor:
    """One boosting per fold of the training and validation rows.

    Args:
        table: Encoded rows.
        seed: Seed of folds and boostings.
        threads: Threads they may use.
        by_class: Weight of each class, or None.
        n_folds: Folds.
        stop: Called before each boosting; raises when the attempt must end.

    Raises:
        DataError: There are fewer rows or entities than folds.
        TestamurError: scikit-learn refuses the rows.
    """
    rows, fold = join_parts(table), assign_folds(table, n_folds, seed=seed)
    members = []
    for own in range(n_folds):
        if stop is not None:
            stop()
        learn, held = (take_rows(rows, np.flatnonzero(chosen)) for chosen in (fold != own, fold == own))
        members.append(grow(table, learn, held, seed=seed + own, threads=threads, by_class=by_class))
    return BaggedPredictor(tuple(members), fold)


def boosting_input(part: RowsPart) -> NDArray[np.float64]:
    """(n, n_features) numbers, NaN where missing, codes, and the statistics of a window; float64."""
    numbers = np.where(part.missing, np.nan, part.numeric.astype(np.float64))
    parts = [numbers, part.categorical.astype(np.float64)]
    if has_windows(part):
        parts.append(window_statistics(part))
    return np.concatenate(parts, axis=1)


def has_windows(part: RowsPart) -> bool:
    """Whether the rows look back on channels of a log, not on codes or on nothing."""
    return part.history is not None and part.history.values.shape[1] > 0


def categorical_mask(table: RowsTable) -> NDArray[np.bool_]:
    """(n_features,) which columns of `boosting_input` are categories to the boosting."""
    small = [n <= MOST_CATEGORIES for n in table.cardinalities]
    n_statistics = window_statistics(table.train).shape[1] if has_windows(table.train) else 0
    return np.array([False] * table.n_numeric + small + [False] * n_statistics, dtype=bool)


def _learnable_input(train: RowsPart) -> NDArray[np.float64]:
    """`boosting_input` with zeros in columns that are (nearly) never known, which then are never split.

    scikit-learn 1.9 fails on a column without any known value among the rows it draws to find its bins
    (200,000 at most, none of weight zero).
    """
    inputs = boosting_input(train)
    known = ~train.missing if train.weight is None else ~train.missing & (train.weight[:, None] > 0)
    inputs[:, : train.numeric.shape[1]][:, known.sum(axis=0) <= train.n_rows / FEWEST_KNOWN] = 0.0
    return inputs


def _merge_values(numbers: NDArray[np.float64]) -> None:
    """Put each number of (n, k) on one of 255 levels at most, in place.

    scikit-learn 1.9 finds the bins of weighted rows by 255 weighted quantiles per column, 0.1 s of each; of
    a column with so few values it takes these. Levels are quantiles of the rows, which the bins would be.
    """
    for column in numbers.T:
        known = ~np.isnan(column)
        levels = np.unique(column[known])
        if levels.size > MOST_LEVELS:
            levels = np.unique(np.quantile(column[known], np.linspace(0, 1, MOST_LEVELS), method="nearest"))
            column[known] = levels[np.searchsorted(levels, column[known]).clip(0, levels.size - 1)]


def _numbers(said: Predictions) -> NDArray[np.float64]:
    found = said.values if said.probabilities is None else said.probabilities
    assert found is not None  # a boosting of rows says nothing else
    return found


def _predictions(numbers: NDArray[np.float64]) -> Predictions:
    return Predictions(values=numbers) if numbers.ndim == 1 else Predictions(probabilities=numbers)
