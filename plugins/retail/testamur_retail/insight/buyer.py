"""The buyer's page: what to order, what it is expected to cost, and whether held-out days speak for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_retail.insight.numbers import amount, percent, several, share_range

Tree = Mapping[str, Any]
MOST_LINES = 60
MOST_FANS = 6
TERMS = {
    "review": "between two looks at the stock",
    "lead": "from an order to its arrival",
    "holding": "cost of one unit in stock for one {step}",
    "shortage": "cost of one unit asked for and not there",
    "order": "cost of one order",
    "leftover": "loss on a unit left at the end of its only season",
}
VERDICTS = {
    "plan": "The plan is what the held-out days speak for.",
    "rival": (
        "The held-out days do not speak for the plan: ordering last season's sales with a safety stock was "
        "not shown to be dearer. Keep to that simpler rule until more days are in."
    ),
    "learned": (
        "The learned policy cost less than the plan and than the simpler rule, each with an interval clear "
        "of 0; it is what the held-out days speak for."
    ),
}


def show_plan(report: Report, evidence: Tree) -> dict[str, Any]:
    """Content of the buyer's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    tree = evidence.get("reorder.json")
    if tree is None:
        reason = next((f.reason for f in report.findings if f.check == "retail.reorder" and f.reason), "")
        return {"answer": f"There is no plan: {reason or 'it was not tried; the audit report says why'}."}
    return {
        "answer": _answer(tree["trial"]),
        "tiles": _tiles(tree),
        "sections": [*plan_sections(tree), *_trial(tree), _terms(tree)],
        "unknown": [*unknown_of(tree), *report.data.caveats],
    }


def plan_sections(tree: Tree) -> list[dict[str, Any]]:
    """What to order, and what is expected.

    Args:
        tree: The evidence, or what new data were made into.
    """
    return [_plan(tree), _ahead(tree)]


def unknown_of(tree: Tree) -> list[str]:
    """What no plan made from sales knows."""
    assumed = [TERMS[name].format(step=tree["step"]) for name in TERMS if name in tree["defaults"]]
    found = [
        "What customers asked for and did not get: sales are taken for demand, and a shop that was sold out "
        "looks as if nobody had come.",
        "What is in stock and under way today: the table says up to where to order, not how much is missing.",
        "Late or short deliveries, minimum lots, discounts for quantity, shelf space: the lead time is "
        "taken as fixed.",
        "Promotions, prices and holidays to come: the forecast knows past sales alone.",
    ]
    if assumed:
        found.insert(
            0, f"Your costs and times: {', '.join(assumed)} are assumptions where none were declared."
        )
    return found


def _answer(trial: Tree) -> list[str]:
    if "reason" in trial:
        return [f"The plan could not be tried on held-out days: {trial['reason']}."]
    saved = trial["saved"]
    word, size = "saved", saved
    if saved["value"] < 0:
        word = "cost more by"
        size = {"value": -saved["value"], "low": _minus(saved["high"]), "high": _minus(saved["low"])}
    return [
        f"On {several(trial['n_reviews'], 'review period')} that the model had not seen, ordering by "
        f"the plan {word} "
        f"{share_range(size)} against ordering last season's sales with a safety stock.",
        VERDICTS[trial["recommended"]],
    ]


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _tiles(tree: Tree) -> list[dict[str, Any]]:
    trial = tree["trial"]
    if "reason" in trial:
        return []
    plan, rival = (_account(trial, name) for name in ("plan", "rival"))
    return [
        {"label": "cost saved", **trial["saved"], "unit": "share", "note": "against the simpler rule"},
        {
            "label": "demand served by the plan",
            **plan["fill"],
            "unit": "share",
            "note": f"the simpler rule: {percent(rival['fill']['value'], 1)}",
        },
        {
            "label": "demand within the order level",
            **trial["covered"],
            "unit": "share",
            "note": f"{percent(tree['critical_ratio'], 1)} was the aim",
        },
    ]


def _account(trial: Tree, policy: str) -> Tree:
    return next(account for account in trial["accounts"] if account["policy"] == policy)


def _plan(tree: Tree) -> dict[str, Any]:
    lines = tree["plan"]["lines"]
    n_left_out = tree["plan"]["n_left_out"] + max(len(lines) - MOST_LINES, 0)
    step, steps = tree["step"], tree["terms"]["review"] + tree["terms"]["lead"]
    return {
        "title": "What to order",
        "answer": (
            "At each look at the stock: where stock and orders under way have fallen to s or below, order "
            "up to S."
        ),
        "tables": [
            {
                "caption": "Largest expected cost first; expected: by the forecast itself, not measured.",
                "columns": [
                    "Series",
                    {"name": f"Expected demand, {several(steps, step)} (80 %)", "unit": "number"},
                    {"name": "Order at or below s", "unit": "count"},
                    {"name": "Order up to S", "unit": "count"},
                    {"name": "Chance of no lack", "unit": "share"},
                    {"name": "Expected cost a period", "unit": "money"},
                    {"name": "If it could not be kept", "unit": "count"},
                ],
                "rows": [
                    [
                        line["series"],
                        {"value": line["demand"], "low": line["demand_low"], "high": line["demand_high"]},
                        line["reorder"],
                        line["up_to"],
                        line["no_lack"],
                        line["cost"],
                        line["newsvendor"],
                    ]
                    for line in lines[:MOST_LINES]
                ],
                "note": f"{n_left_out:,} further series are left out here." if n_left_out else "",
            }
        ],
        "notes": [
            f"s: demand over the {several(steps, step)} until the delivery after the next look stays "
            "within it with a "
            f"chance of {percent(tree['critical_ratio'], 1)}, where holding and lost sales cost least "
            "together. S "
            "lies above it where an order is dear enough to be made less often.",
            "Last column: what to have ready for one review period if all that is left then were lost (the "
            f"newsvendor's order, chance {percent(tree['newsvendor_ratio'])}).",
        ],
    }


