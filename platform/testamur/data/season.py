"""The main cycle of series, and how far back a window looks, where nobody states them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.data.series import Series

FEWEST_CYCLES = 3  # that a training series must hold for a cycle to be considered
SHORTEST = 8  # steps of a window, where the series allow
DISTANCES = 8  # steps ahead that are looked at, from 1 to the horizon
MOST_STEPS = 2_000_000  # of the log that a cycle is found from


def find_season(series: Series, target: NDArray[np.float64], horizon: int, *, until: float) -> int:
    """The cycle whose repetition errs least in the training time, out of the usual ones of such a step.

    For each cycle m the forecast "as in the last cycle known" is held against what came, at `DISTANCES`
    steps ahead of the horizon; the smallest mean absolute error wins, the shorter cycle in a tie.

    Args:
        series: The log, T steps.
        target: (T,) the value.
        horizon: Steps ahead.
        until: Where the training time ends.

    Returns:
        Steps of the cycle; 1 where no cycle shows.
    """
    number, known = series.number[:MOST_STEPS], target[:MOST_STEPS]
    usable = series.time[:MOST_STEPS] < until
    longest = int(np.bincount(number[usable]).max()) if usable.any() else 0
    ahead = np.unique(np.linspace(1, horizon, min(DISTANCES, horizon)).round().astype(int)).tolist()
    best, lowest = 1, np.inf
    for season in series.grid.seasons:
        if season > 1 and FEWEST_CYCLES * season > longest:
            continue
        error = float(np.mean([_error(number, known, usable, season * -(-h // season)) for h in ahead]))
        if error < lowest * (1 - 1e-9):
            best, lowest = season, error
    return best


def _error(
    number: NDArray[np.int64], known: NDArray[np.float64], usable: NDArray[np.bool_], away: int
) -> float:
    """Mean absolute difference of values that lie `away` steps apart within a series."""
    same = usable[away:] & (number[away:] == number[: number.size - away])
    error = np.abs(known[away:] - known[: known.size - away])[same]
    error = error[~np.isnan(error)]
    return float(error.mean()) if error.size else np.inf


def default_length(series: Series, season: int, horizon: int) -> int:
    """Steps of a window: two cycles or two horizons, at most a quarter of the middle series."""
    wanted = max(2 * season, 2 * horizon, SHORTEST)
    middle = int(np.median(np.diff(series.first)))
    return max(min(wanted, max((middle - horizon) // 4, season)), 1)
