"""The lender's page: who is approved, at which cost, why not, and whether it could be done otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_finance.reports.words import between, chance, percent, signed

Evidence = Mapping[str, Any]
NOT_A_CLAIM = "Nothing on this page shows that a law is complied with."


def make_credit(report: Report, evidence: Evidence) -> dict[str, Any]:
    """Content of the page from the evidence of the five checks of credit; what is absent is left out."""
    cost = evidence.get("finance_cost.json")
    approval = evidence.get("finance_approval.json")
    other = evidence.get("finance_alternatives.json")
    reasons = evidence.get("finance_reasons.json")
    recourse = evidence.get("finance_recourse.json")
    drawn = (
        (_cost, cost),
        (_approval, approval),
        (_alternatives, other),
        (_reasons, reasons),
        (_recourse, recourse),
    )
    return {
        "notice": f"{NOT_A_CLAIM} Policy: {report.policy.title} ({report.policy.jurisdiction}).",
        "answer": _answer(cost, approval, other, reasons),
        "tiles": _tiles(cost, approval, reasons, recourse),
        "sections": [draw(tree) for draw, tree in drawn if tree],
        "advice": _advice(approval, other, reasons),
        "unknown": [
            "How those who were never granted a credit would have paid.",
            "Whether an applicant's figures are right: the model takes them as they stand.",
            *(["Groups of fewer people than the policy's minimum: their rates are left out."]),
        ],
    }


def _answer(cost: Any, approval: Any, other: Any, reasons: Any) -> list[str]:
    said = []
    if cost:
        refusing = _row(cost["rows"], "saving_over_refusing_all")
        shown = refusing is not None and refusing["low"] is not None and refusing["low"] > 0
        said.append(
            f"{percent(cost['approval'], 0)} of {cost['n']:,} test applicants are approved. A bad credit "
            f"counts {cost['miss']:.3g} refused good ones; deciding so "
            + ("saves" if shown else "is not shown to save")
            + " anything against refusing everyone."
        )
    widest = _widest(approval)
    if widest:
        ratio = widest["ratio"]
        said.append(
            f"By {widest['label']}, {ratio['group']} applicants are approved {ratio['value']:.2f} times as "
            f"often as {ratio['reference']} ({_ends(ratio)}; {chance(ratio['p_value'])})."
        )
    if other:
        said.append(_alternative_sentence(other))
    if reasons:
        overlap = _measure(reasons["stability"], "reason_overlap")
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
    widest = _widest(approval)
    if widest:
        tiles.append(
            {
                "label": f"Lowest over highest approval, {widest['label']}",
                "words": f"{widest['ratio']['value']:.2f}",
                "note": f"{_ends(widest['ratio'])}; 0.80 is a screen, no legal test",
            }
        )
    first = _measure(reasons["stability"], "same_first_reason") if reasons else None
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


def _cost(cost: Any) -> dict[str, Any]:
    rows = [
        {"label": row["name"], "value": row["value"], "low": row["low"], "high": row["high"]}
        for row in cost["rows"]
        if row["measure"] != "cost_per_decision"
    ]
    own = _row(cost["rows"], "cost_per_decision")
    return {
        "title": "What do its decisions cost?",
        "answer": (
            f"{own['value']:.2f} per decision ({own['low']:.2f} to {own['high']:.2f}), in units of one "
            "refused good credit."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Saved per decision",
                "rows": rows,
                "reference": 0.0,
                "reference_words": "no saving",
                "caption": (
                    f"A bad credit costs {cost['miss']:.3g}, a refused good one 1 (threshold "
                    f"{cost['rule']}). Paired bootstrap over {cost['n']:,} test applicants, joint over the "
                    "rows."
                ),
            }
        ],
    }


def _approval(approval: Any) -> dict[str, Any]:
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
            f"{attribute['ratio']['value']:.2f} ({_ends(attribute['ratio'])})",
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


def _alternatives(other: Any) -> dict[str, Any]:
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
        "answer": _alternative_sentence(other),
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
        [row["label"], _joint(row, 100, " points", 1)]
        if row["measure"] == "approval_gap_change"
        else [row["label"], _joint(row, 1, "", 3)]
        for row in other["test"]
        if row["value"] is not None
    ]
    settings = other["chosen"]
    options = ", ".join(f"{k} = {v}" for k, v in settings["model"]["options"].items())
    return {
        "caption": (
            f"The proposed one ({settings['words']}) on {other['n_test']:,} test applicants, asked once"
        ),
        "columns": ["measure", "difference, with a joint 95 % interval"],
        "rows": [*rows, ["settings", f"threshold = {settings['threshold']}, {options}"]],
    }


def _joint(row: Any, factor: float, unit: str, digits: int) -> str:
    value, low, high = (signed(factor * row[name], digits) for name in ("value", "low", "high"))
    return f"{value}{unit} ({low} to {high})"


def _alternative_sentence(other: Any) -> str:
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
        f"cross-validation; on test applicants it changes it by {_joint(gap, 100, ' points', 1)}, which "
        + ("confirms it." if confirmed else "does not confirm it.")
    )


def _reasons(reasons: Any) -> dict[str, Any]:
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
                {"label": row["label"], "value": row["n"], "words": _kept_words(row)} for row in shown[:12]
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
    first = _measure(reasons["stability"], "same_first_reason")
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


def _recourse(recourse: Any) -> dict[str, Any]:
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
    widest = _widest(approval)
    if widest and widest["ratio"]["low"] is not None and widest["ratio"]["low"] < 0.8:
        advice.append(
            {
                "text": f"Collect more decisions before saying anything about {widest['label']}",
                "why": f"The ratio of approval rates may be anything from {_ends(widest['ratio'])}.",
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


def _widest(approval: Any) -> Any:
    if not approval:
        return None
    known = [a for a in approval["attributes"] if a["ratio"] and a["ratio"]["value"] is not None]
    return min(known, key=lambda a: a["ratio"]["value"], default=None)


def _ends(row: Any) -> str:
    if row["low"] is None or row["high"] is None:
        return "no interval"
    return f"{row['low']:.2f} to {row['high']:.2f}"


def _kept_words(row: Any) -> str:
    again = "" if row["kept"] is None else f", again in {percent(row['kept'], 0)}"
    return f"{row['n']}{again}"


def _row(rows: list[Any], measure: str) -> Any:
    return next((row for row in rows if row["measure"] == measure), None)


_measure = _row