def _ahead(tree: Tree) -> dict[str, Any]:
    drawn = [line for line in tree["plan"]["lines"][:MOST_FANS] if "fan" in line]
    section: dict[str, Any] = {
        "title": "What is expected",
        "figures": [_fan(line, tree["step"]) for line in drawn],
    }
    by_lag, step = tree["dependence"]["by_lag"], tree["step"]
    if len(by_lag) > 1:
        far = min(7, len(by_lag) - 1)
        section["notes"] = [
            f"Paths are sampled from the forecast's quantiles with the correlation measured on "
            f"{several(tree['dependence']['n'], 'validation forecast')}: neighbouring {step}s "
            f"{_signed(by_lag[1])}, "
            f"{several(far, step)} apart {_signed(by_lag[far])}. Taking {step}s for independent would "
            "make the total "
            "look surer than it is."
        ]
    return section


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _fan(line: Tree, step: str) -> dict[str, Any]:
    fan = line["fan"]
    n = len(fan["past"])
    low, high = fan["levels"]
    ahead = range(1, len(fan["middle"]) + 1)
    return {
        "kind": "lines",
        "title": line["series"],
        "x_label": f"{step}s from now",
        "y_label": f"sold a {step}",
        "y_min": 0,
        "series": [
            {"name": "so far", "points": [[i - n + 1, value] for i, value in enumerate(fan["past"])]},
            {"name": "middle", "points": [[h, value] for h, value in zip(ahead, fan["middle"], strict=True)]},
        ],
        "bands": [
            {
                "name": f"{100 * (high - low):.0f} % of single {step}s",
                "points": [[h, a, b] for h, a, b in zip(ahead, fan["low"], fan["high"], strict=True)],
            }
        ],
        "vertical": [{"x": 0.5, "words": ""}],
    }


def _trial(tree: Tree) -> list[dict[str, Any]]:
    trial = tree["trial"]
    if "reason" in trial:
        return []
    rows = [
        [
            account["title"]
            + (" (what the days speak for)" if account["policy"] == trial["recommended"] else ""),
            account["cost"],
            account["fill"],
            account["no_lack"],
            " · ".join(f"{kind} {percent(share)}" for kind, share in account["parts"].items()),
        ]
        for account in _accounts(trial)
    ]
    table = {
        "caption": f"{trial['n_series']:,} series, {several(trial['n_reviews'], 'review period')} each",
        "columns": [
            "Policy",
            {"name": "Cost of a series and period", "unit": "number"},
            {"name": "Demand served", "unit": "share"},
            {"name": "Periods without a lack", "unit": "share"},
            "Of the cost",
        ],
        "rows": rows,
    }
    return [
        {
            "title": "Was it worth it?",
            "answer": _learned(trial),
            "figures": [_compared(trial), _course(trial)],
            "tables": [table],
            "notes": [
                "The same shops run through the same held-out days under each policy; what is asked "
                "for and not "
                "there is lost. The time before a delivery could first come "
                f"({several(trial['left_out'], 'review period')}) is not counted.",
                f"Intervals: {percent(tree['level'])}, paired, drawn in blocks of four review periods; "
                "of series too, "
                "where there are ten or more.",
                "The learned policy sees stock, orders and recent sales, no forecast; it was trained on "
                "replayed training days alone (actor-critic).",
            ],
        }
    ]


def _compared(trial: Tree) -> dict[str, Any]:
    return {
        "kind": "intervals",
        "title": "Cost of a series and review period",
        "unit": "number",
        "rows": [{"label": account["title"], **account["cost"]} for account in _accounts(trial)],
    }


def _accounts(trial: Tree) -> list[Tree]:
    """Policies that are shown beside each other: the learned one only where it wins."""
    return [a for a in trial["accounts"] if a["policy"] != "learned" or trial["recommended"] == "learned"]


def _course(trial: Tree) -> dict[str, Any]:
    titles = {account["policy"]: account["title"].partition(" (")[0] for account in _accounts(trial)}
    return {
        "kind": "lines",
        "title": "Cost by review period",
        "x_label": "review period on held-out days",
        "y_label": "cost of a series",
        "y_min": 0,
        "series": [
            {
                "name": title,
                "points": [
                    [i + 1, value / trial["n_series"]] for i, value in enumerate(trial["by_review"][name])
                ],
            }
            for name, title in titles.items()
        ],
    }


def _learned(trial: Tree) -> str:
    saved = trial["learned"]
    if saved is None:
        return "The learned policy was not trained: no series has enough training days to replay."
    words = share_range(saved)
    if trial["recommended"] == "learned":
        return f"The learned policy saved {words} of the plan's cost and is recommended."
    if saved["high"] is not None and saved["high"] < 0:
        return f"A learned policy was tried and lost: it saved {words} of the plan's cost. It is not shown."
    return (
        f"A learned policy was tried and did not win: it saved {words} of the plan's cost; that is not clear "
        "of 0, or it is not clearly ahead of the simpler rule. It is not shown."
    )


def _terms(tree: Tree) -> dict[str, Any]:
    step, terms = tree["step"], tree["terms"]
    return {
        "title": "The terms it was made under",
        "tables": [
            {
                "columns": ["Term", "Value", "Where from"],
                "rows": [
                    [
                        words.format(step=step),
                        several(terms[name], step) if name in ("review", "lead") else amount(terms[name], 2),
                        "assumption: the default" if name in tree["defaults"] else "declared in the job",
                    ]
                    for name, words in TERMS.items()
                ],
            }
        ],
    }
