"""What a row looks back on: a window of a series, answers of a learner, choices of a user, or nothing."""

from __future__ import annotations

from enum import StrEnum

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import RowsTable


class Shape(StrEnum):
    """The three kinds of past."""

    WINDOWS = "windows"  # steps of a series, with channels of numbers
    ANSWERS = "answers"  # items and whether they were answered rightly; the item that is asked comes last
    CHOICES = "choices"  # items that were chosen


def shape_of(table: RowsTable) -> Shape | None:
    """What the rows look back on; None for plain rows.

    Two codes a step are an item and its answer, none are a series of numbers (`contracts.table.History`).
    """
    log = table.test.history
    if log is None:
        return None
    if table.problem.kind is ProblemKind.RANKING:
        return Shape.CHOICES
    if log.codes.shape[1] >= 2:
        return Shape.ANSWERS
    return Shape.WINDOWS if log.values.shape[1] else None


def channels_of(table: RowsTable) -> tuple[str, ...]:
    """Names of a window's channels, the target of a forecast first."""
    log = table.test.history
    n = 0 if log is None else log.values.shape[1]
    named = tuple(table.encoder.get("windows", {}).get("channels", ()))
    if len(named) == n:
        return named
    first = (table.problem.target,) if table.problem.kind is ProblemKind.FORECAST else ()
    return (*first, *(f"channel {i + 1}" for i in range(len(first), n)))[:n]
