"""Episodes of low and high glucose, and the alarms that come before them.

An episode begins with the first of three readings in a row (15 minutes) beyond the limit and ends with
three in a row inside it: T. Danne et al.: International consensus on use of continuous glucose monitoring,
Diabetes Care 2017;40:1631-1640. Limits 70 and 180 mg/dL: T. Battelino et al., Diabetes Care 2019;42:1593.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]
    Bool = NDArray[np.bool_]

STEP_MIN = 5
IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One kind of episode: its name, its limit in mg/dL, and whether it lies below."""

    name: str
    limit: float
    below: bool

    def beyond(self, glucose: Float64) -> Bool:
        """Where readings are beyond the limit; never where one is missing."""
        found: Bool = glucose < self.limit if self.below else glucose > self.limit
        return found


LOW, HIGH = Side("hypo", 70.0, below=True), Side("hyper", 180.0, below=False)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What alarms were worth on one stretch of time.

    Attributes:
        lead_min: (n_events,) minutes from the first alarm to the onset; NaN where none came before.
        event_step: (n_events,) grid step of each onset that could have been foreseen.
        false_step: (n_false,) grid step at which each false alarm rang.
        n_alarms: Number of alarms that rang.
        days: Days of watching.
    """

    lead_min: Float64
    event_step: Int64
    false_step: Int64
    n_alarms: int
    days: float

    @property
    def sensitivity(self) -> float:
        """Share of onsets with an alarm before; NaN without onsets."""
        return float(np.mean(~np.isnan(self.lead_min))) if self.lead_min.size else float("nan")

    @property
    def false_per_day(self) -> float:
        """False alarms per day of watching."""
        return self.false_step.size / self.days


def onsets(glucose: Float64, side: Side) -> Int64:
    """Steps at which episodes begin.

    Args:
        glucose: (T,) readings on the grid, NaN in gaps.
        side: Low or high.
    """
    beyond = side.beyond(glucose)
    inside = ~beyond & ~np.isnan(glucose)
    starts, within = [], False
    run_in, run_out = _runs(beyond), _runs(inside)
    for step in np.flatnonzero((run_in == IN_A_ROW) | (run_out == IN_A_ROW)).tolist():
        if not within and run_in[step] == IN_A_ROW:
            starts.append(step - IN_A_ROW + 1)
            within = True
        elif within and run_out[step] == IN_A_ROW:
            within = False
    return np.array(starts, dtype=np.int64)


def _runs(flag: Bool) -> Int64:
    """(T,) how many in a row, up to each step, are true."""
    steps = np.arange(1, flag.size + 1)
    last_false = np.maximum.accumulate(np.where(flag, 0, steps))
    return np.asarray(np.where(flag, steps - last_false, 0), dtype=np.int64)


def judge_alarms(alarm: Bool, watched: Int64, starts: Int64, *, horizon: int) -> Outcome:
    """Hold alarms against onsets.

    An alarm rings at the first step that alarms, and is then silent for `horizon` steps; a state of alarm
    that goes on rings again after that. A ring is false when no onset follows within `horizon` steps. An
    onset is foreseen when an alarm rang in the `horizon` steps before it; the lead is counted from the
    first such ring. Onsets with no watched step in that time are left out.

    Args:
        alarm: (n,) whether each watched step alarms.
        watched: (n,) grid steps, ascending.
        starts: Steps of the onsets, ascending.
        horizon: Steps.
    """
    rings = _rings(watched[alarm], horizon)
    begin = np.searchsorted(watched, starts - horizon)
    counted = starts[np.searchsorted(watched, starts) > begin]
    first = np.searchsorted(rings, counted - horizon)
    rang = np.append(rings, np.iinfo(np.int64).max)[first]  # the first ring in the time before, if any
    lead = np.where(rang < counted, STEP_MIN * (counted - rang).astype(np.float64), np.nan)
    coming = np.append(starts, np.iinfo(np.int64).max)[np.searchsorted(starts, rings, side="right")]
    return Outcome(
        lead_min=lead,
        event_step=counted,
        false_step=rings[coming - rings > horizon],
        n_alarms=rings.size,
        days=watched.size * STEP_MIN / 1440,
    )


def _rings(on: Int64, silent: int) -> Int64:
    """Steps of `on` (ascending) at which an alarm rings, each followed by `silent` steps of silence."""
    steps, place, found = on.tolist(), 0, []
    while place < len(steps):
        found.append(steps[place])
        place = bisect_left(steps, steps[place] + silent, place)
    return np.array(found, dtype=np.int64)
