"""Sections of the person's page on their days and on what the score is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NAMES = {
    "resting_hr": ("Resting heart rate", "beats a minute"),
    "hrv_ms": ("Heart rate variability", "ms"),
    "steps": ("Steps", "a day"),
}


def your_days(person: Mapping[str, Any], about: str) -> dict[str, Any]:
    """The last days of each signal, with what is usual and the unusual days."""
    days = person["days"]
    alerts = [a["day"] for a in person["alerts"] if a["day"] in days]
    figures = [_figure(signal, person, days, alerts) for signal in NAMES if signal in person["series"]]
    rows = [
        [a["day"], a["strain"], "; ".join(a["reasons"]) or "all lean the same way"] for a in person["alerts"]
    ]
    tables = [
        {
            "columns": ["Day", {"name": "How unusual", "unit": "number"}, "What stood out"],
            "rows": rows,
            "folded": "The unusual days",
            "note": (
                "How unusual: mean distance from your own last four weeks, in robust standard deviations."
            ),
        }
    ]
    return {
        "title": f"Your days{about}",
        "answer": f"{person['first_day']} to {person['last_day']}; drawn are the last {len(days)} days.",
        "figures": [figure for figure in figures if figure],
        "tables": tables if rows else [],
    }


def _figure(
    signal: str, person: Mapping[str, Any], days: Sequence[str], alerts: Sequence[str]
) -> dict[str, Any] | None:
    values, usual = person["series"][signal]["values"], person["series"][signal]["usual"]
    if all(v is None for v in values):
        return None
    title, unit = NAMES[signal]
    return {
        "kind": "lines",
        "title": title,
        "wide": True,
        "x": "time",
        "y_label": unit,
        "series": [
            {"name": "each day", "points": [[d, v] for d, v in zip(days, values, strict=True)]},
            {
                "name": "your usual (four weeks before)",
                "points": [[d, v] for d, v in zip(days, usual, strict=True)],
            },
        ],
        "vertical": [{"x": day, "words": ""} for day in alerts],
        "caption": "Upright lines: days unlike all of the eight weeks before. Gaps: the watch was not worn.",
    }


def made_of(person: Mapping[str, Any], about: str) -> dict[str, Any]:
    """The components of the score."""
    score = person["score"]
    rows = [
        [
            part["name"],
            _amount(part),
            None
            if part["points"] is None
            else {"value": part["points"], "low": part["low"], "high": part["high"]},
            part["n_days"],
            part["rule"],
        ]
        for part in score["parts"]
    ]
    sources = dict.fromkeys(source for part in score["parts"] for source in part["sources"])
    return {
        "title": f"What the score is made of{about}",
        "answer": (
            "The mean of the points of what was measured in the last 28 days. What was not measured is not "
            "filled in."
        ),
        "tables": [
            {
                "columns": [
                    "Component",
                    "Measured",
                    {"name": "Points of 100", "unit": "number"},
                    {"name": "Days", "unit": "count"},
                    "How points are given",
                ],
                "rows": rows,
                "note": "Intervals: weeks of days are resampled. Two people's scores do not compare.",
            }
        ],
        "notes": [f"Source: {source}" for source in sources],
    }


def _amount(part: Mapping[str, Any]) -> str:
    if part["figure"] is None:
        return "not measured: fewer than 14 days"
    digits = 1 if part["figure"] < 20 else 0
    return f"{part['figure']:,.{digits}f} {part['unit']}"
