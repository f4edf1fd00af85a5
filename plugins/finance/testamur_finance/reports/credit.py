"""The lender's page: who is approved, at which cost, why not, and whether it could be done otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_finance.reports.credit_alternatives import (
    NOT_A_CLAIM,
    alternative_sentence,
    alternatives_section,
)
from testamur_finance.reports.credit_decisions import approval_section, cost_section
from testamur_finance.reports.credit_reasons import reasons_section, recourse_section
from testamur_finance.reports.credit_words import ends, row_of, widest
from testamur_finance.reports.drawable import drawable
from testamur_finance.reports.words import chance, percent

Evidence = Mapping[str, Any]


def make_credit(report: Report, evidence: Evidence) -> dict[str, Any]:
    """Content of the page from the evidence of the five checks of credit; what is absent is left out."""
    cost = evidence.get("finance_cost.json")
    approval = evidence.get("finance_approval.json")
    other = evidence.get("finance_alternatives.json")
    reasons = evidence.get("finance_reasons.json")
    recourse = evidence.get("finance_recourse.json")
    drawn = (
        (cost_section, cost),
        (approval_section, approval),
        (alternatives_section, other),
        (reasons_section, reasons),
        (recourse_section, recourse),
    )
    return {
        "notice": f"{NOT_A_CLAIM} Policy: {report.policy.title} ({report.policy.jurisdiction}).",
        "answer": _answer(report.data.event, cost, approval, other, reasons),
        "tiles": _tiles(cost, approval, reasons, recourse),
        "sections": drawable([draw(tree) for draw, tree in drawn if tree]),
        "advice": _advice(approval, other, reasons),
        "unknown": [
            "How those who were never granted a credit would have paid.",
            "Whether an applicant's figures are right: the model takes them as they stand.",
            *(["Groups of fewer people than the policy's minimum: their rates are left out."]),
        ],
    }


def _answer(event: str, cost: Any, approval: Any, other: Any, reasons: Any) -> list[str]:
    said = []
    if cost:
        refusing = row_of(cost["rows"], "saving_over_refusing_all")
        shown = refusing is not None and refusing["low"] is not None and refusing["low"] > 0
        said.append(
            f"{percent(cost['approval'], 0)} of {cost['n']:,} test applicants are approved, where approving "
            f"one who '{event}' counts as much as {cost['miss']:.3g} wrong refusals. Deciding so "
            + ("costs less than" if shown else "is not shown to cost less than")
            + " refusing everyone."
        )
    lowest = widest(approval)
    if lowest:
        ratio = lowest["ratio"]
        said.append(
            f"By {lowest['label']}, applicants of the group '{ratio['group']}' are approved "
            f"{ratio['value']:.2f} times as often as {ratio['reference']} ({ends(ratio)}; "
            f"{chance(ratio['p_value'])})."
        )
    if other:
        said.append(alternative_sentence(other))
    if reasons:
        overlap = row_of(reasons["stability"], "reason_overlap")
        if overlap and overlap["value"] is not None:
            said.append(
                "Given another sample of the same applicants, a refused applicant's four reasons would "
                f"overlap by {percent(overlap['value'], 0)} on average."
            )
    return said


def _tiles(cost: Any, approval: Any, reasons: Any, recourse: Any) -> list[dict[str, Any]]:
    tiles: list[dict[str, Any]] = []
    if cost:
        tiles.append({"label": "Approved", "value": cost["approval"], "unit": "share", "note": cost["rule"]})
    lowest = widest(approval)
    if lowest:
        tiles.append(
            {
                "label": f"Lowest over highest approval, {lowest['label']}",
                "words": f"{lowest['ratio']['value']:.2f}",
                "note": f"{ends(lowest['ratio'])}; 0.80 is a screen, no legal test",
            }
        )
    first = row_of(reasons["stability"], "same_first_reason") if reasons else None
    if first and first["value"] is not None:
        tiles.append(
            {
                "label": "Same main reason again",
                "value": first["value"],
                "low": first["low"],
                "high": first["high"],
                "unit": "share",
                "note": f"over {reasons['n_refits']} refits",
            }
        )
    if recourse:
        top = recourse["changed"][0]["label"] if recourse["changed"] else "nothing"
        tiles.append(
            {
                "label": "Change that turns most refusals",
                "words": top,
                "note": f"{recourse['n_searched']} of {recourse['n_refused']} refused were searched for",
            }
        )
    return tiles


def _advice(approval: Any, other: Any, reasons: Any) -> list[dict[str, Any]]:
    advice = []
    if other and other["chosen"]:
        advice.append(
            {
                "text": (
                    f"Have the alternative '{other['chosen']['words']}' judged by people before it is used"
                ),
                "why": "It looked more alike at about the same cost in cross-validation; see what the test "
                "applicants say of it.",
                "source": (
                    "E. Black et al.: Less discriminatory algorithms, Washington University Law Review (2024)"
                ),
            }
        )
    lowest = widest(approval)
    if lowest and lowest["ratio"]["low"] is not None and lowest["ratio"]["low"] < 0.8:
        advice.append(
            {
                "text": f"Collect more decisions before saying anything about {lowest['label']}",
                "why": f"The ratio of approval rates may be anything from {ends(lowest['ratio'])}.",
                "source": "29 CFR 1607.4(D), as a screen",
                "url": "https://www.ecfr.gov/current/title-29/section-1607.4",
            }
        )
    if reasons and reasons["n_refits"]:
        advice.append(
            {
                "text": "Name in a letter only reasons that stand in most refits",
                "why": (
                    "A reason that changes with the draw of the training rows explains the draw, not the "
                    "refusal."
                ),
                "source": "12 CFR 1002.9(b)(2), official interpretation",
                "url": "https://www.consumerfinance.gov/rules-policy/regulations/1002/9/",
            }
        )
    return advice
