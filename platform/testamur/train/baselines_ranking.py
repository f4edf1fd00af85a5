"""Baselines of a ranking: the most chosen items for everyone, and EASE^R (or item neighbours)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.choices import choice_matrix
from testamur.train.ease import MOST_ITEMS, choose_strength, count_history
from testamur.train.ranked import rank_part

NEIGHBOURS, SHRINKAGE = 100, 10.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LinearRanker:
    """Ranks by a weight per item, or by weights between the items of a history and all items.

    Attributes:
        weights: (n_items,), or (n_items, n_items) dense or sparse.
        repeats: True where an item may be chosen again.
    """

    weights: Floats
    repeats: bool

    def predict(self, part: RowsPart) -> Predictions:
        """The best items for every row of `part`."""
        n_items = int(self.weights.shape[0])

        def score(items: NDArray[np.int64]) -> Floats:
            if self.weights.ndim == 1:
                return np.tile(self.weights, (len(items), 1))
            return np.asarray(count_history(items, n_items) @ self.weights)

        return rank_part(part, n_items, score, repeats=self.repeats)


def fit_popularity(table: RowsTable) -> Predictor:
    """The same list for everyone: items by the users of the training part who chose them."""
    counts = choice_matrix(table.train, len(table.items)).sum(axis=0)
    return LinearRanker(np.asarray(counts, dtype=np.float64).ravel(), table.problem.repeats)


def fit_classical(table: RowsTable, stop: Callable[[], None] = lambda: None) -> tuple[str, Predictor]:
    """EASE^R with its strength settled on validation rows; neighbours where it would not fit into memory.

    Returns:
        "ease" or "item_neighbours", and the predictor.
    """
    if len(table.items) > MOST_ITEMS:
        return "item_neighbours", fit_neighbours(table)
    _, weights = choose_strength(table, stop)
    return "ease", LinearRanker(weights, table.problem.repeats)


def fit_neighbours(table: RowsTable) -> Predictor:
    """Cosine similarity of items, shrunk by few common users; the 100 nearest of every item.

    Source: Sarwar et al. 2001, WWW; shrinkage n / (n + 10) of Bell and Koren 2007, KDD Cup.
    """
    from scipy.sparse import csc_array

    matrix = choice_matrix(table.train, len(table.items))
    common = csc_array(matrix.T @ matrix)
    norm = np.sqrt(np.maximum(common.diagonal(), 1e-12))
    for item in range(common.shape[1]):
        column = slice(common.indptr[item], common.indptr[item + 1])
        rows, counts = common.indices[column], common.data[column]
        value = counts / norm[rows] / norm[item] * counts / (counts + SHRINKAGE)
        value[rows == item] = 0.0
        if value.size > NEIGHBOURS:
            value[value < np.partition(value, -NEIGHBOURS)[-NEIGHBOURS]] = 0.0
        common.data[column] = value
    common.eliminate_zeros()
    return LinearRanker(common, table.problem.repeats)
