"""From the records of one person to one row a day; the rules are written at each function.

A day is the day of the local clock at a record's start, as the record's own offset from UTC says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur_health.wearable.cover import uncovered_share
from testamur_health.wearable.kinds import (
    EXERCISE,
    GLUCOSE,
    HEART_RATE,
    HRV,
    RESTING_HR,
    SLEEP,
    SPO2,
    STAGES,
    STEPS,
    WEIGHT,
    Kind,
)
from testamur_health.wearable.log import Log, Readings
from testamur_health.wearable.sleep import sleep_by_night

BIN_S = 300  # heart rate is averaged over five minutes first: a workout has a reading every few seconds
FEWEST_BINS = 36  # three hours of heart rate, before a day has a mean, or a resting rate made from it
LOWEST_SHARE = 0.05  # of the five-minute means: the resting rate of days that have none of their own
COLUMNS = (
    "resting_hr", "mean_hr", "max_hr", "hr_hours", "hrv_ms", "spo2", "steps", "exercise_min", "sleep_h",
    "in_bed_h", "awake_h", "core_h", "deep_h", "rem_h", "asleep_h", "weight_kg", "glucose_mg_dl",
)  # fmt: skip
WATCHES, PHONES = ("watch", "band", "ring", "fitbit", "garmin", "polar", "oura", "whoop"), ("phone",)


class Days:
    """A table of one row per day, filled column by column; days appear as they are filled."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[int, float]] = {name: {} for name in COLUMNS}

    def fill(self, name: str, days: Int64, values: Float64) -> None:
        """Put values of days (days since 1970) into a column."""
        self.cells[name].update(zip(days.tolist(), values.tolist(), strict=True))

    def span(self) -> tuple[int, int] | None:
        """The first and the last day with a value, or None."""
        known = [day for column in self.cells.values() for day in column]
        return (min(known), max(known)) if known else None


def daily_table(log: Log) -> tuple[dict[str, Float64], Int64, list[str]]:
    """One row for every day from the first to the last with a record; NaN where nothing was recorded.

    Args:
        log: The records of one person; they are taken out of it, one kind after the other.

    Returns:
        Columns by name, each (n_days,); the days since 1970, (n_days,); and notes.
    """
    days, notes = Days(), []
    rank = source_priority(log.sources)
    notes += _heart(log, days)
    for kind, name in ((HRV, "hrv_ms"), (SPO2, "spo2"), (WEIGHT, "weight_kg"), (GLUCOSE, "glucose_mg_dl")):
        _reduce(log.take(kind), days, name, np.median)
    for kind, name in ((STEPS, "steps"), (EXERCISE, "exercise_min")):
        notes += _sums(log.take(kind), days, name, rank, kind)
    notes += _idle_days(days)
    _sleep(log.take(SLEEP), days)
    span = days.span()
    if span is None:
        return {name: np.zeros(0) for name in COLUMNS}, np.zeros(0, dtype=np.int64), notes
    axis = np.arange(span[0], span[1] + 1)
    return {name: _on(axis, days.cells[name]) for name in COLUMNS}, axis, notes


def source_priority(sources: dict[str, int]) -> list[int]:
    """Numbers of the sources: what is worn first, then phones, then others; by name within each.

    The order that a person sets in the Health app is not part of an export; this one is Apple's default.
    """

    def rank(name: str) -> tuple[int, str]:
        low = name.lower()
        worn = any(word in low for word in WATCHES)
        return (0 if worn else 1 if any(word in low for word in PHONES) else 2), low

    return [sources[name] for name in sorted(sources, key=rank)]


def _heart(log: Log, days: Days) -> list[str]:
    """Mean and maximum by day; the resting rate as recorded, else the lowest twentieth of the day."""
    resting = log.take(RESTING_HR)
    _reduce(resting, days, "resting_hr", np.median)
    made = not resting.start.size
    seen = False
    for readings in log.blocks(HEART_RATE):
        seen = True
        _heart_block(readings, days, made=made)
    if not (made and seen):
        return []
    return [
        "no resting heart rate is recorded: it is taken as the lowest twentieth of a day's five-minute "
        "means, on days with three hours of heart rate and more"
    ]


