"""Kinds of items, where an item can be of several: weights per item, what is chosen and what is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart, RowsTable

Floats = NDArray[np.float64]
COLUMN = "genres"
MIXTURE = 0.01  # of the history in the list's distribution, so that no logarithm of 0 is taken


@dataclass(frozen=True, slots=True, eq=False)
class Genres:
    """Of which kinds each item is.

    Attributes:
        names: g kinds, the most chosen first.
        weight: (n_items + 1, g) an item of m kinds counts 1/m for each; row 0 (no item) is empty.
    """

    names: tuple[str, ...]
    weight: Floats


def list_genres(table: RowsTable) -> Genres | None:
    """Kinds of every item that a row of any part names; None where no column ``genres`` is carried.

    Args:
        table: A ranking.
    """
    if COLUMN not in table.train.carried:
        return None
    found: dict[int, str] = {}
    for part in (table.train, table.validation, table.test):
        found |= dict(zip(part.target.tolist(), part.carried[COLUMN].tolist(), strict=True))
    kinds = {code: [k for k in text.split("|") if k] for code, text in found.items() if code > 0}
    names = sorted({kind for several in kinds.values() for kind in several})
    if len(names) < 2:
        return None
    weight = np.zeros((len(table.items) + 1, len(names)))
    for code, several in kinds.items():
        for kind in several:
            weight[code, names.index(kind)] += 1.0 / len(several)
    chosen = weight[table.train.target].sum(axis=0)
    order = np.argsort(-chosen, kind="stable")
    return Genres(tuple(names[i] for i in order), weight[:, order])


def history_mix(part: RowsPart, genres: Genres) -> Floats:
    """(n, g) kinds of each row's earlier choices; rows sum to 1, or to 0 where nothing is known."""
    log = part.history
    if log is None:
        return np.zeros((part.n_rows, len(genres.names)))
    sums = np.concatenate(
        [np.zeros((1, len(genres.names))), np.cumsum(genres.weight[log.codes[:, 0]], axis=0)]
    )
    return _shares(sums[log.stop] - sums[log.start])


def list_mix(shown: NDArray[np.int64], genres: Genres) -> Floats:
    """(n, g) kinds of each list (n, k) of item codes; rows sum to 1, or to 0 for an empty list."""
    return _shares(genres.weight[shown].sum(axis=1))


def miscalibration(history: Floats, shown: Floats) -> Floats:
    """(n,) Kullback-Leibler divergence of what is shown from what was chosen, in nats; NaN where unknown.

    sum p log(p / q'), q' = 0.99 q + 0.01 p (H. Steck: Calibrated recommendations, RecSys 2018): 0 where the
    list
    holds the kinds in the shares of the user's own history.

    Args:
        history: (n, g) p.
        shown: (n, g) q.
    """
    mixed = (1 - MIXTURE) * shown + MIXTURE * history
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(history > 0, history * np.log(history / mixed), 0.0)
    known = (history.sum(axis=1) > 0) & (shown.sum(axis=1) > 0)
    return np.where(known, terms.sum(axis=1), np.nan)


def _shares(counts: Floats) -> Floats:
    total = counts.sum(axis=1, keepdims=True)
    return counts / np.where(total > 0, total, 1.0)
