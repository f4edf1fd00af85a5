"""Sections of the lender's page: why people are refused, and what they could change."""

from __future__ import annotations

from typing import Any

from testamur_finance.reports.credit_words import kept_words, row_of
from testamur_finance.reports.words import between, percent


def reasons_section(reasons: Any) -> dict[str, Any]:
    """How often each reason is given, and whether it would be again."""
    shown = [row for row in reasons["reasons"] if row["n"] is not None]
    hidden = len(reasons["reasons"]) - len(shown)
    stability = [
        {"label": row["label"], "value": row["value"], "low": row["low"], "high": row["high"]}
        for row in reasons["stability"]
        if row["measure"] != "refused" and row["value"] is not None
    ]
    figures: list[dict[str, Any]] = [
        {
            "kind": "bars",
            "title": "Reasons given",
            "unit": "count",
            "rows": [
                {"label": row["label"], "value": row["n"], "words": kept_words(row)} for row in shown[:12]
            ],
            "caption": (
                f"How many of {reasons['n_refused']:,} refused applicants are given each reason, at most "
                f"{reasons['most']} each; and how often it would be given again."
            ),
        }
    ]
    if stability:
        figures.append(
            {
                "kind": "intervals",
                "title": "Would the reasons be the same again?",
                "unit": "share",
                "rows": stability,
                "caption": (
                    f"{reasons['n_refits']} scorecards fitted to bootstrap samples of the same applicants."
                ),
            }
        )
    first = row_of(reasons["stability"], "same_first_reason")
    return {
        "title": "Why are people refused?",
        "answer": (
            f"The main reason stays the same in {percent(first['value'], 0)} of refits "
            f"({between(first['low'], first['high'], 0)}); the others are less steady."
            if first and first["value"] is not None
            else "Whether the reasons would be the same again could not be measured for this model."
        ),
        "figures": figures,
        "notes": [
            f"{reasons['method']}; compared with approved applicants nearest to the line.",
            "A creditor in the United States owes specific reasons whatever the model (12 CFR 1002.9; CFPB "
            "Circulars 2022-03, 2023-03); more than four are not likely to help. The texts are a proposal, "
            "not a form.",
            *_hidden_words(hidden, reasons["minimum"]),
        ],
    }


def _hidden_words(hidden: int, minimum: int) -> list[str]:
    return [f"{hidden} more reasons were given to fewer than {minimum} people each."] if hidden else []


def recourse_section(recourse: Any) -> dict[str, Any]:
    """What the cheapest way to an approval changes."""
    shown = [row for row in recourse["changed"] if row["n"] is not None]
    return {
        "title": "What could a refused applicant change?",
        "answer": (
            f"Searched for {recourse['n_searched']:,} of {recourse['n_refused']:,} refused applicants, with "
            f"at most {recourse['most_changes']} changes of what is theirs to change."
        ),
        "figures": [
            {
                "kind": "bars",
                "title": "What the cheapest way changes",
                "unit": "count",
                "rows": [{"label": row["label"], "value": row["n"]} for row in shown],
            }
        ]
        if shown
        else [],
        "notes": [
            "It says what the model would answer, never what the applicant would then do or whether he "
            "would pay.",
            f"Held fixed: {', '.join(recourse['fixed'])}."
            if recourse["fixed"]
            else "Nothing was held fixed.",
        ],
    }
