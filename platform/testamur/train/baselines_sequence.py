"""Baselines of sequences: how easy the item is; that and the learner's ability so far; boosting on both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.model import ClassWeights
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Feature, PartName, Predictions, RowsPart, RowsTable
from testamur.train.baselines import fit_boosting
from testamur.train.choices import history_of

PRIOR = 2.0  # answers at the common rate that are added to every item
SHRINKAGE = (2.0, 10.0)  # answers at the expected rate that are added to a learner
RECENT = 10  # answers
NAMES = ("ability_soon", "ability_later", "ability_recent", "answers_so_far")
PARTS: tuple[PartName, ...] = ("train", "validation", "test")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ItemEasiness:
    """The share of events per item, in training, with two answers at the common rate added.

    Attributes:
        share: (n_items + 1,) by item code.
    """

    share: Floats

    def predict(self, part: RowsPart) -> Predictions:
        """The easiness of every row's item."""
        return _binary(self.share[own_items(part)])


@dataclass(frozen=True, slots=True, eq=False)
class AbilityRegression:
    """Logistic regression on the item and on the learner's ability so far.

    Attributes:
        easiness: Of the items, against which ability is measured.
        estimator: The fitted scikit-learn estimator.
    """

    easiness: ItemEasiness
    estimator: Any

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row from what came before it."""
        design = _design(part, self.easiness)
        return Predictions(probabilities=self.estimator.predict_proba(design).astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class AbilityBoosting:
    """Gradient boosting that sees the learner's ability so far beside the features of the row.

    Attributes:
        easiness: Of the items, against which ability is measured.
        inner: Boosting on the widened rows.
    """

    easiness: ItemEasiness
    inner: Predictor

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row from its features and what came before it."""
        return self.inner.predict(_widened(part, self.easiness))


def own_items(part: RowsPart) -> NDArray[np.int64]:
    """(n,) item code of every row."""
    log = history_of(part)
    codes: NDArray[np.int64] = log.codes[log.stop, 0]
    return codes


def fit_easiness(table: RowsTable) -> ItemEasiness:
    """The naive baseline: every learner answers an item as training learners did."""
    item, answer = own_items(table.train), np.asarray(table.train.target, np.float64)
    common, size = float(answer.mean()), len(table.items) + 1
    events = np.bincount(item, weights=answer, minlength=size)
    rows = np.bincount(item, minlength=size)
    return ItemEasiness((events + PRIOR * common) / (rows + PRIOR))


def ability_so_far(part: RowsPart, easiness: ItemEasiness) -> Floats:
    """(n, 4) what a learner has shown before each row: see `NAMES`.

    Ability is the mean of (answer - easiness of the item) over earlier answers, shrunk towards 0 by 2 or 10
    answers, and over the last ten; the fourth column is log(1 + earlier answers). Performance factors
    (Pavlik, Cen and Koedinger 2009, AIED) with the item's difficulty taken out of wins and losses.
    """
    log = history_of(part)
    known = log.codes[:, 1] >= 0
    gained = np.where(known, log.codes[:, 1] - easiness.share[log.codes[:, 0]], 0.0)
    total, number = np.r_[0.0, np.cumsum(gained)], np.r_[0, np.cumsum(known)]
    recent = np.maximum(log.start, log.stop - RECENT)
    shown, n = total[log.stop] - total[log.start], number[log.stop] - number[log.start]
    of_late, n_late = total[log.stop] - total[recent], number[log.stop] - number[recent]
    soon, later = (shown / (n + k) for k in SHRINKAGE)
    return np.stack([soon, later, of_late / (n_late + SHRINKAGE[0]), np.log1p(n)], axis=1)


def fit_ability(table: RowsTable, easiness: ItemEasiness, *, seed: int) -> Predictor:
    """Logistic regression on one effect per item and the learner's ability so far (a Rasch model's relative).

    Args:
        table: A binary problem with histories.
        easiness: From `fit_easiness`.
        seed: Not used by the solver; kept with the estimator.
    """
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression(C=1.0, max_iter=500, random_state=seed)
    estimator.fit(_design(table.train, easiness), table.train.target, sample_weight=table.train.weight)
    return AbilityRegression(easiness, estimator)


def fit_ability_boosting(
    table: RowsTable, easiness: ItemEasiness, *, seed: int, threads: int, class_weights: ClassWeights
) -> Predictor:
    """Gradient boosting on the features of the row and the learner's ability so far."""
    more = tuple(Feature(name, name, "numeric") for name in NAMES)
    n = table.n_numeric
    parts = {name: _widened(table.part(name), easiness) for name in PARTS}
    widened = replace(table, features=(*table.features[:n], *more, *table.features[n:]), **parts)
    fitted = fit_boosting(widened, seed=seed, threads=threads, class_weights=class_weights)
    return AbilityBoosting(easiness, fitted)


def _design(part: RowsPart, easiness: ItemEasiness) -> Any:
    """(n, n_items + 1 + 7) sparse: one column per item; ability, alone and times the answers so far."""
    from scipy.sparse import csr_array, hstack

    item, n = own_items(part), part.n_rows
    shape = (n, len(easiness.share))
    effects = csr_array((np.ones(n), (np.arange(n), item)), shape=shape)
    shown = ability_so_far(part, easiness)
    products = shown[:, :3] * shown[:, 3:]
    return hstack([effects, csr_array(np.concatenate([shown, products], axis=1))]).tocsr()


def _widened(part: RowsPart, easiness: ItemEasiness) -> RowsPart:
    shown = ability_so_far(part, easiness).astype(np.float32)
    missing = np.zeros(shown.shape, dtype=np.bool_)
    return replace(
        part,
        numeric=np.concatenate([part.numeric, shown], axis=1),
        missing=np.concatenate([part.missing, missing], axis=1),
    )


def _binary(event: Floats) -> Predictions:
    return Predictions(probabilities=np.stack([1.0 - event, event], axis=1))
