"""The daily table as a check finds it in the log that the model looks back on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur.contracts.table import History, RowsTable

TARGET = "resting_hr"
DAY_S = 86400


def channel_names(table: RowsTable) -> tuple[str, ...]:
    """Columns of `History.values`, in order: the target first, as `History` says."""
    rule = table.spec.windows
    return target_first(rule.channels if rule else ())


def target_first(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Channels in the order of `History.values`."""
    return (TARGET, *(name for name in dict.fromkeys(channels) if name != TARGET))


def days_of(table: RowsTable, person: int) -> tuple[Int64, dict[str, Float64]]:
    """Days since 1970 and columns by name, each (n_days,), of one series of the log.

    Raises:
        ValueError: The table has no history.
    """
    if table.test.history is None:
        raise ValueError("a table of windows is required")
    return days_in(table.test.history, person, channel_names(table))


def days_in(history: History, series: int, names: tuple[str, ...]) -> tuple[Int64, dict[str, Float64]]:
    """Days since 1970 and columns by name, each (n_days,), of one series of a log.

    Args:
        history: The log.
        series: Number of the series.
        names: Of the columns of `History.values`, in order.
    """
    mine = history.series == series
    day = (history.time[mine] // DAY_S).astype(np.int64)
    values = history.values[mine].astype(np.float64)
    return day, {name: values[:, i] for i, name in enumerate(names)}


def first_test_day(table: RowsTable) -> int:
    """The first day that belongs to the test part (days since 1970): the day after its first origin."""
    history = table.test.history
    if history is None:
        raise ValueError("a table of windows is required")
    return int(history.time[history.stop - 1].min() // DAY_S) + 1


def n_people(table: RowsTable) -> int:
    """Number of series in the log."""
    history = table.test.history
    return 0 if history is None or not history.series.size else int(history.series.max()) + 1


def name_of(table: RowsTable, person: int) -> str:
    """What a person is called in the data, where a row of theirs is in the test part."""
    part = table.test
    if part.history is None or "person" not in part.carried:
        return "the person"
    mine = np.flatnonzero(part.history.series[part.history.stop - 1] == person)
    return str(part.carried["person"][mine[0]]) if mine.size else f"person {person + 1}"
