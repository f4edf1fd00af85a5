"""The check that asks what alarms would have been worth to the person who wore the monitor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur_health.glucose.alarm_figures import Ends, figures_of
from testamur_health.glucose.episodes import HIGH, LOW, STEP_MIN, Outcome, Side, onsets
from testamur_health.glucose.example_days import example_days
from testamur_health.glucose.scores import (
    BUDGET_PER_DAY,
    FORECASTS,
    WAYS,
    Watch,
    outcome_at,
    score,
    settle_threshold,
    watch,
)

KEY = "health.glucose.alarms"
FILE, DAYS_FILE = "glucose_alarms.json", "glucose_days.json"
HORIZONS = (6, 12)  # steps: 30 and 60 minutes
METHOD = "threshold settled on validation; interval: days resampled with replacement, percentiles"


def run(given: AuditInput) -> CheckOutcome:
    """Sensitivity, lead time and false alarms a day, for low and high, at 30 and 60 minutes."""
    forecasts = {name: _watches(given, name) for name in FORECASTS if name in given.predictions}
    seen = forecasts["model"]
    findings: list[Finding] = []
    rows: list[dict[str, Any]] = []
    for side in (LOW, HIGH):
        starts = onsets(seen["test"].glucose, side)
        for horizon in HORIZONS:
            if horizon > seen["test"].quantiles.shape[1]:
                continue
            found = {
                way: _outcome(forecasts.get(way, seen), way, side, starts, horizon)
                for way in WAYS
                if way in forecasts or way not in FORECASTS
            }
            row, told = _tell(given, side, horizon, found, seen["test"].step)
            rows.append(row)
            findings += told
    tree = {
        "budget_per_day": BUDGET_PER_DAY,
        "days": seen["test"].step.size * STEP_MIN / 1440,
        "n_origins": int(seen["test"].step.size),
        "n_people": _n_people(given),
        "level": given.policy.level,
        "alarms": rows,
    }
    content = json.dumps(tree, sort_keys=True, allow_nan=False).encode()
    days = json.dumps({"days": _days(given, seen)}, sort_keys=True, allow_nan=False).encode()
    return CheckOutcome(
        tuple(findings),
        (
            EvidenceFile(FILE, content, description="Alarms and what they were worth"),
            EvidenceFile(DAYS_FILE, days, restricted=True, description="Two days as they were"),
        ),
    )


def _watches(given: AuditInput, name: str) -> dict[str, Watch]:
    """What one forecast said in the validation and in the test part."""
    levels = given.table.problem.quantiles
    return {
        part: watch(given.table.part(part), given.predictions[name][part], levels)
        for part in ("validation", "test")
    }


def _days(given: AuditInput, seen: dict[str, Watch]) -> list[dict[str, Any]]:
    """Two days with lows, as the person would have seen them at 30 minutes."""
    horizon = HORIZONS[0]
    if horizon > seen["test"].quantiles.shape[1]:
        return []
    held = seen["validation"]
    threshold = settle_threshold(
        held, score(held, "model", LOW, horizon), LOW, onsets(held.glucose, LOW), horizon
    )
    scores = score(seen["test"], "model", LOW, horizon)
    return example_days(given.table.test, seen["test"], scores, threshold, LOW, horizon)


def _n_people(given: AuditInput) -> int:
    history = given.table.test.history
    return 0 if history is None else int(np.unique(history.series).size)


def _outcome(
    seen: dict[str, Watch], way: str, side: Side, starts: NDArray[np.int64], horizon: int
) -> tuple[Outcome, float]:
    """What one way of alarming is worth in the test part, at the threshold of the validation part."""
    held = seen["validation"]
    own = onsets(held.glucose, side)
    threshold = settle_threshold(held, score(held, way, side, horizon), side, own, horizon)
    test = seen["test"]
    return outcome_at(test, score(test, way, side, horizon), threshold, side, starts, horizon), threshold


def _tell(
    given: AuditInput,
    side: Side,
    horizon: int,
    found: dict[str, tuple[Outcome, float]],
    watched: NDArray[np.int64],
) -> tuple[dict[str, Any], list[Finding]]:
    minutes, minimum = STEP_MIN * horizon, given.policy.minimum_group
    names = {way: outcome for way, (outcome, _) in found.items()}
    n_events = names["model"].event_step.size
    table = figures_of(names, watched, given)
    findings = [
        _finding(side, minutes, measure, label, table["model", measure], unit, n_events, minimum, given)
        for measure, label, unit in (
            ("sensitivity", "onsets foreseen", Unit.SHARE),
            ("lead_min", "lead time, minutes", Unit.NUMBER),
            ("false_alarms_a_day", "false alarms a day", Unit.NUMBER),
        )
    ]
    findings += [
        _finding(
            side,
            minutes,
            f"gain_over_{way}",
            f"onsets foreseen more than by {way}",
            table[way, "gain"],
            Unit.POINTS,
            n_events,
            minimum,
            given,
        )
        for way in names
        if way != "model"
    ]
    enough = n_events >= minimum
    row = {
        "side": side.name,
        "limit": side.limit,
        "minutes": minutes,
        "n_events": n_events if n_events >= given.policy.minimum_cell or n_events == 0 else None,
        "ways": [
            {
                "name": way,
                "threshold": round(threshold, 4),
                **{
                    measure: _plain(table[way, measure], enough or measure == "false_alarms_a_day")
                    for measure in ("sensitivity", "lead_min", "false_alarms_a_day", "gain")
                },
            }
            for way, (_, threshold) in found.items()
        ],
    }
    return row, findings


def _plain(figures: Ends, shown: bool) -> dict[str, Any]:
    value, low, high = figures
    if not shown or not np.isfinite(value):
        return {"status": "not estimable", "value": None, "low": None, "high": None}
    return {"status": "done", "value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}


def _finding(
    side: Side,
    minutes: int,
    measure: str,
    label: str,
    figures: Ends,
    unit: Unit,
    n_events: int,
    minimum: int,
    given: AuditInput,
) -> Finding:
    about: dict[str, Any] = {
        "check": KEY,
        "measure": f"{side.name}_{measure}_{minutes}",
        "label": f"{'low' if side.below else 'high'} glucose, {minutes} minutes ahead: {label}",
        "unit": unit,
        "n": n_events,
        "level": given.policy.level,
        "evidence": FILE,
        "seed": given.seed,
        "subject": f"{'below' if side.below else 'above'} {side.limit:g} mg/dL",
    }
    if n_events < minimum and measure != "false_alarms_a_day":
        reason = f"fewer than {minimum} onsets in the test part"
        return Finding(**{**about, "n": 0}, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    value, low, high = figures
    if not np.isfinite(value):
        return Finding(**about, status=CheckStatus.NOT_ESTIMABLE, reason="no onset was foreseen")
    return Finding(**about, value=value, low=low, high=high, method=METHOD)
