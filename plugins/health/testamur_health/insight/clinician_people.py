"""Sections of the clinician's page: who is missed, what would have to differ, what else would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.figures import per_cent


def missed(report: Report, groups: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of those with the event, who is not flagged, by group."""
    rows = []
    for division in groups.get("divisions", []):
        for place, group in enumerate(division["groups"]):
            rate = group["rates"]["true_positive_rate"]
            known = rate.get("value") is not None
            row = {
                "label": group["name"],
                "value": 1 - rate["value"] if known else None,
                "low": 1 - rate["high"] if known else None,
                "high": 1 - rate["low"] if known else None,
                "n": group.get("n_events"),
            }
            if not known:
                row["reason"] = rate.get("reason") or "too few to show"
            if place == 0:
                row["heading"] = f"By {division['label']}"
            rows.append(row)
    if not rows or all(row["value"] is None for row in rows):
        return None
    known = [row for row in rows if row["value"] is not None]
    worst = max(known, key=lambda row: row["value"])
    unknown = len(rows) - len(known)
    tail = (
        f" For {unknown} groups it cannot be told: too few, or it would give another away." if unknown else ""
    )
    return {
        "title": "Who is missed",
        "answer": (
            f"Of those with the event, most are missed among {worst['label']}: {per_cent(worst['value'])} "
            f"({per_cent(worst['low'])} to {per_cent(worst['high'])}).{tail}"
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Of those with the event, not flagged",
                "unit": "share",
                "rows": rows,
                "caption": "Joint intervals; n is the number with the event.",
            }
        ],
    }


def changed(changes: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """For how many flagged people something changeable leads below the threshold."""
    if not changes or not changes["n_searched"]:
        return None
    n, found = changes["n_searched"], changes["n_found"]
    features = ", ".join(f"{row['label']} ({row['n']})" for row in changes["features"][:5])
    return {
        "title": "What would have to differ",
        "answer": (
            f"Of {n} flagged people that were looked at, {found} would be below the threshold if up to "
            "two things that a "
            f"person can change differed; for {n - found} nothing of the kind leads there."
        ),
        "notes": [
            f"Changed in the nearest way: {features}."
            if features
            else "No changeable feature led below the threshold.",
            "It says what the model would answer, never what would happen: lowering a figure need not "
            "lower a risk.",
            f"Held fixed: {', '.join(changes['fixed'][:12])} and others.",
        ],
    }


def against(report: Report) -> dict[str, Any] | None:
    """How much better it sorts than each baseline, the least gain first said."""
    found = [
        {
            "label": f"than {f.measure.removeprefix('auc_gain_over_').replace('_', ' ')}",
            "value": f.value,
            "low": f.low,
            "high": f.high,
        }
        for f in report.findings
        if f.measure.startswith("auc_gain_over_") and f.value is not None and not f.attribute
    ]
    if not found:
        return None
    least = min(found, key=lambda row: row["value"] or 0.0)
    shown = "is" if (least["low"] or 0.0) > 0 else "is not shown to be"
    ends = "" if least["low"] is None else f", {least['low']:+.3f} to {least['high']:+.3f}"
    return {
        "title": "Whether a simpler model would do",
        "answer": f"It {shown} better {least['label']} (AUC {least['value']:+.3f}{ends}).",
        "figures": [
            {
                "kind": "intervals",
                "title": "How much better it sorts (AUC)",
                "unit": "number",
                "reference": 0,
                "reference_words": "no better",
                "rows": found,
            }
        ],
    }
