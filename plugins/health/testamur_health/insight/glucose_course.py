"""Sections of the wearer's page on the forecast itself: how far off it is, and two days as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def how_far_off(errors: Mapping[str, Any]) -> dict[str, Any] | None:
    """Mean errors beside persistence and trend."""
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


def as_they_were(days: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Days with readings, forecast band and onsets."""
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
