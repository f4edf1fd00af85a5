"""Permutation importance: how much worse a model gets when one column is shuffled among the rows.

A. Fisher, C. Rudin, F. Dominici: All models are wrong, but many are useful, JMLR 20, 2019. A cell that has
been shuffled onto its own value need not be asked about again, and a value that comes onto the same row
twice is asked about once: a column of yes and no costs one answer per row, however often it is shuffled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.audit.made_rows import Cells
from testamur.audit.primary import Scored
from testamur.audit.shuffle_influence import over_shuffles
from testamur.audit.tried_rows import TriedRows, take_rows
from testamur.contracts.protocols import Exchanges, ExchangingPredictor
from testamur.contracts.table import Predictions, RowsPart

ROWS_AT_ONCE = 2048  # what the model is asked at once; larger blocks leave the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Importance:
    """One column, or columns that are shuffled together.

    Attributes:
        names: Of the columns.
        loss: How much worse the primary measure gets, averaged over the shuffles, with its influences.
        by_shuffle: (n_repeats,) the same of each shuffle.
        n_asked: Rows that the model was asked about.
    """

    names: tuple[str, ...]
    loss: Scored
    by_shuffle: Floats
    n_asked: int


def permutation_importance(
    rows: TriedRows,
    groups: Sequence[Sequence[int]],
    names: Sequence[str],
    orders: Sequence[Ints],
    *,
    stop: Callable[[], None] | None = None,
) -> list[Importance]:
    """Importance of every group of columns; a raw column is one, however many inputs it becomes.

    Args:
        rows: The rows that are tried.
        groups: Positions of features that are shuffled together.
        names: Of all features.
        orders: (n,) permutations of the rows, one per shuffle, the same for every group.
        stop: Called before each group; raises when the work must end.
    """
    clean = rows.predictor.predict(rows.part)
    shorter = (
        rows.predictor.exchanging(rows.part) if isinstance(rows.predictor, ExchangingPredictor) else None
    )
    before = rows.primary.score(clean, rows.target)
    found = []
    for group in groups:
        if stop is not None:
            stop()
        shuffled, n_asked = _shuffled(rows, clean, list(group), orders, shorter)
        losses = [rows.primary.loss(before, rows.primary.score(p, rows.target)) for p in shuffled]
        by_shuffle = np.array([loss.value for loss in losses])
        found.append(
            Importance(tuple(names[j] for j in group), over_shuffles(losses, orders), by_shuffle, n_asked)
        )
    return found


def _shuffled(
    rows: TriedRows,
    clean: Predictions,
    group: list[int],
    orders: Sequence[Ints],
    shorter: Exchanges | None,
) -> tuple[list[Predictions], int]:
    """Predictions after each shuffle of the group's columns, and how many rows the model was asked about."""
    codes = _codes(rows.cells, group)  # (n,) equal cells of the group share a code
    n, n_codes = len(codes), int(codes.max()) + 1
    came = np.stack([codes[order] for order in orders])  # (n_repeats, n) whose cells came to each row
    changed = came != codes
    keys = np.where(changed, np.arange(n) * n_codes + came, -1)
    asked, place = np.unique(keys[changed], return_inverse=True)
    source = np.zeros(n_codes, dtype=np.int64)
    source[codes] = np.arange(n)  # a row that has the cells of each code
    answers = _ask(rows, group, asked // n_codes, source[asked % n_codes], shorter)
    found, begin = [], 0
    for k in range(len(orders)):
        n_changed = int(changed[k].sum())
        found.append(_put(clean, changed[k], answers, place[begin : begin + n_changed]))
        begin += n_changed
    return found, len(asked)


def _codes(cells: Cells, group: list[int]) -> Ints:
    together = np.c_[cells.values[:, group], cells.missing[:, group]]
    code = np.zeros(len(together), dtype=np.int64)
    for column in together.T:
        _, own = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(own.max()) + 1) + own, return_inverse=True)
    return code.astype(np.int64)


def _ask(
    rows: TriedRows, group: list[int], onto: Ints, of: Ints, shorter: Exchanges | None
) -> list[Predictions]:
    """Answers for rows `onto` with the group's cells of rows `of`, in blocks."""
    blocks = []
    for begin in range(0, len(onto), ROWS_AT_ONCE):
        stretch = slice(begin, begin + ROWS_AT_ONCE)
        if shorter is not None:
            blocks.append(shorter.predict(group, onto[stretch], of[stretch]))
        else:
            made = _exchanged(rows.part, group, onto[stretch], of[stretch])
            blocks.append(rows.predictor.predict(made))
    return blocks


def _exchanged(part: RowsPart, group: list[int], onto: Ints, of: Ints) -> RowsPart:
    made, k = take_rows(part, onto), part.numeric.shape[1]
    numbers, codes = [j for j in group if j < k], [j - k for j in group if j >= k]
    for array, source, columns in (
        (made.numeric, part.numeric, numbers),
        (made.missing, part.missing, numbers),
        (made.categorical, part.categorical, codes),
    ):
        for j in columns:
            array[:, j] = source[of, j]
    return made


def _put(clean: Predictions, changed: Floats, answers: list[Predictions], place: Ints) -> Predictions:
    """The clean predictions with the answers of changed rows in their places."""
    name = "values" if clean.probabilities is None else "probabilities"
    column = np.array(getattr(clean, name), dtype=np.float64)
    if len(place):
        column[changed] = np.concatenate([getattr(block, name) for block in answers])[place]
    return replace(clean, **{name: column})
