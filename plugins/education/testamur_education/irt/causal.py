"""IRT as a predictor of the next answer: ability from the answers so far, then the item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur_education.irt.ability import normalise
from testamur_education.irt.answers import gather_answers
from testamur_education.irt.quadrature import Grid, normal_grid
from testamur_education.irt.two_pl import Items, fit_two_pl

Floats = NDArray[np.float64]
CHUNK = 50_000  # rows at a time: (n, k) log likelihoods


class CausalIrt:
    """Predicts each answer from the learner's earlier ones in the same part.

    Args:
        items: Fitted items, by code from 1; code 0 (unseen) is taken for an average item.
        grid: Abilities and their prior weights.
    """

    def __init__(self, items: Items, grid: Grid) -> None:
        slope = np.concatenate([[np.exp(np.log(items.slope).mean())], items.slope])
        difficulty = np.concatenate([[items.difficulty.mean()], items.difficulty])
        logit = slope[:, None] * (grid.nodes - difficulty[:, None])  # (j + 1, k)
        self._right, self._wrong = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
        self._prior = np.log(grid.weights)

    def predict(self, part: RowsPart) -> Predictions:
        """(n, 2) chance of a wrong and of a right answer, given what the learner answered before."""
        item, target = part.categorical[:, 0], np.asarray(part.target)
        entity = np.zeros(part.n_rows, dtype=np.int64) if part.entity is None else part.entity
        time = part.row.astype(np.float64) if part.time is None else part.time
        order = np.lexsort((part.row, time, entity))
        first = np.flatnonzero(np.diff(entity[order], prepend=-1))
        right = np.empty(part.n_rows)
        for begin, end in _stretches(first, part.n_rows):
            rows = order[begin:end]
            right[rows] = self._along(item[rows], target[rows], entity[rows])
        return Predictions(probabilities=np.column_stack([1 - right, right]))

    def _along(self, item: NDArray[np.int64], target: NDArray[np.int64], entity: NDArray[np.int64]) -> Floats:
        step = np.where((target == 1)[:, None], self._right[item], self._wrong[item])
        step[target < 0] = 0.0  # not known yet: says nothing of what follows
        total = np.cumsum(step, axis=0)
        before = total - step
        starts = np.flatnonzero(np.diff(entity, prepend=-1))
        origin = np.repeat(before[starts], np.diff([*starts, len(item)]), axis=0)
        posterior = normalise(before - origin + self._prior)
        chance: Floats = (posterior * np.exp(self._right[item])).sum(axis=1)
        return chance


def fit_irt(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """2PL on the training learners' answers (marginal maximum likelihood)."""
    grid = normal_grid()
    right = gather_answers(table, [table.train]).right
    seen = ~np.isnan(right).all(axis=0)
    fitted = fit_two_pl(right[:, seen], grid=grid)
    return CausalIrt(_filled(fitted, seen), grid)


def _filled(items: Items, seen: NDArray[np.bool_]) -> Items:
    """Items that nobody answered stand as average ones."""
    if seen.all():
        return items
    spread = {}
    for name in ("slope", "difficulty", "slope_error", "difficulty_error", "n"):
        known = getattr(items, name)
        spread[name] = np.full(len(seen), float(known.mean()))
        spread[name][seen] = known
    return Items(**spread, rounds=items.rounds, converged=items.converged)


def _stretches(first: NDArray[np.int64], n: int) -> list[tuple[int, int]]:
    """Stretches of whole learners of about `CHUNK` rows."""
    found, begin = [], 0
    for stop in [*first[1:].tolist(), n]:
        if stop - begin >= CHUNK or stop == n:
            found.append((begin, stop))
            begin = stop
    return [(a, b) for a, b in found if b > a]
