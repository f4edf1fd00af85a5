"""Pasts copied out of the shared log, a stretch per row: one can be changed without its neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Ints
from testamur.contracts.table import History

Bools = NDArray[np.bool_]


def copy_stretches(log: History, positions: Ints, begin: Ints, end: Ints) -> History:
    """A log in which each chosen row has a series of its own.

    Args:
        log: The shared log.
        positions: (n,) rows.
        begin: (n,) first step of the shared log that is copied, at most the row's ``start``.
        end: (n,) one past the last, at least the row's ``stop``.
    """
    lengths = end - begin
    first = np.cumsum(lengths) - lengths
    number = np.repeat(np.arange(len(positions), dtype=np.int64), lengths)
    places = np.arange(int(lengths.sum())) - first[number] + begin[number]
    return History(
        values=log.values[places],
        codes=log.codes[places],
        time=log.time[places],
        series=number,
        start=(first + log.start[positions] - begin).astype(np.int64),
        stop=(first + log.stop[positions] - begin).astype(np.int64),
    )


def ends_of_series(log: History) -> tuple[Ints, Ints]:
    """(n,) first step of the series of each row, and one past its last."""
    cuts = np.flatnonzero(np.diff(log.series)) + 1
    bounds = np.r_[0, cuts, log.series.size]
    place = np.searchsorted(bounds, np.maximum(log.stop - 1, log.start), side="right") - 1
    place = np.minimum(place, len(bounds) - 2)
    return bounds[place].astype(np.int64), bounds[place + 1].astype(np.int64)


def age_of(log: History) -> Ints:
    """(T,) steps before the row's own step: 1 is the latest of its past, 0 its own, below 0 what follows.

    Of a log from `copy_stretches`.
    """
    age: Ints = log.stop[log.series] - np.arange(log.series.size)
    return age


def keep_steps(log: History, keep: Bools) -> History:
    """The log without some steps; rows' stretches close up. The series of a row keeps its own step."""
    gone = np.r_[0, np.cumsum(keep)]
    return History(
        values=log.values[keep],
        codes=log.codes[keep],
        time=log.time[keep],
        series=log.series[keep],
        start=gone[log.start].astype(np.int64),
        stop=gone[log.stop].astype(np.int64),
    )


def windows_of(log: History) -> Any:
    """(n, length, n_channels) float32 windows of a log whose rows look back on equally many steps."""
    return log.values[_places(log)]


def with_windows(log: History, windows: Any) -> History:
    """The log with other windows, (n, length, n_channels); no step may belong to two rows."""
    values = log.values.copy()
    values[_places(log)] = windows
    return replace(log, values=values)


def _places(log: History) -> Ints:
    length = int((log.stop - log.start)[0]) if log.start.size else 0
    places: Ints = log.start[:, None] + np.arange(length)
    return places
