"""Choices of a part as arrays that recommenders learn from: who chose what, and windows of histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import History, RowsPart, RowsTable

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ChoiceWindows:
    """Stretches of histories with the choices that follow; m windows of `length` steps, ending at the right.

    Attributes:
        items: (m, length) item codes, 0 = none; what a model sees.
        targets: (m, length) the choice after each step, 0 where it is none of the part's rows.
        weight: (m, length) weights of the targets; over all windows they add up to m.
    """

    items: Int64
    targets: Int64
    weight: NDArray[np.float32]


def history_of(part: RowsPart) -> History:
    """The part's history.

    Raises:
        DataError: The rows have none.
    """
    if part.history is None:
        problem = Problem("history", "rows with a history are required, however: they have none")
        raise DataError("The model cannot look back", [problem], remedy="problem = 'ranking' makes one")
    return part.history


def check_choices(table: RowsTable) -> None:
    """Make sure that there are choices to learn from, and some to stop early on.

    Raises:
        DataError: A part is empty, or holds unseen items only.
    """
    problems = []
    for name, part in (("training", table.train), ("validation", table.validation)):
        history_of(part)
        if not (part.target > 0).any():
            problems.append(Problem(f"{name} rows", "a choice of a known item is required, however: none"))
    if problems:
        raise DataError(
            "The choices cannot be learnt from", problems, remedy="see the job's dataset and split"
        )


def choice_windows(part: RowsPart, length: int) -> ChoiceWindows:
    """Cut the histories of a part into windows, so that each choice of a known item is a target once.

    The windows of a user are laid back from the last choice of the part; the first choice is learnt from an
    empty step.

    Args:
        part: Rows whose own step in the log is the one at which their stretch stops.
        length: Steps of a window.
    """
    log = history_of(part)
    known = np.flatnonzero(part.target > 0)
    step, begin = log.stop[known], log.start[known]
    order = np.lexsort((step, begin))
    step, begin, rows = step[order], begin[order], known[order]
    last = np.r_[begin[1:] != begin[:-1], True]
    end_of_user = step[last][np.cumsum(np.r_[0, last[:-1].astype(np.int64)])]
    block = (end_of_user - step) // length
    end = end_of_user - block * length  # step of the last target of the window
    ends, window = np.unique(end, return_inverse=True)
    first = np.zeros(ends.size, dtype=np.int64)
    first[window] = begin
    at = ends[:, None] - length + np.arange(length)[None, :]  # (m, length) steps that are seen
    items = np.where(at >= first[:, None], log.codes[np.maximum(at, 0), 0], 0)
    targets = np.zeros((ends.size, length), dtype=np.int64)
    weight = np.zeros((ends.size, length), dtype=np.float64)
    place = length - 1 - (end - step)
    targets[window, place] = part.target[rows]
    weight[window, place] = 1.0 if part.weight is None else part.weight[rows]
    weight *= ends.size / weight.sum()
    return ChoiceWindows(items, targets, weight.astype(np.float32))


def past_items(part: RowsPart, rows: slice | Int64, most: int) -> Int64:
    """(b, t) items of the histories of some rows, the latest at the right, 0 = none; t is `most` at most."""
    log = history_of(part)
    start, stop = log.start[rows], log.stop[rows]
    longest = int(np.clip((stop - start).max(initial=0), 1, most))
    at = stop[:, None] - longest + np.arange(longest)[None, :]
    seen: Int64 = np.where(at >= start[:, None], log.codes[np.maximum(at, 0), 0], 0)
    return seen


def choice_matrix(part: RowsPart, n_items: int) -> csr_array:
    """(n_users, n_items) sparse matrix of the part's choices: 1, or the weight; column j is code j + 1."""
    from scipy.sparse import csr_array

    known = part.target > 0
    entity: Any = part.entity
    _, user = np.unique(entity[known], return_inverse=True)
    weight = np.ones(int(known.sum())) if part.weight is None else part.weight[known]
    shape = (int(user.max(initial=-1)) + 1, n_items)
    matrix = csr_array((weight.astype(np.float64), (user, part.target[known] - 1)), shape=shape)
    if part.weight is None:
        matrix.data = np.minimum(matrix.data, 1.0)  # a repeated choice counts once
    return matrix
