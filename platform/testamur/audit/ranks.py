"""Where in the lists the choices lie that came next, and what the training part says of the items."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.contracts.table import Predictions, RowsTable

CUT = 10


def ranks_of(target: Ints, predictions: Predictions) -> Floats:
    """(n,) place of the target in each list, from 1; infinite where the list does not hold it."""
    ranked = np.asarray(predictions.ranked)
    hit = (ranked == target[:, None]) & (target[:, None] > 0)
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1.0, np.inf)


def discounted(rank: Floats, cut: float = CUT) -> Floats:
    """(n,) 1 / log2(1 + rank) up to `cut`, else 0: NDCG where one item is relevant."""
    return np.where(rank <= cut, 1.0 / np.log2(1.0 + rank), 0.0)


def item_counts(table: RowsTable) -> Ints:
    """(n_items,) users of the training part who chose each item."""
    train = table.train
    known = train.target > 0
    entity = np.zeros(len(train.target)) if train.entity is None else train.entity
    pairs = np.unique(np.stack([entity[known].astype(np.int64), train.target[known]]), axis=1)
    counts: Ints = np.bincount(pairs[1] - 1, minlength=len(table.items)).astype(np.int64)
    return counts


def gini(values: Floats) -> float:
    """Gini coefficient of (n,) values of 0 or more: 0 where all are equal, 1 - 1/n where one has all.

    G = sum (2i - n - 1) x_i / (n sum x), x ascending (Dixon et al. 1987).
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n, total = len(ordered), float(ordered.sum())
    if not total:
        return 0.0
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * total))


def lorenz(values: Floats, n_points: int = 51) -> list[tuple[float, float]]:
    """Share of the total that the lowest share of (n,) values holds, at equal steps."""
    ordered = np.sort(np.asarray(values, np.float64))
    total = float(ordered.sum()) or 1.0
    held = np.r_[0.0, np.cumsum(ordered)] / total
    at = np.linspace(0.0, 1.0, n_points)
    return list(
        zip(at.tolist(), np.interp(at * len(ordered), np.arange(len(held)), held).tolist(), strict=True)
    )


def history_lengths(table: RowsTable) -> Ints:
    """(n,) earlier choices of the test rows."""
    log = table.test.history
    assert log is not None
    lengths: Ints = log.stop - log.start
    return lengths