def _heart_block(readings: Readings, days: Days, *, made: bool) -> None:
    """Fill the days of one block; `made`: resting rates too, as none are recorded."""
    _reduce(readings, days, "max_hr", np.max)
    of_bin, bins = _means(readings.value, readings.start // BIN_S)
    day = readings.day[np.searchsorted(readings.start // BIN_S, of_bin)]
    _by_day(day, bins, days, "hr_hours", lambda x: float(x.size) * BIN_S / 3600)
    _by_day(day, bins, days, "mean_hr", lambda x: float(x.mean()) if x.size >= FEWEST_BINS else np.nan)
    if made:
        _by_day(day, bins, days, "resting_hr", _lowest)


def _lowest(bins: Float64) -> float:
    return float(np.quantile(bins, LOWEST_SHARE)) if bins.size >= FEWEST_BINS else np.nan


def _means(values: Float64, key: Int64) -> tuple[Int64, Float64]:
    """Sorted distinct keys and the mean of the values of each."""
    keys, index, n = np.unique(key, return_inverse=True, return_counts=True)
    return keys, np.bincount(index, weights=values, minlength=keys.size) / n


def _reduce(readings: Readings, days: Days, name: str, function: Callable[[Float64], float]) -> None:
    _by_day(readings.day, readings.value, days, name, function)


def _by_day(day: Int64, values: Float64, days: Days, name: str, function: Callable[[Float64], float]) -> None:
    """One value per day: `function` of the values of that day."""
    if not day.size:
        return
    order = np.argsort(day, kind="stable")
    keys, first = np.unique(day[order], return_index=True)
    found = np.array([float(function(x)) for x in np.split(values[order], first[1:])])
    days.fill(name, keys, found)


def _sums(readings: Readings, days: Days, name: str, rank: Sequence[int], kind: Kind) -> list[str]:
    """Totals by day; where devices overlap, a record counts for the share of its time that is new."""
    if not readings.start.size:
        return []
    share = uncovered_share(readings, rank)
    keys, index = np.unique(readings.day, return_inverse=True)
    days.fill(name, keys, np.bincount(index, weights=readings.value * share, minlength=keys.size))
    over = float((readings.value * (1 - share)).sum() / max(readings.value.sum(), 1e-9))
    if over < 0.0005:
        return []
    return [f"{kind.label}: {100 * over:.1f} % lay in time that another record covers, and count once"]


def _idle_days(days: Days) -> list[str]:
    """Days without exercise have no record of it: between the first and the last one they count as 0.

    A day counts as worn when it has heart rate, or, where none is recorded at all, steps; without that,
    exercise stays unknown.
    """
    known, worn = days.cells["exercise_min"], days.cells["hr_hours"] or days.cells["steps"]
    if not known:
        return []
    first, last = min(known), max(known)
    idle = sorted(day for day in worn if first < day < last and day not in known)
    known.update(dict.fromkeys(idle, 0.0))
    if not idle:
        return []
    return [f"exercise: {len(idle):,} days on which the device was worn have no record of it and count as 0"]


def _sleep(readings: Readings, days: Days) -> None:
    for night, hours in sleep_by_night(readings).items():
        for name in ("sleep", *STAGES):
            days.cells[f"{name}_h"][night] = hours[name]


def _on(axis: Int64, cells: dict[int, float]) -> Float64:
    column = np.full(axis.size, np.nan)
    if cells:
        known = np.fromiter(cells, dtype=np.int64, count=len(cells))
        column[known - axis[0]] = np.fromiter(cells.values(), dtype=np.float64, count=len(cells))
    return column
