"""The marketer's page: where the money is, which segments are real; and single customers, apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_retail.insight.numbers import amount, amount_range, percent, several, share_range

Tree = Mapping[str, Any]
STANDING = {
    "stable": "found again",
    "doubtful": "doubtful: found again only in part",
    "unstable": "unstable: do not build on it",
}


def show_customers(report: Report, evidence: Tree) -> dict[str, Any]:
    """Content of the marketer's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    value, segments = evidence.get("customer_value.json"), evidence.get("segments.json")
    if value is None:
        reason = next(
            (f.reason for f in report.findings if f.check == "retail.customer_value" and f.reason), ""
        )
        return {"answer": f"The money was not examined: {reason or 'the audit report says why'}."}
    return {
        "answer": _answer(value),
        "tiles": _tiles(value),
        "sections": [
            _money(value),
            *([_segments(segments)] if segments else []),
            _offers(report, evidence.get("offers.json")),
        ],
        "unknown": _unknown(value, report),
    }


def show_people(_report: Report, evidence: Tree) -> dict[str, Any]:
    """Content of the restricted page: customers one by one.

    Args:
        evidence: Evidence by file name, the restricted too.
    """
    tree = evidence.get("customers.json")
    if tree is None:
        return {"answer": "No customer was listed; the audit report says why."}
    return {
        "notice": "Nobody is to be refused anything because of this page.",
        "answer": (
            f"Of {tree['n']:,} customers, those with most money at stake: what a customer who buys is "
            "expected to "
            "spend, times the chance of silence."
        ),
        "sections": [
            {
                "title": "Whom to look at first",
                "tables": [
                    {
                        "columns": [
                            "Customer",
                            {"name": "Chance of silence", "unit": "share"},
                            {
                                "name": "Expected spend, 13 weeks (80 % of customers like this)",
                                "unit": "number",
                            },
                            {"name": "BG/NBD", "unit": "number"},
                            "Known",
                            "What moves the model's answer",
                        ],
                        "rows": [_person(person) for person in tree["people"]],
                    }
                ],
                "notes": [
                    f"Reasons for the first {tree['explained']}: Shapley values against "
                    f"{tree['reference']} training "
                    "rows, ± two standard errors. They tell what the model used, not what would "
                    "change a customer."
                ],
            }
        ],
        "unknown": ["Whether a letter would change anything: nobody was written to at random."],
    }


def _person(person: Tree) -> list[Any]:
    reasons = [_moves(reason) for reason in person["reasons"]]
    return [
        person["customer"],
        person["churn"],
        {"value": person["expected"], "low": person["low"], "high": person["high"]},
        person["counting"],
        known_words(person),
        "; ".join(reasons) or "not explained",
    ]


def known_words(person: Tree) -> str:
    """Purchases of a customer in words: how many, in how long, the last one, and the money."""
    idle = person["age"] - person["recency"]
    return (
        f"{several(person['repeats'] + 1, 'purchase')} in {several(person['age'], 'week')}, the last "
        f"{_ago(idle)}, {amount(person['total_value'], 0)} in all"
    )


def _ago(weeks: float) -> str:
    return "within a week" if weeks < 1 else f"{several(weeks, 'week')} ago"


def _moves(reason: Tree) -> str:
    sign = "+" if reason["adds"] >= 0 else "−"
    return f"{reason['label']} {sign}{abs(reason['adds']):.2g} ± {2 * reason['error']:.1g}"


