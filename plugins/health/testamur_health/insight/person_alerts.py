"""Sections of the person's page on false alarms and on the forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import figure
from testamur_health.monitoring.sources import ILLNESS


def false_alarms(alerts: Mapping[str, Any]) -> dict[str, Any]:
    """What the rule promises and what was measured."""
    rows = [[row["label"], _cell(row), row["n"]] for row in alerts.get("findings", {}).values()]
    shipped = alerts.get("shipped")
    notes = [f"Rests on: {ILLNESS}."]
    if shipped:
        notes.insert(
            0,
            f"In this SYNTHETIC export the planted days are known: in the {shipped['n_days']} test days "
            f"{shipped['on_planted']} "
            f"alerts rang on the {shipped['n_planted']} planted days and {shipped['on_others']} on others.",
        )
    return {
        "title": "How often it rings for nothing",
        "answer": "Promised by the rule, and measured: if the two differ much, do not trust the promise.",
        "tables": [{"columns": ["What", "How often", {"name": "n", "unit": "count"}], "rows": rows}]
        if rows
        else [],
        "notes": notes,
    }


def _cell(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"not estimable: {row['reason']}"
    share = "spells" in row["label"] and "seen" in row["label"]
    scale, unit, digits = (100, " %", 0) if share else (1, "", 2)
    text = f"{scale * row['value']:.{digits}f}{unit}"
    if row["low"] is None:
        return text
    return f"{text} ({scale * row['low']:.{digits}f} to {scale * row['high']:.{digits}f})"


def next_week(report: Report) -> list[dict[str, Any]]:
    """Whether next week's resting heart rate can be foreseen; nothing on this page rests on it."""
    gain = figure(report, "mase_gain_over_naive")
    if gain is None:
        return []
    ends = "" if gain["low"] is None else f", {gain['low']:+.2f} to {gain['high']:+.2f}"
    better, worse = ends and gain["low"] > 0, ends and gain["high"] < 0
    shown = "better" if better else "worse" if worse else "not shown to be better"
    return [
        {
            "title": "Whether next week can be foreseen",
            "answer": (
                f"A forecast of next week's resting heart rate is {shown} than saying that last week repeats "
                f"itself (error {gain['value']:+.2f} smaller{ends}, in units of its day-to-day change)."
            ),
            "notes": [
                "No alert and no point of the score rests on that forecast; it stands in the audit report."
            ],
        }
    ]
