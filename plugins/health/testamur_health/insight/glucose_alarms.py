"""The section of the wearer's page on one kind of alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from testamur_health.insight.figures import cell

WAYS = {
    "model": "the forecast",
    "boosting": "gradient boosting",
    "persistence": "the last reading",
    "trend": "the trend arrow (last 15 minutes)",
}


def row_of(alarms: Mapping[str, Any], side: str, minutes: int) -> Mapping[str, Any] | None:
    """The alarms of one side at one horizon, or None."""
    found = (row for row in alarms["alarms"] if row["side"] == side and row["minutes"] == minutes)
    return next(found, None)


def way_of(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What one way of alarming was worth."""
    return next(way for way in row["ways"] if way["name"] == name)


def one_side(alarms: Mapping[str, Any], side: str, title: str) -> dict[str, Any] | None:
    """All ways of alarming, for falls or for rises."""
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
    told = [
        _compared(way)
        for way in row["ways"]
        if way["name"] in ("trend", "boosting") and way["gain"]["value"] is not None
    ]
    if not told:
        return "Too few onsets to say."
    return f"{row['minutes']} minutes ahead the share that it foresees is {'; '.join(told)}."


def _compared(way: Mapping[str, Any]) -> str:
    """The gain over another way of alarming, in words and in onsets of a hundred."""
    gain = way["gain"]
    better = (
        "larger than"
        if gain["low"] > 0
        else "smaller than"
        if gain["high"] < 0
        else "not shown to be larger than"
    )
    ends = f"{100 * gain['value']:+.0f} in 100, {100 * gain['low']:+.0f} to {100 * gain['high']:+.0f}"
    return f"{better} that of {WAYS[way['name']].partition(' (')[0]} ({ends})"
