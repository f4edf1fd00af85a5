"""The page of a recommender: are the lists worth showing, and whom do they put out of sight?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_education.reports.evidence import finding, percent, says_what_is_missing, tree_of

ACCURACY = "core.ranking.accuracy"
NAMES = {"": "the model", "popularity": "the most popular, for everyone", "ease": "EASE (linear)"}
ADVICE = (
    {
        "text": "Show departments that the lists leave out beside them, under a heading of their own.",
        "why": "Who is not shown is not chosen, and is then shown even less.",
        "source": "A. Singh, T. Joachims: Fairness of exposure in rankings, KDD 2018",
    },
    {
        "text": "Do not use lists or scores to judge lecturers.",
        "why": "Ratings follow department, level and expectations; being listed says nothing of teaching.",
        "source": (
            "A. Boring, K. Ottoboni, P. Stark: Student evaluations of teaching, ScienceOpen Research 2016"
        ),
    },
)
UNKNOWN = (
    "What students would choose freely: most ratings are of lectures that they had to attend.",
    "Whether a student learns more with what is listed: ratings are not learning.",
    "The order of lectures within a semester: only how many semesters ago they were is known.",
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page from the evidence of the core's ranking checks."""
    tree = tree_of(evidence, "ranking.json")
    exposure = tree_of(evidence, "exposure.json")
    groups = tree_of(evidence, "group_exposure.json")["attributes"]
    hit = finding(report, ACCURACY, "hit_rate_10")
    over = finding(report, "core.ranking.coverage", "catalogue_coverage_10")
    gini = finding(report, "core.ranking.coverage", "exposure_gini_10")
    return {
        "answer": (
            f"For {percent(hit['value'])} of {tree['n']:,} students the next lecturer that they rate well "
            "is among the ten listed."
        ),
        "tiles": [
            {"label": "next choice among the ten", "unit": "share", **hit},
            {"label": "NDCG@10", **finding(report, ACCURACY, "ndcg_10")},
            {
                "label": "of all lecturers, in any list",
                "unit": "share",
                **over,
                "note": f"of {exposure['n_items']:,} lecturers",
            },
            {"label": "concentration of the lists (Gini)", **gini, "note": "0 = all alike, 1 = one alone"},
        ],
        "sections": [_beside(report), *(_shown(attribute) for attribute in groups)],
        "advice": list(ADVICE),
        "unknown": [*UNKNOWN, *report.data.caveats[:1]],
    }


def _beside(report: Report) -> dict[str, Any]:
    rows = [
        {"label": NAMES.get(f.subject, f.subject), "value": f.value, "low": f.low, "high": f.high}
        for f in report.findings
        if f.check == ACCURACY and f.measure in ("ndcg_10", "baseline_ndcg_10") and f.group is None
    ]
    gain = next(
        (f for f in report.findings if f.check == ACCURACY and f.measure == "ndcg_10_gain_over_ease"), None
    )
    if gain is None or gain.value is None:
        words = "The same students, the same held-out choices."
    elif gain.low is not None and gain.low > 0:
        words = f"The model's lists are better than those of EASE ({gain.value:+.3f} in NDCG@10)."
    else:
        words = (
            f"The model is not shown to list better than EASE ({gain.value:+.3f} in NDCG@10), a linear "
            f"model that is "
            "fitted in a second."
        )
    return {
        "title": "Are the lists worth showing?",
        "answer": words,
        "figures": [
            {
                "kind": "intervals",
                "title": "NDCG@10",
                "unit": "number",
                "rows": rows,
                "caption": "The last well-rated lecturer of each student is held out; over students.",
            }
        ]
        if any(row["value"] is not None for row in rows)
        else [],
    }


def _shown(attribute: dict[str, Any]) -> dict[str, Any]:
    known = [row for row in attribute["groups"] if row["value"] is not None]
    ordered = sorted(known, key=lambda row: row["value"])
    behind = [row["name"] for row in ordered if row["high"] is not None and row["high"] < 1]
    words = (
        f"Shown surely less often than chosen: {', '.join(behind)}."
        if behind
        else ("No group is surely shown less often than it is chosen.")
    )
    return {
        "title": f"Exposure by {attribute['label']}",
        "answer": words,
        "figures": [
            {
                "kind": "intervals",
                "title": "Share of places in the lists over share of the choices",
                "unit": "number",
                "reference": 1.0,
                "reference_words": "shown as often as chosen",
                "rows": [
                    {
                        "label": row["name"],
                        "value": row["value"],
                        "low": row["low"],
                        "high": row["high"],
                        "n": f"{row['n_items']} lecturers",
                    }
                    for row in ordered
                ],
                "caption": "Intervals hold jointly over the groups.",
            },
        ]
        if ordered
        else [],
        "tables": [
            {
                "folded": "The same as a table",
                "columns": [
                    "group",
                    "lecturers",
                    {"name": "of the choices", "unit": "share"},
                    {"name": "of the lists", "unit": "share"},
                    "ratio",
                ],
                "rows": [
                    [
                        row["name"],
                        row["n_items"],
                        row["share_chosen"],
                        row["share_shown"],
                        {"value": row["value"], "low": row["low"], "high": row["high"]},
                    ]
                    for row in ordered
                ],
            },
        ],
    }
