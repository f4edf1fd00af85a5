"""Glucose early warning: error and alarms of several seeds beside persistence, trend and boosting, by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from parts.seed_measures import Measured
from parts.seed_runs import Runs, Said
from parts.seed_scores import Floats, Ints, Measure, Median, Ratio, Units

from testamur_health.glucose.episodes import LOW, Outcome, onsets
from testamur_health.glucose.errors import BLOCK
from testamur_health.glucose.scores import TREND_STEPS, outcome_at, score, settle_threshold, watch

HORIZON = 6  # steps: 30 minutes


@dataclass(frozen=True, eq=False)
class Days:
    """The days of the test part.

    Attributes:
        first: (n,) number of each day that was watched, ascending.
    """

    first: Ints

    def of(self, steps: Ints) -> Ints:
        """(m,) place of the day of each step."""
        found = np.searchsorted(self.first, np.asarray(steps) // BLOCK)
        return np.clip(found, 0, self.first.size - 1).astype(np.int64)

    def count(self, steps: Ints, weights: Floats | None = None) -> Floats:
        """(n,) sums by day."""
        return np.bincount(self.of(steps), weights=weights, minlength=self.first.size).astype(np.float64)


def glucose(runs: Runs) -> Measured:
    """Error at 30 minutes; lows foreseen, false alarms a day and minutes to act at the frozen budget."""
    part = runs.table.test
    assert part.history is not None
    last = part.history.stop - 1
    days = Days(np.unique(last // BLOCK))
    outcomes = {
        "model": [_alarms(runs, said, "model") for said in runs.model],
        "boosting": [_alarms(runs, runs.beside["boosting"], "boosting")],
        "trend": [_alarms(runs, runs.model[0], "trend")],
        "persistence": [_alarms(runs, runs.model[0], "persistence")],
    }
    n_lows = outcomes["model"][0].event_step.size
    events = f"{n_lows} falls below 70 mg/dL"
    watched = days.count(last)
    return [
        _errors(runs, days, last),
        _measure("falls foreseen, 30 minutes", True, outcomes, events, lambda o: _foreseen(o, days)),
        _measure(
            "false alarms a day", False, outcomes, f"{watched.sum() / 288:.0f} days",
            lambda o: Ratio(days.count(o.false_step), watched / 288),
        ),
        _measure(
            "minutes to act, median", True, outcomes, f"those foreseen of {events}",
            lambda o: _lead(o, days),
        ),
    ], Units(days.first.size, "days")  # fmt: skip


def _errors(runs: Runs, days: Days, last: Ints) -> Measure:
    part = runs.table.test
    assert part.history is not None
    truth = np.asarray(part.target)[:, HORIZON - 1]
    known = ~np.isnan(truth)
    middle = int(np.argmin(np.abs(np.asarray(runs.table.problem.quantiles) - 0.5)))
    now = part.history.values[last, 0].astype(np.float64)
    before = part.history.values[np.maximum(last - TREND_STEPS, part.history.start), 0]
    slope = np.nan_to_num((now - before) / TREND_STEPS)
    guess = {
        "model": [_middle(said, middle) for said in runs.model],
        "boosting": [_middle(runs.beside["boosting"], middle)],
        "trend": [now + slope * HORIZON],
        "persistence": [now],
    }
    below = days.count(last[known])
    errors = {
        name: [Ratio(days.count(last[known], np.abs(g - truth)[known]), below) for g in each]
        for name, each in guess.items()
    }
    n = f"{int(known.sum()):,} readings"
    return Measure("mean absolute error, 30 minutes, mg/dL", False, errors, n)


def _middle(said: Said, middle: int) -> Floats:
    quantiles = said["test"].quantiles
    assert quantiles is not None
    return quantiles[:, HORIZON - 1, middle]


def _alarms(runs: Runs, said: Said, way: str) -> Outcome:
    """What alarms of one way are worth in the test part, at the threshold of the validation part."""
    levels = runs.table.problem.quantiles
    held, test = (watch(runs.table.part(name), said[name], levels) for name in ("validation", "test"))
    risk = score(held, way, LOW, HORIZON)
    threshold = settle_threshold(held, risk, LOW, onsets(held.glucose, LOW), HORIZON)
    starts = onsets(test.glucose, LOW)
    return outcome_at(test, score(test, way, LOW, HORIZON), threshold, LOW, starts, HORIZON)


def _foreseen(outcome: Outcome, days: Days) -> Ratio:
    hits = (~np.isnan(outcome.lead_min)).astype(np.float64)
    return Ratio(days.count(outcome.event_step, hits), days.count(outcome.event_step))


def _lead(outcome: Outcome, days: Days) -> Median:
    known = ~np.isnan(outcome.lead_min)
    return Median(outcome.lead_min[known], days.of(outcome.event_step[known]))


def _measure(name: str, higher: bool, outcomes: dict[str, list[Outcome]], n: str, make: Any) -> Measure:
    return Measure(name, higher, {way: [make(o) for o in each] for way, each in outcomes.items()}, n)
