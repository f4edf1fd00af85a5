"""Section of the lender's page: whether people could be treated more alike."""

from __future__ import annotations

from typing import Any

from testamur_finance.reports.credit_words import joint
from testamur_finance.reports.words import percent

NOT_A_CLAIM = "Nothing on this page shows that a law is complied with."


def alternatives_section(other: Any) -> dict[str, Any]:
    """Every candidate by cost and gap, the frontier, and what the test rows said of the proposed one."""
    base = other["candidates"][0]
    marks: list[dict[str, Any]] = [
        {"x": c["cost"], "y": c["gap"]} for c in other["candidates"][1:] if not c["chosen"]
    ]
    marks.append({"x": base["cost"], "y": base["gap"], "low": base["gap"], "high": base["gap"],
                  "words": "the job's recipe"})  # fmt: skip
    chosen = next((c for c in other["candidates"] if c["chosen"]), None)
    if chosen:
        marks.append({"x": chosen["cost"], "y": chosen["gap"], "low": chosen["gap"], "high": chosen["gap"],
                      "words": "proposed"})  # fmt: skip
    edge = sorted((c["cost"], c["gap"]) for c in other["candidates"] if c["frontier"])
    tables = [
        {
            "columns": ["recipe", "threshold", "cost", {"name": "gap", "unit": "share"},
                        {"name": "approved", "unit": "share"}],
            "rows": [
                [c["words"], c["rule"], f"{c['cost']:.3f}", c["gap"], c["approval"]]
                for c in sorted(other["candidates"], key=lambda c: (c["gap"], c["cost"]))
                if c["frontier"] or c["chosen"] or c is base
            ],
            "folded": "Candidates on the frontier",
        }
    ]  # fmt: skip
    if other["chosen"]:
        tables.insert(0, _confirmed(other))
    return {
        "title": f"Could it treat people more alike by {other['attribute']}?",
        "answer": alternative_sentence(other),
        "figures": [
            {
                "kind": "lines",
                "title": "Cost and gap of every candidate",
                "wide": True,
                "x_label": "mean cost of a decision, cross-validated",
                "y_label": "approval gap",
                "percent": True,
                "y_min": 0.0,
                "series": [{"name": "frontier: nothing costs less and is more alike", "points": edge}]
                if len(edge) > 1
                else [],
                "marks": marks,
                "desc": (
                    f"{len(other['candidates'])} candidates; the recipe costs {base['cost']:.3f} with a gap "
                    f"of {percent(base['gap'])}."
                ),
                "caption": (
                    "Recipes that leave out features, weight the groups, or are penalised otherwise, at "
                    f"two thresholds; 5-fold cross-validation on {other['n_rows']:,} applicants. The best "
                    "of many looks better here than it is."
                ),
            }
        ],
        "tables": tables,
        "notes": [
            "A candidate is proposed that costs at most 1 % more and has the smallest gap; test applicants "
            "are asked about it once.",
            NOT_A_CLAIM,
        ],
    }


def _confirmed(other: Any) -> dict[str, Any]:
    rows = [
        [row["label"], joint(row, 100, " points", 1)]
        if row["measure"] == "approval_gap_change"
        else [row["label"], joint(row, 1, "", 3)]
        for row in other["test"]
        if row["value"] is not None
    ]
    settings = other["chosen"]
    options = ", ".join(f"{k} = {v}" for k, v in settings["model"]["options"].items())
    return {
        "caption": (
            f"The proposed one ({settings['words']}) on {other['n_test']:,} test applicants, asked once"
        ),
        "columns": ["measure", "difference, with a joint interval"],
        "rows": [*rows, ["settings", f"threshold = {settings['threshold']}, {options}"]],
    }


def alternative_sentence(other: Any) -> str:
    """What the search found, in one sentence."""
    n = len(other["candidates"])
    if not other["chosen"]:
        return (
            f"Of {n} candidates none treats the groups more alike by a point of approval or more at about "
            "the same cost; that is what this search found, not that there is none."
        )
    gap = next((row for row in other["test"] if row["measure"] == "approval_gap_change"), None)
    if gap is None or gap["value"] is None or gap["high"] is None:
        return f"Of {n} candidates one is proposed; the test applicants could not judge it."
    confirmed = gap["high"] < 0
    base, chosen = other["candidates"][0], next(c for c in other["candidates"] if c["chosen"])
    return (
        f"Of {n} candidates, '{other['chosen']['words']}' narrows the approval gap by {other['attribute']} "
        f"from {percent(base['gap'])} to {percent(chosen['gap'])} at about the same cost in "
        f"cross-validation; on test applicants it changes it by {joint(gap, 100, ' points', 1)}, which "
        + ("confirms it." if confirmed else "does not confirm it.")
    )
