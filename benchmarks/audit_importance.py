"""Permutation importance of `core.tabular` against scikit-learn's, the same model and the same shuffles."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from harness import Goal, Page, measure, wants_writing  # isort: skip  (before numpy: one thread)

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance as peer
from sklearn.utils import check_random_state

from testamur.audit.golden_world import make_input
from testamur.audit.made_rows import Cells, cells_of, make_part
from testamur.audit.shuffled import permutation_importance
from testamur.audit.tried_rows import tried_rows
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

N_TRAIN, N_TEST, N_SHUFFLES, SEED = 7_500, 2_500, 5, 7


class Wrapped(ClassifierMixin, BaseEstimator):
    """Our predictor as a scikit-learn estimator: numbers first, then codes, in one array."""

    classes_ = np.array([0, 1])

    def __init__(self, predictor=None, n_numeric=0):
        self.predictor, self.n_numeric = predictor, n_numeric

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        cells = Cells(x, np.zeros(x.shape, dtype=bool), self.n_numeric)
        return self.predictor.predict(make_part(cells)).probabilities


def draw(n_numeric, n_categorical):
    """A table of 10,000 rows: numbers, and categories of two and six levels in turn."""
    r, n = np.random.default_rng(SEED), N_TRAIN + N_TEST
    numbers = r.normal(size=(n, n_numeric))
    sizes = [2 if j % 2 else 6 for j in range(n_categorical)]
    codes = np.stack([r.integers(1, k + 1, n) for k in sizes], axis=1) if sizes else np.zeros((n, 0), int)
    score = numbers[:, 0] - 0.7 * numbers[:, 1] + numbers[:, 2] * numbers[:, 3]
    if sizes:
        score = score + 0.8 * (codes[:, 0] == 2) + 0.6 * (codes[:, 1] == 1)
    event = (r.random(n) < 1 / (1 + np.exp(-score))).astype(np.int64)
    given = make_input(event, {"model": np.full(n, 0.5)}, numeric=numbers)
    table, whole = given.table, replace(given.table.test, categorical=codes.astype(np.int64))
    categories = tuple(Feature(f"c{j}", f"c{j}", "categorical", k + 1) for j, k in enumerate(sizes))
    parts = {"train": slice(0, N_TRAIN - 1500), "validation": slice(N_TRAIN - 1500, N_TRAIN)}
    parts["test"] = slice(N_TRAIN, n)
    cut = {name: rows_of(whole, stretch) for name, stretch in parts.items()}
    return replace(given, table=replace(table, features=(*table.features, *categories), **cut))


def rows_of(part, stretch):
    """A stretch of the rows of a part."""
    from testamur.audit.tried_rows import take_rows

    return take_rows(part, np.arange(part.n_rows)[stretch])


def fitted(given):
    """`core.tabular` with its own options, three epochs: how well it predicts changes no time."""
    with tempfile.TemporaryDirectory() as folder:
        trained = fit_model(
            TABULAR, TabularOptions(), TrainingOptions(epochs=3, threads=1), given.table, seed=SEED,
            device="cpu", folder=Path(folder), observer=RecordingObserver(),
        )  # fmt: skip
    return replace(given, predictor=trained.predictor)


def shuffles(n):
    """The permutations that scikit-learn draws from this seed: each upon the one before."""
    drawn = np.random.RandomState(check_random_state(SEED).randint(np.iinfo(np.int32).max + 1))
    order, shuffled, found = np.arange(n), np.arange(n), []
    for _ in range(N_SHUFFLES):
        drawn.shuffle(order)
        shuffled = shuffled[order]
        found.append(shuffled)
    return found


def compare(page, caption, n_numeric, n_categorical):
    """Time both, and hold their values against each other."""
    given = fitted(draw(n_numeric, n_categorical))
    rows = tried_rows(given, np.random.default_rng(0), most=N_TEST)
    names = [feature.name for feature in given.table.features]
    groups, orders = [[j] for j in range(len(names))], shuffles(rows.n)
    cells, wrapped = cells_of(rows.part).values, Wrapped(given.predictor, n_numeric)

    def ours():
        return permutation_importance(rows, groups, names, orders)

    def theirs():
        return peer(wrapped, cells, rows.target, scoring="roc_auc", n_repeats=N_SHUFFLES, random_state=SEED)

    mine = np.array([importance.by_shuffle for importance in ours()])
    apart = float(np.abs(mine - theirs().importances).max())
    times = measure({"testamur": ours, "scikit-learn": theirs}, repeats=3, warm=0)
    page.compare(
        caption, times, base="testamur", n_items=rows.n * len(names) * N_SHUFFLES, item="shuffled row"
    )
    page.note(f"Largest difference between any two of the {mine.size} importances: {apart:.1e} of AUC.")
    page.goal(
        Goal(f"{caption}: against scikit-learn", times["scikit-learn"].ratio_to(times["testamur"]), 1.5)
    )
    page.goal(Goal(f"{caption}: difference of values", apart, at_most=1e-5, unit="AUC"))


def main() -> int:
    """Both tables."""
    page = Page(
        "audit_importance",
        "Permutation importance",
        "30 columns shuffled five times among 2,500 test rows, AUC after each; `core.tabular` with its own "
        "options (16 members). scikit-learn's `permutation_importance` is given the same predictor behind an "
        "estimator, the scorer `roc_auc` and the same seed; we take its shuffles, so that values must agree. "
        "We ask about a row and value once, and move the first layer by the exchanged column alone; the "
        "intervals' influences are within our time.",
    )
    compare(page, "30 numbers", 30, 0)
    compare(page, "15 numbers, 15 categories", 15, 15)
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
