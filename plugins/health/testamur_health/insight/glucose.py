"""For the person who wears a monitor: would it have warned in time, how often for nothing. Restricted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import cell, tile

ALARMS, ERRORS = "health.glucose.alarms", "health.glucose.errors"
ONE_PERSON = (
    "ONE person. Everything on this page was measured on the readings of a single person; for anyone "
    "else it says nothing. "
    "Not medical advice: never dose insulin, and never leave out a finger-prick, because of it."
)
WAYS = {
    "model": "the forecast",
    "persistence": "the last reading",
    "trend": "the trend arrow (last 15 minutes)",
}
CONSENSUS = (
    "T. Battelino et al.: Clinical targets for continuous glucose monitoring data interpretation, Diabetes "
    "Care 2019"
)
FATIGUE = "J. P. Shivers et al.: 'Turn it off!': diabetes device alarm fatigue, J Diabetes Sci Technol 2013"


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content.

    Args:
        report: The audit report.
        evidence: Evidence by file name, the restricted one included.
    """
    alarms = evidence.get("glucose_alarms.json")
    if not alarms or not alarms["alarms"]:
        return {"notice": ONE_PERSON, "answer": "No alarm was examined; the audit report says why."}
    sections = [
        _side(alarms, "hypo", "Falls below 70 mg/dL"),
        _side(alarms, "hyper", "Rises above 180 mg/dL"),
        _error(evidence.get("glucose_errors.json") or {}),
        _days((evidence.get("glucose_days.json") or {}).get("days") or []),
    ]
    return {
        "notice": ONE_PERSON
        if alarms["n_people"] == 1
        else f"{alarms['n_people']} people. {{ONE_PERSON.partition('. ')[2]}}",
        "answer": _answer(alarms),
        "tiles": [
            tile(
                report, "hypo_sensitivity_30", "falls below 70 foreseen, 30 min ahead", "share", check=ALARMS
            ),
            tile(report, "hypo_lead_min_30", "minutes of warning, half of the time", "number", check=ALARMS),
            tile(report, "hypo_false_alarms_a_day_30", "false alarms of falls a day", "number", check=ALARMS),
            tile(report, "mae_30", "mg/dL off, 30 min ahead", "number", check=ERRORS),
        ],
        "sections": [section for section in sections if section],
        "advice": [
            {
                "text": "Keep the monitor's own low alarm on.",
                "why": (
                    "Half of the warnings came too late to act on; the device rings when the fall is there."
                ),
                "source": CONSENSUS,
            },
            {
                "text": (
                    "Choose yourself how many false alarms a day you can live with, and settle the "
                    "threshold by it."
                ),
                "why": (
                    f"Here it was settled for {alarms['budget_per_day']:g} a day. Who is woken too often "
                    "switches off."
                ),
                "source": FATIGUE,
            },
        ],
        "unknown": [*report.data.caveats],
    }


def _row(alarms: Mapping[str, Any], side: str, minutes: int) -> Mapping[str, Any] | None:
    found = (row for row in alarms["alarms"] if row["side"] == side and row["minutes"] == minutes)
    return next(found, None)