def _answer(value: Tree) -> list[str]:
    figures = value["figures"]
    gain = figures["top_tenth_gain_over_bg_nbd"]
    if gain["low"] is not None and gain["low"] > 0:
        beside = "clearly more than BG/NBD with Gamma-Gamma finds"
    elif gain["high"] is not None and gain["high"] < 0:
        beside = "clearly less than BG/NBD with Gamma-Gamma finds: use that, it is simpler"
    else:
        beside = "not shown to be more than BG/NBD with Gamma-Gamma finds, which needs no outcome"
    return [
        "The tenth of the customers that it ranks first brought "
        f"{share_range(figures['top_tenth_share'])} of the money of "
        f"the next thirteen weeks; {beside}.",
        f"It expects {amount_range(figures['expected_real_ratio'])} times the money that came. "
        f"{percent(value['spent']['share_none'])} of the {value['n']:,} customers bought nothing; the "
        "mean was "
        f"{amount(value['spent']['mean'])}.",
    ]


def _tiles(value: Tree) -> list[dict[str, Any]]:
    figures = value["figures"]
    return [
        {
            "label": "money in the first tenth",
            **figures["top_tenth_share"],
            "unit": "share",
            "note": f"BG/NBD: {percent(figures['top_tenth_share_counting']['value'], 1)}",
        },
        {
            "label": "more found than by the RFM score",
            **figures["top_tenth_gain_over_rfm"],
            "unit": "points",
        },
        {
            "label": "expected over real money",
            **figures["expected_real_ratio"],
            "unit": "number",
            "note": f"BG/NBD: {amount(figures['expected_real_ratio_counting']['value'])}",
        },
    ]


def _money(value: Tree) -> dict[str, Any]:
    figures = value["figures"]
    last = value["parameters"][-1]
    fitted = ", ".join(f"{name} = {last[name]:.3g}" for name in ("r", "alpha", "a", "b", "p", "q", "v"))
    return {
        "title": "Where the money is",
        "figures": [_lift(value), _course(value)],
        "tables": [
            {
                "caption": f"{value['n']:,} customers on the last snapshot",
                "columns": [
                    "Ordered by",
                    {"name": "Money in the first tenth", "unit": "share"},
                    {"name": "The model finds more by", "unit": "points"},
                    {"name": "Expected over real money", "unit": "number"},
                ],
                "rows": [
                    ["the model", figures["top_tenth_share"], "", figures["expected_real_ratio"]],
                    [
                        "BG/NBD with Gamma-Gamma",
                        figures["top_tenth_share_counting"],
                        figures["top_tenth_gain_over_bg_nbd"],
                        figures["expected_real_ratio_counting"],
                    ],
                    [
                        "RFM score",
                        figures["top_tenth_share_rfm"],
                        figures["top_tenth_gain_over_rfm"],
                        "states no money",
                    ],
                ],
            },
            {
                "folded": "Expected and real mean spend, tenth by tenth",
                "columns": [
                    "Tenth, the lowest expectation first",
                    {"name": "Customers", "unit": "count"},
                    {"name": "Model", "unit": "money"},
                    {"name": "BG/NBD", "unit": "money"},
                    {"name": "Real (95 %)", "unit": "number"},
                ],
                "rows": [
                    [str(i + 1), row["n"], row["model"], row["counting"], _around(row)]
                    for i, row in enumerate(value["tenths"])
                ],
            },
        ],
        "notes": [
            "Intervals by bootstrap over customers; differences are paired.",
            f"BG/NBD with Gamma-Gamma, fitted on the purchases up to the snapshot: {fitted}.",
        ],
    }


def _around(row: Tree) -> dict[str, float]:
    half = row["half_width"]
    return {"value": row["spent"], "low": max(row["spent"] - half, 0.0), "high": row["spent"] + half}


def _lift(value: Tree) -> dict[str, Any]:
    return {
        "kind": "lines",
        "title": "Money found among the first customers",
        "x_label": "share of the customers, the highest expectation first",
        "y_label": "share of the money",
        "percent": True,
        "x_percent": True,
        "y_min": 0,
        "series": [
            {"name": row["name"], "points": [list(p) for p in row["points"]]} for row in value["lift"]
        ],
    }


