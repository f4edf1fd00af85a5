"""EASE^R: a linear model between items in closed form (Steck 2019, WWW, doi 10.1145/3308558.3313710)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.choices import choice_matrix, past_items
from testamur.train.ranked import MOST_STEPS, hide_seen, reciprocal_gain, stretches

MOST_ITEMS = 10_000  # the inverse of a matrix of 10,000 x 10,000 takes 0.8 GB and about a minute
STRENGTHS = (30.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
MOST_SETTLING = 5_000  # the standard error of a mean gain is then below 0.005
HALF_LIVES = (np.inf, 80.0, 40.0, 20.0, 10.0, 5.0, 2.5, 1.0)
Floats = NDArray[np.float64]


def check_size(n_items: int) -> None:
    """Refuse more items than a dense matrix between them can hold.

    Raises:
        DataError: There are more than `MOST_ITEMS`.
    """
    if n_items > MOST_ITEMS:
        message = f"at most {MOST_ITEMS:,} items are required by EASE, however: {n_items:,}"
        problem = Problem("items", message, "architecture = 'sasrec', or join or leave out rare items")
        raise DataError("The items cannot be compared", [problem])


def item_products(train: RowsPart, n_items: int) -> Floats:
    """(n_items, n_items) X'X of the choices X of the training users."""
    matrix = choice_matrix(train, n_items)
    products: Floats = (matrix.T @ matrix).toarray()
    return products


def fit_weights(products: Floats, l2: float) -> Floats:
    """(n_items, n_items) weights B with zero diagonal that minimise ||X - XB||^2 + l2 ||B||^2.

    With P = (X'X + l2 I)^-1: B_ij = -P_ij / P_jj (Steck 2019, eq. 8).
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    factor, failed = dpotrf(products + l2 * np.eye(len(products)), lower=1)
    lower, _ = dpotri(factor, lower=1)  # a third of the work of solving for the identity
    if failed:  # cannot be: the matrix is positive definite by construction
        raise np.linalg.LinAlgError("X'X + l2 I is required to be positive definite")
    inverse = np.tril(lower) + np.tril(lower, -1).T
    weights: Floats = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights


def count_history(items: NDArray[np.int64], n_items: int) -> Floats:
    """(b, n_items) histories (b, t) as vectors: 1 for an item that was chosen, else 0."""
    vector = np.zeros((len(items), n_items + 1))
    np.put_along_axis(vector, items, 1.0, axis=1)
    return vector[:, 1:]


def choose_strength(
    table: RowsTable, stop: Callable[[], None] = lambda: None, wanted: float | None = None
) -> tuple[float, Floats]:
    """The ridge strength that ranks the validation choices best, and its weights.

    Judged by the mean of 1 / log2(1 + rank), which moves less by chance than NDCG cut at ten.

    Args:
        table: A ranking.
        stop: Raises when the attempt must end.
        wanted: A strength that is settled already.

    Raises:
        DataError: There are too many items.
    """
    n_items = len(table.items)
    check_size(n_items)
    products = item_products(table.train, n_items)
    if wanted is not None:
        return wanted, fit_weights(products, wanted)
    best: tuple[float, float, Floats] | None = None
    for l2 in STRENGTHS:
        stop()
        weights = fit_weights(products, l2)
        gain = validation_gain(table, lambda items, w=weights: count_history(items, n_items) @ w)
        if best is None or gain > best[0]:
            best = (gain, l2, weights)
    assert best is not None
    return best[1], best[2]


def validation_gain(table: RowsTable, score: Callable[[NDArray[np.int64]], Floats]) -> float:
    """Mean of 1 / log2(1 + rank) of the validation choices that settle, under scores of their histories."""
    part, gains = table.validation, []
    for rows in settling_rows(part.n_rows, len(table.items)):
        items = past_items(part, rows, MOST_STEPS)
        scores = np.array(score(items), dtype=np.float64)
        if not table.problem.repeats:
            hide_seen(scores, items)
        gains.append(reciprocal_gain(scores, part.target[rows]))
    return float(np.concatenate(gains).mean())


def settling_rows(n_rows: int, n_items: int) -> list[NDArray[np.int64]]:
    """Positions of the validation rows by which settings are settled, in stretches: 5,000 at most, evenly."""
    chosen = np.unique(np.linspace(0, n_rows - 1, min(n_rows, MOST_SETTLING)).round().astype(np.int64))
    return [chosen[some] for some in stretches(chosen.size, n_items)]
