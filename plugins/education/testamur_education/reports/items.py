"""The page of those who set a test: which items differ between groups of equal score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_education.reports.evidence import says_what_is_missing, tree_of

ADVICE = (
    {
        "text": (
            "Have experts read every item of class C and B, without telling them which group it is harder "
            "for."
        ),
        "why": (
            "The figure says that an item differs, not that it is unjust: the difference may belong to "
            "what is "
            "measured."
        ),
        "source": "AERA, APA, NCME: Standards for Educational and Psychological Testing (2014), standard 3.6",
    },
    {
        "text": "Do not compare scores of groups before items of class C are explained or left out.",
        "why": "Such an item adds or takes points for a group at equal ability.",
        "source": "P. W. Holland, H. Wainer: Differential Item Functioning (1993)",
    },
)
UNKNOWN = (
    "Why an item differs: wording, topic, teaching or chance with many items.",
    "A shift that all items share: people are matched on the same items, so it cannot be seen.",
)


@says_what_is_missing
def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page from `dif.json`."""
    tree = tree_of(evidence, "dif.json")
    sections = [_comparison(one) for one in tree["comparisons"]]
    n_large = sum(row["class"] == "C" for one in tree["comparisons"] for row in one["items"])
    n_moderate = sum(row["class"] == "B" for one in tree["comparisons"] for row in one["items"])
    n_tests = sum(row["class"] is not None for one in tree["comparisons"] for row in one["items"])
    return {
        "answer": f"Of {n_tests} comparisons of an item between groups of equal score, {n_large} differ much "
        f"(class C) and {n_moderate} moderately (class B).",
        "tiles": [
            {"label": "class C, large", "value": n_large, "unit": "count"},
            {"label": "class B, moderate", "value": n_moderate, "unit": "count"},
            {"label": "learners", "value": tree["n_learners"], "unit": "count"},
            {"label": "items", "value": tree["n_items"], "unit": "count"},
        ],
        "sections": sections,
        "advice": list(ADVICE),
        "unknown": [*UNKNOWN, *report.data.caveats[:2]],
    }


def _comparison(one: dict[str, Any]) -> dict[str, Any]:
    known = sorted((row for row in one["items"] if row["class"]), key=lambda row: -abs(row["delta"]))
    flagged = [row for row in known if row["class"] != "A"]
    shown = [row for row in known if (row["p_holm"] or 1.0) < 0.05]
    words = (
        f"{len(flagged)} of {len(known)} items are of class B or C; {len(shown)} differ surely when all "
        f"items "
    )
    return {
        "title": f"{one['attribute']}: {one['group']} ({one['n_group']:,}) against {one['reference']} "
        f"({one['n_reference']:,})",
        "answer": words + "are tested together (Holm).",
        "figures": [
            {
                "kind": "intervals",
                "title": "Delta of the items that differ most",
                "unit": "number",
                "signed": True,
                "reference": 0.0,
                "reference_words": "no difference",
                "rows": [
                    {
                        "label": f"{row['name']} (class {row['class']})",
                        "value": row["delta"],
                        "low": row["delta"] - 1.96 * row["delta_error"],
                        "high": row["delta"] + 1.96 * row["delta_error"],
                        "n": row["n"],
                    }
                    for row in known[:10]
                ],
                "caption": (
                    f"Below 0: answered right (or yes) less often by {one['group']} than by "
                    f"{one['reference']} of the same score. Single 95 % intervals; classes of ETS."
                ),
            },
        ]
        if known
        else [],
        "tables": [
            {
                "folded": "All items, both methods",
                "columns": [
                    "item",
                    "class",
                    "delta",
                    "p (Holm)",
                    "logistic: uniform p (Holm)",
                    "logistic: slope p (Holm)",
                    "rise of R²",
                ],
                "rows": [
                    [
                        row["name"],
                        row["class"],
                        row["delta"],
                        row["p_holm"],
                        row["uniform_p_holm"],
                        row["non_uniform_p_holm"],
                        row["gain"],
                    ]
                    for row in known
                ],
                "note": (
                    "Mantel-Haenszel and logistic regression ask the same question in two ways; where they "
                    "disagree, an item's slope may differ."
                ),
            },
        ],
    }
