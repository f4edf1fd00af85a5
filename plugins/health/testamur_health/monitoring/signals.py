"""One number a day that says how unusual a day is for this person, and the alerts that follow from it.

Each signal is held against the person's own last four weeks: (value - median) / (1.4826 MAD), signed so
that more means worse (resting heart rate up, variability down, steps down). The day's number is the mean
over its signals. A day alerts when its number is larger than every one of the person's last eight weeks.

If days were exchangeable, the chance of that would be exactly 1 / (m + 1) with m known days before it
(rank argument; V. Vovk, A. Gammerman, G. Shafer: Algorithmic Learning in a Random World, 2005): with all 56
known, one false alert in 57 days. Days are not exchangeable; `null.py` measures what that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Bool = NDArray[np.bool_]

BASELINE_DAYS, FEWEST_BASELINE = 28, 14
MEMORY_DAYS, FEWEST_MEMORY = 56, 28
TO_SIGMA = 1.4826  # MAD of a normal distribution is sigma / 1.4826
WORSE = {"resting_hr": 1.0, "hrv_ms": -1.0, "steps": -1.0}
# Smallest spread that counts, in the unit of the signal: a month of equal rounded values is not certainty.
SMALLEST_SPREAD = {"resting_hr": 0.75, "hrv_ms": 2.0, "steps": 500.0}


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What is known of every day, each (n_days,) and NaN where it cannot be said.

    Attributes:
        usual: Median of the four weeks before, by signal.
        away: Robust distance from it, signed so that more is worse, by signal.
        strain: Mean of the distances: the day's number.
        expected: Chance of a false alert on this day, were days exchangeable.
        alert: True where the number is larger than all of the eight weeks before.
    """

    usual: dict[str, Float64]
    away: dict[str, Float64]
    strain: Float64
    expected: Float64
    alert: Bool


def find_signals(days: Mapping[str, Float64]) -> Signals:
    """Hold every day against the days before it; nothing of a day's future is looked at.

    Args:
        days: Columns by name, each (n_days,), one entry for every day of the calendar, NaN where missing.
    """
    usual: dict[str, Float64] = {}
    away: dict[str, Float64] = {}
    for name, sign in WORSE.items():
        if name in days and np.isfinite(days[name]).any():
            usual[name], away[name] = _away(days[name], sign, SMALLEST_SPREAD[name])
    n = next(iter(days.values())).size
    stacked = np.stack(list(away.values())) if away else np.full((1, n), np.nan)
    known = np.isfinite(stacked)
    sums = np.where(known, stacked, 0.0).sum(axis=0)
    strain = np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)
    expected, alert = rank_alerts(strain)
    return Signals(usual, away, strain, expected, alert)


def rank_alerts(strain: Float64) -> tuple[Float64, Bool]:
    """(n_days,) the chance of a false alert under exchangeable days, and whether each day alerts."""
    before = _windows(strain, MEMORY_DAYS)
    n_known = np.isfinite(before).sum(axis=1)
    judged = np.isfinite(strain) & (n_known >= FEWEST_MEMORY)
    largest = np.where(np.isfinite(before), before, -np.inf).max(axis=1)
    alert = judged & (strain > largest)
    return np.where(judged, 1.0 / (n_known + 1), np.nan), alert


def _away(values: Float64, sign: float, smallest: float) -> tuple[Float64, Float64]:
    before = _windows(values, BASELINE_DAYS)
    enough = np.isfinite(before).sum(axis=1) >= FEWEST_BASELINE
    usual = np.full(values.size, np.nan)
    spread = np.full(values.size, np.nan)
    usual[enough] = np.nanmedian(before[enough], axis=1)
    spread[enough] = TO_SIGMA * np.nanmedian(np.abs(before[enough] - usual[enough, None]), axis=1)
    return usual, sign * (values - usual) / np.maximum(spread, smallest)


def _windows(values: Float64, length: int) -> Float64:
    """(n_days, length) the days before each, NaN where there are none."""
    padded = np.concatenate([np.full(length, np.nan), values])
    view: Float64 = np.lib.stride_tricks.sliding_window_view(padded, length)[:-1]
    return view
