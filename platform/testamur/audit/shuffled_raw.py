"""Permutation importance of the columns that a model from elsewhere is given, asked about raw rows."""

from __future__ import annotations

import numpy as np

from testamur.audit.shuffle_influence import over_shuffles
from testamur.audit.shuffled import Importance
from testamur.audit.tried_raw import TriedRaw, exchanged, tried_raw
from testamur.contracts.check import AuditInput

_MOST_ROWS, _FEWEST_ROWS, _MOST_SHUFFLES, _MOST_ASKED = 2000, 500, 5, 40_000


def plan_raw(given: AuditInput, rng: np.random.Generator) -> tuple[TriedRaw, int]:
    """The rows that are tried and the shuffles: as many as the bound on questions to the model allows."""
    n_columns = max(len(given.raw.columns) if given.raw else 1, 1)
    n = min(given.table.test.n_rows, _MOST_ROWS)
    n_shuffles = int(np.clip(_MOST_ASKED // (n * n_columns), 1, _MOST_SHUFFLES))
    most = int(np.clip(_MOST_ASKED // (n_shuffles * n_columns), _FEWEST_ROWS, _MOST_ROWS))
    return tried_raw(given, rng, most=most), n_shuffles


def shuffled_columns(rows: TriedRaw, n_shuffles: int, rng: np.random.Generator) -> list[Importance]:
    """How much worse the primary measure gets when each column comes from other rows.

    Args:
        rows: The rows that are tried.
        n_shuffles: Shuffles, the same for every column.
        rng: Draws them.
    """
    before = rows.score(rows.part)
    orders = [rng.permutation(rows.n) for _ in range(n_shuffles)]
    found = []
    for column in rows.columns:
        losses = [
            rows.primary.loss(before, rows.score(exchanged(rows, column.name, order))) for order in orders
        ]
        by_shuffle = np.array([loss.value for loss in losses])
        found.append(
            Importance((column.name,), over_shuffles(losses, orders), by_shuffle, rows.n * n_shuffles)
        )
    return found