def _course(value: Tree) -> dict[str, Any]:
    names = (("real", "spent"), ("model", "model"), ("BG/NBD with Gamma-Gamma", "counting"))
    return {
        "kind": "lines",
        "title": "Expected and real spend by tenth",
        "x_label": "tenths of the customers, the lowest expectation first",
        "y_label": "mean spend",
        "y_min": 0,
        "series": [
            {"name": name, "points": [[i + 1, row[key]] for i, row in enumerate(value["tenths"])]}
            for name, key in names
        ],
    }


def _segments(tree: Tree) -> dict[str, Any]:
    shaky = sum(line["standing"] in ("doubtful", "unstable") for line in tree["segments"])
    answer = (
        f"{tree['k']} segments by recency, frequency and money: the largest number whose every segment "
        "is found again in "
        "other samples of the same customers."
        if not shaky
        else f"{several(shaky, 'segment')} of {tree['k']} would not reliably be found again: no number of "
        "segments gave only stable ones."
    )
    return {
        "title": "Which segments are real",
        "answer": answer,
        "figures": [
            {
                "kind": "intervals",
                "title": "Would each number of segments be found again?",
                "unit": "number",
                "reference": tree["limits"]["stable"],
                "reference_words": "found again",
                "rows": [
                    {
                        "label": f"{row['k']} segments",
                        "value": row["worst"],
                        "words": f"least stable {row['worst']:.2f}, whole {row['rand']:.2f}",
                    }
                    for row in tree["tried"]
                ],
                "caption": "Jaccard index of the least stable segment; whole: adjusted Rand index.",
            }
        ],
        "tables": [
            {
                "columns": [
                    "Segment",
                    {"name": "Customers", "unit": "count"},
                    "Found again (Jaccard)",
                    {"name": "Bought in the 13 weeks", "unit": "share"},
                    {"name": "Mean spend (95 %)", "unit": "number"},
                    {"name": "Of the money", "unit": "share"},
                ],
                "rows": [_segment(line) for line in tree["segments"]],
            }
        ],
        "notes": [f"Agreement of whole divisions (adjusted Rand index): {amount_range(tree['agreement'])}."],
    }


def _segment(line: Tree) -> list[Any]:
    if line["n"] is None:
        return [line["name"], None, "withheld", None, None, None]
    standing = f"{STANDING[line['standing']]} ({line['jaccard']:.2f})"
    if "spent" not in line:
        return [line["name"], line["n"], standing, None, None, None]
    return [line["name"], line["n"], standing, line["bought"], _around(line), line["share_of_money"]]


def _offers(report: Report, tree: Tree | None) -> dict[str, Any]:
    if tree is None:
        entry = next((c for c in report.coverage if c.check == "retail.offers"), None)
        why = f"{entry.status.value}, {entry.reason}" if entry is not None else "not examined"
        return {
            "title": "Who would get an offer",
            "answer": f"Not told by group: {why}.",
            "notes": ["Name a column of your own in protected, and offers are compared between its groups."],
        }
    columns = [
        "Group",
        {"name": "Customers", "unit": "count"},
        {"name": "Would get the offer", "unit": "share"},
    ]
    return {
        "title": "Who would get an offer",
        "answer": f"If the {percent(tree['offered'])} of customers with the highest expected spend got one:",
        "tables": [
            {
                "caption": f"By {attribute['attribute']}",
                "columns": columns,
                "rows": [[line["group"], line["n"], line["offered"]] for line in attribute["groups"]],
            }
            for attribute in tree["attributes"]
        ],
    }


def _unknown(value: Tree, report: Report) -> list[str]:
    within = value["figures"]["within_interval"]
    return [
        "What a single customer will spend: of the customers, "
        f"{share_range(within)} spent within their interval of 80 % or more, and it is wide.",
        "What a letter would change: nobody was written to at random, so the effect of writing is not in "
        "the data.",
        "Money beyond thirteen weeks, and margins: spend is turnover.",
        *report.data.caveats,
    ]
