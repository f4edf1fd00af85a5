"""Sections of the lender's page: what decisions cost, and who is approved."""

from __future__ import annotations

from typing import Any

from testamur_finance.reports.credit_words import ends, row_of
from testamur_finance.reports.words import chance


def cost_section(cost: Any) -> dict[str, Any]:
    """What the decisions cost, and what they save against simple ways to decide."""
    rows = [
        {"label": row["name"], "value": row["value"], "low": row["low"], "high": row["high"]}
        for row in cost["rows"]
        if row["measure"] != "cost_per_decision"
    ]
    own = row_of(cost["rows"], "cost_per_decision")
    return {
        "title": "What do its decisions cost?",
        "answer": (
            f"{own['value']:.2f} per decision ({own['low']:.2f} to {own['high']:.2f}), in units of one "
            "wrong refusal."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Saved per decision",
                "rows": rows,
                "reference": 0.0,
                "reference_words": "no saving",
                "caption": (
                    f"A wrong approval costs {cost['miss']:.3g}, a wrong refusal 1 (threshold "
                    f"{cost['rule']}). Paired bootstrap over {cost['n']:,} test applicants, joint over the "
                    "rows."
                ),
            }
        ],
    }


def approval_section(approval: Any) -> dict[str, Any]:
    """Approval rates of every group, and their ratios."""
    rows = []
    for attribute in approval["attributes"]:
        for i, group in enumerate(attribute["groups"]):
            rows.append(
                {
                    "heading": attribute["label"] if i == 0 else "",
                    "label": group["group"],
                    "value": group["value"],
                    "low": group["low"],
                    "high": group["high"],
                    "reason": group["reason"],
                    "n": group["n"] if group["value"] is not None else None,
                }
            )
    ratios = [
        [
            attribute["label"],
            f"{attribute['ratio']['group']} over {attribute['ratio']['reference']}",
            f"{attribute['ratio']['value']:.2f} ({ends(attribute['ratio'])})",
            chance(attribute["ratio"]["p_value"]),
        ]
        for attribute in approval["attributes"]
        if attribute["ratio"] and attribute["ratio"]["value"] is not None
    ]
    return {
        "title": "Who is approved?",
        "answer": _approval_answer(approval),
        "figures": [
            {
                "kind": "intervals",
                "title": "Approval by group",
                "unit": "share",
                "rows": rows,
                "caption": (
                    "Wilson intervals, joint within each attribute. Protected attributes are not seen by "
                    "the model; what goes with them is."
                ),
            }
        ],
        "tables": [
            {
                "columns": ["attribute", "groups", "ratio of approval rates", "exact test"],
                "rows": ratios,
                "note": (
                    "0.80 is the screen of 29 CFR 1607.4(D) for employment, no legal test of lending. "
                    "Interval: MOVER-R; p: Fisher, Bonferroni over pairs."
                ),
            }
        ]
        if ratios
        else [],
    }


def _approval_answer(approval: Any) -> str:
    below = [
        a["label"]
        for a in approval["attributes"]
        if a["ratio"] and a["ratio"]["high"] is not None and a["ratio"]["high"] < 0.8
    ]
    unsure = [
        a["label"]
        for a in approval["attributes"]
        if a["ratio"]
        and a["ratio"]["value"] is not None
        and a["ratio"]["low"] < 0.8
        and a["label"] not in below
    ]
    if below:
        return f"By {', '.join(below)} the whole interval lies below the screen of 0.80."
    if unsure:
        return f"By {', '.join(unsure)} a ratio below 0.80 cannot be ruled out with this many applicants."
    return "No ratio below the screen of 0.80 is compatible with these applicants."
