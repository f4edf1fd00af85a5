"""From scores of all items to the list that is shown: the best first, nothing that was chosen before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import TestamurError
from testamur.contracts.table import Predictions, RowsPart
from testamur.train.choices import past_items

LIST_LENGTH = 100
MOST_STEPS = 1000  # of a history that a model is shown
SCORES_AT_ONCE = 8_000_000  # 64 MB
Scores = NDArray[np.float64]


def rank_part(
    part: RowsPart,
    n_items: int,
    score: Callable[[NDArray[np.int64]], Scores],
    *,
    repeats: bool,
    k: int = LIST_LENGTH,
) -> Predictions:
    """The k best items for every row.

    Args:
        part: Rows with their histories.
        n_items: Items there are.
        score: From histories (b, t), the latest step at the right and 0 = none, to scores (b, n_items).
        repeats: True where an item that was chosen before may be shown.
        k: Length of the list.

    Raises:
        TestamurError: A score is not finite.
    """
    k = min(k, n_items)
    ranked, scores = np.zeros((part.n_rows, k), np.int64), np.full((part.n_rows, k), np.nan)
    for rows in stretches(part.n_rows, n_items):
        items = past_items(part, rows, MOST_STEPS)
        found = np.array(score(items), dtype=np.float64)
        if not np.isfinite(found).all():
            raise TestamurError(
                "finite scores are required, however: some are not",
                remedy="lower training.learning_rate",
            )
        if not repeats:
            hide_seen(found, items)
        ranked[rows], scores[rows] = _best(found, k)
    return Predictions(ranked=ranked, scores=scores)


def stretches(n_rows: int, n_items: int) -> Iterator[slice]:
    """Rows whose scores fit into memory together."""
    size = max(1, min(1024, SCORES_AT_ONCE // max(n_items, 1)))
    return (slice(i, min(i + size, n_rows)) for i in range(0, n_rows, size))


def hide_seen(scores: Scores, items: NDArray[np.int64]) -> None:
    """Set the scores (b, n_items) of all items in the histories (b, t) to minus infinity."""
    row, step = np.nonzero(items)
    scores[row, items[row, step] - 1] = -np.inf


def _best(scores: Scores, k: int) -> tuple[NDArray[np.int64], Scores]:
    """Codes and scores of the k highest, by score and then by code; 0 and NaN where fewer are left."""
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k] if k < scores.shape[1] else None
    place = np.broadcast_to(np.arange(scores.shape[1]), scores.shape) if top is None else np.sort(top, axis=1)
    value = np.take_along_axis(scores, place, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    value, code = np.take_along_axis(value, order, axis=1), np.take_along_axis(place, order, axis=1) + 1
    left = np.isfinite(value)
    return np.where(left, code, 0), np.where(left, value, np.nan)


def reciprocal_gain(scores: Scores, target: NDArray[np.int64]) -> Scores:
    """(n,) 1 / log2(1 + rank) of the target among scores (n, n_items); 0 for a target of code 0.

    Ties count half, so that equal scores are worth no more than their place by chance.
    """
    own = np.take_along_axis(scores, np.maximum(target - 1, 0)[:, None], axis=1)
    above, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    rank = 1 + above + (equal - 1) / 2
    return np.where((target > 0) & np.isfinite(own[:, 0]), 1 / np.log2(1 + rank), 0.0)
