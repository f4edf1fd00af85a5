"""Values and intervals of what alarms were worth: whole days are resampled, the same for every way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.contracts.check import AuditInput
from testamur_health.glucose.episodes import STEP_MIN, Outcome

STEPS_A_DAY = 1440 // STEP_MIN
Ends = tuple[float, float, float]  # value, low, high; NaN where there is nothing to state
NOTHING: Ends = (float("nan"), float("nan"), float("nan"))


def figures_of(names: dict[str, Outcome], watched: Int64, given: AuditInput) -> dict[tuple[str, str], Ends]:
    """Sensitivity, false alarms a day, lead and the model's gain in sensitivity, for every way of alarming.

    Args:
        names: What each way was worth; one of them is ``model``.
        watched: (n,) grid steps that were watched; stretches of 288 steps that hold one are the days.
        given: States the level, the number of draws and the seed.

    Returns:
        Value, low and high by (way, measure).
    """
    rng = np.random.default_rng([given.seed, 70])
    days = np.unique(watched // STEPS_A_DAY)
    draws = rng.multinomial(days.size, np.full(days.size, 1 / days.size), size=given.options.bootstrap)
    level, n = given.policy.level, int(days.size)
    found: dict[tuple[str, str], Ends] = {}
    drawn: dict[str, Float64] = {}
    for way, outcome in names.items():
        events, hits, false = _by_day(outcome, days)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn[way] = (draws @ hits) / (draws @ events)
        found[way, "sensitivity"] = ends_of_days(outcome.sensitivity, drawn[way], level, n)
        per_day = (draws @ false) / max(outcome.days, 1e-9)
        found[way, "false_alarms_a_day"] = ends_of_days(outcome.false_per_day, per_day, level, n)
        found[way, "lead_min"] = _lead(outcome, rng, given.options.bootstrap, level)
    for way, outcome in names.items():
        gain = names["model"].sensitivity - outcome.sensitivity
        found[way, "gain"] = ends_of_days(gain, drawn["model"] - drawn[way], level, n)
    return found


def _by_day(outcome: Outcome, days: Int64) -> tuple[Float64, Float64, Float64]:
    """(n_days,) onsets, onsets foreseen, and false alarms of each day."""

    def place(steps: Int64) -> Int64:
        found = np.searchsorted(days, steps // STEPS_A_DAY)
        return np.asarray(np.clip(found, 0, days.size - 1), dtype=np.int64)

    at, foreseen = place(outcome.event_step), ~np.isnan(outcome.lead_min)
    events = np.bincount(at, minlength=days.size).astype(np.float64)
    hits = np.bincount(at, weights=foreseen, minlength=days.size)
    false = np.bincount(place(outcome.false_step), minlength=days.size).astype(np.float64)
    return events, hits, false


def _lead(outcome: Outcome, rng: np.random.Generator, n_boot: int, level: float) -> Ends:
    """Median minutes between the alarm and the onset, of the onsets that were foreseen."""
    lead = outcome.lead_min[~np.isnan(outcome.lead_min)]
    if not lead.size:
        return NOTHING
    drawn = np.median(lead[rng.integers(0, lead.size, (n_boot, lead.size))], axis=1)
    return ends_of_days(float(np.median(lead)), drawn, level, int(lead.size))


def ends_of_days(value: float, drawn: Float64, level: float, n_units: int) -> Ends:
    """Value with a percentile interval of replicates, expanded for few days; NaN ones are left out."""
    known = drawn[np.isfinite(drawn)]
    if not known.size or not np.isfinite(value):
        return NOTHING
    found = percentile_estimate(value, known, level, n_units, n_units)
    return value, found.low, found.high