def _way(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next(way for way in row["ways"] if way["name"] == name)


def _answer(alarms: Mapping[str, Any]) -> list[str]:
    row = _row(alarms, "hypo", 30)
    model = _way(row, "model") if row else None
    if row is None or model is None or model["sensitivity"]["value"] is None:
        return [
            f"In {alarms['days']:.0f} days of watching there were too few falls below 70 mg/dL to say "
            "anything."
        ]
    trend = _way(row, "trend")
    lead, false = model["lead_min"]["value"], model["false_alarms_a_day"]["value"]
    early = (
        "in time to act on" if lead >= 15 else "mostly too late to act on, for sugar takes about 15 minutes"
    )
    said = [
        f"In {alarms['days']:.0f} days there were {row['n_events']} falls below 70 mg/dL. It would have "
        "warned of "
        f"{100 * model['sensitivity']['value']:.0f} in 100, with half of the warnings {lead:.0f} "
        f"minutes early or less: {early}.",
        f"The price: {false:.1f} false alarms a day.",
    ]
    if trend["sensitivity"]["value"] is not None:
        said.append(
            "The trend arrow, settled for the same price, warns of "
            f"{100 * trend['sensitivity']['value']:.0f} in 100."
        )
    return said


def _side(alarms: Mapping[str, Any], side: str, title: str) -> dict[str, Any] | None:
    rows = [row for row in alarms["alarms"] if row["side"] == side]
    if not rows:
        return None
    table = [
        [
            f"{row['minutes']} min, {WAYS[way['name']]}",
            cell(way["sensitivity"]),
            cell(way["lead_min"]),
            cell(way["false_alarms_a_day"]),
        ]
        for row in rows
        for way in row["ways"]
    ]
    bars = [
        {
            "label": WAYS[way["name"]],
            "n": row["n_events"],
            **_figures(way["sensitivity"]),
            **({"heading": f"{row['minutes']} minutes ahead"} if place == 0 else {}),
        }
        for row in rows
        for place, way in enumerate(row["ways"])
    ]
    figures = (
        [{"kind": "intervals", "title": "Onsets foreseen", "unit": "share", "rows": bars}]
        if any(bar["value"] is not None for bar in bars)
        else []
    )
    return {
        "title": title,
        "answer": _side_answer(rows),
        "figures": figures,
        "tables": [
            {
                "columns": [
                    "Warned by",
                    {"name": "Onsets foreseen", "unit": "share"},
                    {"name": "Minutes early (median)", "unit": "number"},
                    {"name": "False alarms a day", "unit": "number"},
                ],
                "rows": table,
                "folded": "The numbers, with intervals",
                "note": (
                    "Each way's threshold was settled on earlier weeks so that it foresees most with at most "
                    f"{alarms['budget_per_day']:g} false alarm a day; on the test days the price can differ."
                ),
            }
        ],
    }


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    if found["value"] is None:
        return {"value": None, "reason": "too few onsets"}
    return {"value": found["value"], "low": found["low"], "high": found["high"]}


def _side_answer(rows: Sequence[Mapping[str, Any]]) -> str:
    row = rows[0]
    gain = _way(row, "trend")["gain"]
    if gain["value"] is None:
        return "Too few onsets to say."
    better = (
        "more than" if gain["low"] > 0 else "fewer than" if gain["high"] < 0 else "not shown to be more than"
    )
    points = f"{100 * gain['value']:+.0f} in 100, {100 * gain['low']:+.0f} to {100 * gain['high']:+.0f}"
    return f"{row['minutes']} minutes ahead it foresees {better} the trend arrow ({points})."


def _error(errors: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = [row for row in errors.get("horizons", []) if row["mae"]]
    if not rows:
        return None
    table = [
        [
            f"{row['minutes']} minutes",
            row["mae"]["model"],
            row["mae"]["persistence"],
            row["mae"]["trend"],
            row["n"],
        ]
        for row in rows
    ]
    first = rows[0]["mae"]
    return {
        "title": "How far off it is",
        "answer": (
            f"{rows[0]['minutes']} minutes ahead it is {first['model']:.1f} mg/dL off on average, "
            "saying that nothing changes "
            f"{first['persistence']:.1f}."
        ),
        "tables": [
            {
                "columns": [
                    "Ahead",
                    {"name": "The forecast, mg/dL", "unit": "number"},
                    {"name": "Nothing changes", "unit": "number"},
                    {"name": "The trend goes on", "unit": "number"},
                    {"name": "Readings", "unit": "count"},
                ],
                "rows": table,
            }
        ],
    }


def _days(days: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not days:
        return None
    return {
        "title": "Two days as they were",
        "answer": (
            "The two test days with the most falls below 70 mg/dL, chosen for that: most days are calmer."
        ),
        "figures": [
            {
                "kind": "lines",
                "title": (
                    f"{day['day']}: {day['n_onsets']} falls, {day['n_foreseen']} foreseen, {day['n_false']} "
                    "false alarms"
                ),
                "wide": True,
                "x": "time",
                "y_label": "mg/dL",
                "y_min": 40,
                "series": [{"name": "glucose", "points": day["glucose"]}],
                "bands": [{"name": f"said {day['minutes']} min before (80 %)", "points": day["band"]}],
                "zones": [{"high": 70, "words": "low"}, {"low": 180, "words": "high"}],
                "vertical": [{"x": moment, "words": ""} for moment in day["onsets"]],
                "caption": "Dashed: a fall below 70 mg/dL begins. Gaps have no reading.",
            }
            for day in days
        ],
    }
