"""The buyer's page: what to order, what it is expected to cost, and whether held-out days speak for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_retail.insight.figures import curves, fan, intervals
from testamur_retail.insight.numbers import amount, amount_range, percent, several, share_range

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


def show_plan(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the buyer's page.

    Args:
        report: The audit report.
        evidence: Shared evidence by file name.
    """
    tree = evidence.get("reorder.json")
    if tree is None:
        reason = next((f.reason for f in report.findings if f.check == "retail.reorder" and f.reason), "")
        return {"missing": reason or "the trial of the plan was not run; the audit report says why"}
    return {
        "missing": "",
        "lead": _lead(tree),
        "terms": _terms(tree),
        "plan": _plan(tree),
        "fans": [_fan(line, tree["step"]) for line in tree["plan"]["lines"][:MOST_FANS] if "fan" in line],
        "band": _band(tree["plan"]["lines"]),
        "trial": _trial(tree),
        "dependence": _dependence(tree),
        "unknown": _unknown(tree, report),
        "step": tree["step"],
    }


def _lead(tree: Mapping[str, Any]) -> dict[str, str]:
    trial = tree["trial"]
    if "reason" in trial:
        return {"verdict": f"The plan could not be tried: {trial['reason']}.", "figures": ""}
    saved = trial["saved"]
    plan, rival = (next(a for a in trial["accounts"] if a["policy"] == name) for name in ("plan", "rival"))
    word, size = "saved", saved
    if saved["value"] < 0:
        word = "cost more by"
        size = {"value": -saved["value"], "low": _minus(saved["high"]), "high": _minus(saved["low"])}
    return {
        "verdict": VERDICTS[trial["recommended"]],
        "figures": (
            f"On {several(trial['n_reviews'], 'review period')} that the model had not seen, the plan cost "
            f"{amount(plan['cost']['value'])} per series and period, last season's sales with a safety stock "
            f"{amount(rival['cost']['value'])}: it {word} {share_range(size)}. It served "
            f"{percent(plan['fill']['value'], 1)} of "
            f"what was asked for, the other {percent(rival['fill']['value'], 1)}."
        ),
    }


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _terms(tree: Mapping[str, Any]) -> list[dict[str, str]]:
    step = tree["step"]
    return [
        {
            "words": words.format(step=step),
            "value": several(tree["terms"][name], step)
            if name in ("review", "lead")
            else f"{tree['terms'][name]:,.2f}",
            "assumed": "assumption: the plugin's default"
            if name in tree["defaults"]
            else "declared in the job",
        }
        for name, words in TERMS.items()
    ]


def _plan(tree: Mapping[str, Any]) -> dict[str, Any]:
    lines = tree["plan"]["lines"]
    n_left_out = tree["plan"]["n_left_out"] + max(len(lines) - MOST_LINES, 0)
    return {
        "lines": [
            {
                "series": line["series"],
                "demand": amount_range(
                    {"value": line["demand"], "low": line["demand_low"], "high": line["demand_high"]}, 0
                ),
                "reorder": amount(line["reorder"], 0),
                "up_to": amount(line["up_to"], 0),
                "no_lack": percent(line["no_lack"]),
                "cost": amount(line["cost"]),
                "newsvendor": amount(line["newsvendor"], 0),
            }
            for line in lines[:MOST_LINES]
        ],
        "n_left_out": n_left_out,
        "protection": tree["terms"]["review"] + tree["terms"]["lead"],
        "ratio": percent(tree["critical_ratio"], 1),
        "newsvendor_ratio": percent(tree["newsvendor_ratio"]),
    }


def _fan(line: Mapping[str, Any], step: str) -> dict[str, Any]:
    return fan(line["series"], line["fan"]["past"], line["fan"], step=step)


def _band(lines: list[Mapping[str, Any]]) -> str:
    if not lines or "fan" not in lines[0]:
        return ""
    low, high = lines[0]["fan"]["levels"]
    return f"{100 * (high - low):.0f} %"


def _trial(tree: Mapping[str, Any]) -> dict[str, Any] | None:
    trial = tree["trial"]
    if "reason" in trial:
        return None
    rows = [
        {
            "title": account["title"],
            "chosen": account["policy"] == trial["recommended"],
            "cost": amount_range(account["cost"]),
            "fill": share_range(account["fill"], 1),
            "no_lack": share_range(account["no_lack"]),
            "parts": " · ".join(f"{kind} {percent(share)}" for kind, share in account["parts"].items()),
        }
        for account in trial["accounts"]
    ]
    titles = {account["policy"]: account["title"].partition(" (")[0] for account in trial["accounts"]}
    n_series = trial["n_series"]
    course = curves(
        "Cost by review period",
        [
            (titles[name], [(i + 1.0, value / n_series) for i, value in enumerate(values)])
            for name, values in ((n, trial["by_review"][n]) for n in titles)
        ],
        x_label="review period on held-out days",
        y_label="cost per series",
    )
    compared = intervals(
        "Cost per series and review period",
        [{"label": a["title"], **a["cost"], "words": amount_range(a["cost"])} for a in trial["accounts"]],
    )
    return {
        "rows": rows,
        "figures": [compared, course],
        "n_series": n_series,
        "n_reviews": trial["n_reviews"],
        "left_out": trial["left_out"],
        "covered": share_range(trial["covered"]),
        "learned": _learned(trial),
        "level": percent(tree["level"]),
    }


def _learned(trial: Mapping[str, Any]) -> str:
    saved = trial["learned"]
    if saved is None:
        return "The learned policy was not trained: no series has enough training days to replay."
    words = share_range(saved)
    if trial["recommended"] == "learned":
        return f"It saved {words} of the plan's cost and is recommended."
    if saved["high"] is not None and saved["high"] < 0:
        return f"It lost: of the plan's cost it saved {words}, so it cost more. It is not recommended."
    return (
        f"Of the plan's cost it saved {words}. The interval is not clear of 0, or it is not clearly ahead of "
        "the simpler rule: it is shown, and not recommended."
    )


def _dependence(tree: Mapping[str, Any]) -> str:
    by_lag = tree["dependence"]["by_lag"]
    step = tree["step"]
    if len(by_lag) < 2:
        return ""
    week = f", {several(min(7, len(by_lag) - 1), step)} apart {by_lag[min(7, len(by_lag) - 1)]:.2f}"
    return (
        f"Demand paths are sampled from the forecast's quantiles with the correlation measured on "
        f"{several(tree['dependence']['n'], 'validation forecast')}: neighbouring {step}s "
        f"{by_lag[1]:.2f}{week}. "
        f"Taking {step}s for independent would make the total look surer than it is."
    ).replace("-", "−")


def _unknown(tree: Mapping[str, Any], report: Report) -> list[str]:
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
            0, f"Your costs and times where none were declared: {', '.join(assumed)} are assumptions."
        )
    return [*found, *report.data.caveats]
