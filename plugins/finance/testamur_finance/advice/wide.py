"""The securities side by side: one row per day, one column per security."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsTable
from testamur_finance.market.series import RET, day_of, history_of, series_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """Days on which every security has a return.

    Attributes:
        day: (T,) seconds since 1970.
        returns: (T, N) simple returns.
        names: (N,) of the securities.
        first_test: Position of the first test day.
        n_left_out: Days that some security lacks.
    """

    day: Floats
    returns: Floats
    names: tuple[str, ...]
    first_test: int
    n_left_out: int


def lay_side_by_side(table: RowsTable) -> Wide:
    """The log of a table of windows as a matrix of simple returns, exp(r / 100) - 1."""
    history = history_of(table.test)
    moments, row = np.unique(history.time, return_inverse=True)
    numbers, column = np.unique(history.series, return_inverse=True)
    logs = np.full((len(moments), len(numbers)), np.nan)
    logs[row, column] = history.values[:, RET]
    full = ~np.isnan(logs).any(axis=1)
    names = table.entities or tuple(f"series {n + 1}" for n in numbers)
    first = day_of(table.test).min()
    day = moments[full]
    return Wide(
        day=day,
        returns=np.expm1(logs[full] / 100.0),
        names=tuple(names),
        first_test=int(np.searchsorted(day, first)),
        n_left_out=int((~full).sum()),
    )


def spreads(table: RowsTable, quantiles: Floats, wide: Wide) -> Floats:
    """(T, N) stated volatility of each day's simple return as known the day before; NaN outside the test.

    Half the distance between two outer quantiles over that of a standard normal.

    Args:
        table: Names the levels.
        quantiles: (n, Q) of the test rows, in per cent.
        wide: Days and securities.
    """
    from scipy.stats import norm

    levels = np.asarray(table.problem.quantiles)
    low = int(np.argmin(np.abs(levels - 0.05)))
    high = int(np.argmin(np.abs(levels - (1 - levels[low]))))
    apart = float(norm.ppf(levels[high]) - norm.ppf(levels[low]))
    sigma = (quantiles[:, high] - quantiles[:, low]) / apart / 100.0
    place = np.searchsorted(wide.day, day_of(table.test))
    known = (place < len(wide.day)) & (wide.day[np.minimum(place, len(wide.day) - 1)] == day_of(table.test))
    found = np.full(wide.returns.shape, np.nan)
    column = np.searchsorted(np.unique(history_of(table.test).series), series_of(table.test))
    found[place[known], column[known]] = np.maximum(sigma[known], 1e-5)
    return found
