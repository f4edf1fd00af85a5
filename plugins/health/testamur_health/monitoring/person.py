"""The check that writes down, for the person alone, the score, the days, the alerts and the advice."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding
from testamur_health.monitoring.advice import find_advice
from testamur_health.monitoring.days import days_of, n_people, name_of
from testamur_health.monitoring.levers import HELD, LEVERS, Reach, find_reach
from testamur_health.monitoring.score import FEWEST_COMPONENTS, NOT_COVERED, Score, find_score
from testamur_health.monitoring.signals import Signals, find_signals

KEY = "health.monitoring.person"
FILE = "person.json"
SHOWN_DAYS = 120
LATEST_ALERTS = 8
UNITS = {"resting_hr": "beats a minute", "hrv_ms": "ms", "steps": "steps"}
WORDS = {
    "resting_hr": ("resting heart rate", "above", "below"),
    "hrv_ms": ("heart rate variability", "above", "below"),
    "steps": ("steps", "more than", "fewer than"),
}
NOTABLE = 2.0  # robust standard deviations, from where a signal is named as a reason


def run(given: AuditInput) -> CheckOutcome:
    """One restricted file with a page per person; the shared finding says only how much could be scored."""
    people, n_scored, n_parts = [], 0, 0
    for person in range(n_people(given.table)):
        day, columns = days_of(given.table, person)
        score = find_score(columns, seed=given.seed, level=given.policy.level)
        n_scored += score.value is not None
        n_parts += sum(part.points is not None for part in score.parts)
        people.append(describe(name_of(given.table, person), day, columns, score))
    n = len(people)
    content = json.dumps({"people": people}, sort_keys=True, allow_nan=False).encode()
    evidence = EvidenceFile(FILE, content, restricted=True, description="Score, alerts and advice, by person")
    about: dict[str, Any] = {
        "check": KEY,
        "measure": "score_components",
        "label": "components of the score measured",
    }
    if not n:
        none = Finding(**about, status=CheckStatus.NOT_ESTIMABLE, reason="there is nobody in the data")
        return CheckOutcome((none,), (evidence,))
    method = f"count over people, mean; {FEWEST_COMPONENTS} are required for a score"
    found = Finding(**about, value=n_parts / n, exact=True, n=n, method=method)
    return CheckOutcome((found,), (evidence,))


def describe(name: str, day: Int64, columns: dict[str, Float64], score: Score) -> dict[str, Any]:
    """Everything that the person's page shows, JSON-ready."""
    signals = find_signals(columns)
    last = slice(-SHOWN_DAYS, None)
    return {
        "name": name,
        "first_day": _date(day[0]),
        "last_day": _date(day[-1]),
        "n_days": int(day.size),
        "score": _score(score),
        "reach": _reach(find_reach(columns, score)),
        "not_covered": list(NOT_COVERED),
        "days": [_date(d) for d in day[last]],
        "series": {
            signal: {"values": _plain(columns[signal][last]), "usual": _plain(usual[last])}
            for signal, usual in signals.usual.items()
        },
        "strain": _plain(signals.strain[last]),
        "alerts": _alerts(day, columns, signals),
        "n_alerts": int(signals.alert.sum()),
        "n_judged": int(np.isfinite(signals.expected).sum()),
        "advice": [asdict(advice) for advice in find_advice(columns)],
        "sleep": _plain(columns["sleep_h"][last]) if "sleep_h" in columns else [],
    }


def _score(score: Score) -> dict[str, Any]:
    parts = [
        {
            "name": part.component.name,
            "unit": part.component.unit,
            "rule": part.component.rule,
            "sources": list(part.component.sources),
            "n_days": part.n_days,
            "figure": part.figure,
            "points": part.points,
            "low": part.low,
            "high": part.high,
        }
        for part in score.parts
    ]
    return {
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "reason": score.reason,
        "parts": parts,
    }


def _reach(reach: Reach) -> dict[str, Any]:
    ways = [
        {
            "score": way.score,
            "moves": [
                {
                    "name": move.lever.name,
                    "unit": move.lever.component.unit,
                    "before": move.before,
                    "after": move.after,
                    "n_reached": move.n_reached,
                    "n_periods": move.n_periods,
                }
                for move in way.moves
            ],
        }
        for way in reach.ways
    ]
    levers = [{"name": x.name, "unit": x.component.unit, "most": x.most, "source": x.source} for x in LEVERS]
    return {
        "ways": ways,
        "furthest": reach.furthest,
        "reason": reach.reason,
        "held": list(HELD),
        "levers": levers,
    }


def _alerts(day: Int64, columns: dict[str, Float64], signals: Signals) -> list[dict[str, Any]]:
    """The latest alerts, each with the signals that speak for it."""
    found = []
    for i in np.flatnonzero(signals.alert)[::-1][:LATEST_ALERTS].tolist():
        reasons = [
            reason
            for signal, away in signals.away.items()
            if (reason := _reason(signal, columns[signal][i], signals.usual[signal][i], away[i]))
        ]
        found.append({"day": _date(day[i]), "strain": round(float(signals.strain[i]), 2), "reasons": reasons})
    return found


def _reason(signal: str, value: float, usual: float, away: float) -> str:
    if not np.isfinite(away) or away < NOTABLE:
        return ""
    label, above, below = WORDS[signal]
    side = above if value > usual else below
    digits = 0 if signal == "steps" else 1
    return f"{label} {value:,.{digits}f}, {side} your usual {usual:,.{digits}f} {UNITS[signal]}"


def _date(day: np.int64) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(day))).isoformat()


def _plain(values: Float64) -> list[float | None]:
    return [round(float(v), 3) if np.isfinite(v) else None for v in values]
