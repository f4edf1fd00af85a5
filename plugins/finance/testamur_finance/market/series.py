"""A forecast's rows seen as days and series, and the past that a baseline may look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import History, RowsPart, RowsTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RET = 0  # channel of the log that holds the return


def history_of(part: RowsPart) -> History:
    """The log that a part looks back on.

    Raises:
        DataError: The rows are no windows.
    """
    if part.history is None:
        raise DataError(
            "The prices cannot be forecast",
            [
                Problem(
                    "rows", "windows of series are required, however: plain rows", "use a forecast dataset"
                )
            ],
        )
    return part.history


def next_return(part: RowsPart) -> Floats:
    """(n,) return of the day after each origin; NaN where unknown."""
    return np.asarray(part.target, dtype=np.float64)[:, 0]


def day_of(part: RowsPart) -> Floats:
    """(n,) the day that is forecast, as seconds since 1970: the step after each origin."""
    history = history_of(part)
    return history.time[np.minimum(history.stop, len(history.time) - 1)]


def series_of(part: RowsPart) -> Ints:
    """(n,) number of the series of each row."""
    history = history_of(part)
    return history.series[history.stop - 1]


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One series with what lies before its windows.

    Attributes:
        number: The series.
        first: Where it begins in the log.
        returns: (T,) its returns.
        stop: (k,) per row: how many of the returns are known at the origin.
        rows: (k,) positions of these rows in the part.
    """

    number: int
    first: int
    returns: Floats
    stop: Ints
    rows: Ints


def pasts(part: RowsPart) -> Iterator[Past]:
    """The series of a part, one by one."""
    history = history_of(part)
    number = series_of(part)
    for series in np.unique(number):
        steps = np.flatnonzero(history.series == series)
        rows = np.flatnonzero(number == series)
        yield Past(
            int(series),
            int(steps[0]),
            history.values[steps, RET].astype(np.float64),
            history.stop[rows] - int(steps[0]),
            rows,
        )


def known_until(table: RowsTable) -> dict[int, int]:
    """Per series: how many returns lie before its first test origin, its own future included in none."""
    return {past.number: int(past.stop.min()) for past in pasts(table.test)}
