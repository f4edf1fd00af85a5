"""The steps of a series: equally long stretches of time, calendar months, or simply rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

OFF_GRID = 0.01  # of a step: how far from the grid a moment may lie
MOST_COMPARED = 2_000_000  # differences that the step is found from
MONTH_S = 30.436875 * 86_400  # mean month of the Gregorian calendar
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Grid:
    """The common step of all series.

    Attributes:
        kind: "rows", "seconds", "months", or "numbers" where the time is a plain number.
        step: Length of one step in seconds, in months, in that number, or 1 for rows.
    """

    kind: str
    step: float

    @property
    def words(self) -> str:
        """The step as a person says it."""
        if self.kind == "rows":
            return "row"
        if self.kind == "months":
            known = {1: "month", 3: "quarter", 12: "year"}
            return known.get(int(self.step), f"{int(self.step)} months")
        if self.kind == "numbers":
            return f"step of {self.step:g}"
        for unit, seconds in (("week", 7 * _DAY_S), ("day", _DAY_S), ("hour", 3600.0), ("minute", 60.0)):
            if self.step % seconds == 0:
                n = int(self.step // seconds)
                return unit if n == 1 else f"{n} {unit}s"
        return "second" if self.step == 1 else f"{self.step:g} seconds"

    @property
    def seasons(self) -> tuple[int, ...]:
        """Cycles that a series of such steps may have, in steps; a step by itself (1) first."""
        if self.kind == "months":
            per_year = 12 / self.step
            return (1, int(per_year)) if per_year > 1 and per_year == int(per_year) else (1,)
        if self.kind in ("rows", "numbers"):
            return (1,)
        cycles = (_DAY_S, 7 * _DAY_S) if self.step < 7 * _DAY_S else (364 * _DAY_S,)
        found = [round(cycle / self.step) for cycle in cycles if cycle / self.step >= 2]
        return (1, *found)

    def position(self, time: Float64, start: Float64) -> Float64:
        """(n,) steps from the start of each row's series, whole where a moment lies on the grid.

        Args:
            time: (n,) seconds since 1970 UTC.
            start: (n,) the first moment of each row's series.
        """
        if self.kind == "months":
            return (_months(time) - _months(start)) / self.step
        return (time - start) / self.step

    def moment(self, start: Float64, position: Int64) -> Float64:
        """(n,) when the steps at these positions begin; a month's on its first day."""
        if self.kind != "months":
            return start + position * self.step
        months = (_months(start) + position * int(self.step)).astype("datetime64[M]")
        return months.astype("datetime64[s]").astype(np.float64)


def find_grid(time: Float64, series: Int64, *, dated: bool) -> Grid | None:
    """The step that most neighbouring rows lie apart, or None where no series has two moments.

    Args:
        time: (n,) moments, growing within each series.
        series: (n,) number of each row's series, the rows of one together.
        dated: True where the moments are of the calendar, False where they are plain numbers.
    """
    apart = np.diff(time[:MOST_COMPARED])
    apart = apart[(np.diff(series[:MOST_COMPARED]) == 0) & (apart > 0)]
    if not apart.size:
        return None
    lengths, counts = np.unique(np.round(apart, 6), return_counts=True)
    step = float(lengths[np.argmax(counts)])
    if not dated:
        return Grid("numbers", step)
    months = step / MONTH_S
    if step >= 28 * _DAY_S and abs(months - round(months)) < 0.1:
        return Grid("months", max(round(months), 1))
    return Grid("seconds", step)


def is_whole(position: Float64) -> NDArray[np.bool_]:
    """(n,) True where a position is a whole number of steps, give or take `OFF_GRID`."""
    return np.asarray(np.abs(position - np.round(position)) <= OFF_GRID)


def _months(time: Float64) -> Float64:
    return np.asarray(time.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64), dtype=np.float64)
