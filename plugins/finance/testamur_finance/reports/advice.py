"""The adviser's page: the client's level of risk, what would be held, and how that would have gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_finance.reports.drawable import drawable
from testamur_finance.reports.words import day, percent, signed

Evidence = Mapping[str, Any]

QUESTIONS = {
    "years": "Years until the money is needed",
    "bearable_loss": "Share that may be lost in a year",
    "reaction": "When a fifth is lost within a month",
    "experience": "Experience with shares and funds",
    "reserve_months": "Months of spending in cash besides",
    "share_of_wealth": "Share of the wealth to be invested",
}
SHARES = ("bearable_loss", "share_of_wealth")


def make_advice(report: Report, evidence: Evidence) -> dict[str, Any]:
    """Content of the page from the evidence of the allocation; only a notice where there is none."""
    tree = evidence.get("finance_allocation.json")
    if not tree:
        return {"answer": "No allocation was made: the audit's ledger says why."}
    chosen = next(row for row in tree["walks"] if row["key"] == tree["method"])
    return {
        "notice": (
            f"A support for an adviser in: {tree['jurisdiction']}. Not investment advice: nobody's "
            "situation is known beyond six declared answers."
        ),
        "answer": _answer(tree, chosen),
        "tiles": _tiles(tree, chosen),
        "sections": drawable([_profile(tree), _holdings(tree), _walk(tree), _frontier(tree)]),
        "advice": _advice(tree, chosen),
        "unknown": [
            "Income, debts, taxes, other investments and wishes of the client.",
            "Returns to come: means of a few years say next to nothing of them.",
            "Companies that failed: only those that still stood in 2022 are in the data.",
            "Interest on cash: it is counted as nothing.",
        ],
    }


def _answer(tree: Any, chosen: Any) -> list[str]:
    profile = tree["profile"]
    said = [
        f"The answers declare level {profile['level']} of 5 ({profile['name']}): at most "
        f"{percent(profile['limit'], 1)} of volatility a year. By {tree['method_words']} that means "
        f"{percent(tree['share'], 0)} in securities and {percent(1 - tree['share'], 0)} in cash."
    ]
    difference = chosen.get("volatility_difference")
    if difference:
        apart = difference["high"] < 0 or difference["low"] > 0
        side = "below" if difference["value"] < 0 else "above"
        said.append(
            f"Walked forward over {tree['n_days']:,} days, its yearly volatility was "
            f"{100 * abs(difference['value']):.1f} points {side} that of equal weight "
            f"({_points(difference)}), which is {'shown' if apart else 'not shown'}; "
            + _return_words(chosen["return_difference"])
        )
    return said


def _return_words(difference: Any) -> str:
    apart = difference["low"] > 0 or difference["high"] < 0
    side = "higher" if difference["value"] > 0 else "lower"
    return (
        f"its return after costs was {100 * abs(difference['value']):.1f} points {side} "
        f"({_points(difference)})"
        + (", told apart from chance." if apart else ", not told apart from chance.")
    )


def _tiles(tree: Any, chosen: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": "Declared level of risk",
            "words": f"{tree['profile']['level']} of 5",
            "note": tree["profile"]["name"],
        },
        {
            "label": "In securities",
            "value": tree["share"],
            "unit": "share",
            "note": f"volatility of the securities: {percent(tree['volatility'], 1)} a year",
        },
        {
            "label": "Spread as widely as",
            "words": f"{tree['effective_holdings']:.1f} holdings",
            "note": f"of {len(tree['holdings'])} securities",
        },
        {
            "label": "Deepest fall in the test time",
            "value": chosen["deepest_fall"],
            "unit": "share",
            "note": f"{day(tree['first_day'])} to {day(tree['last_day'])}, securities alone",
        },
    ]


def _profile(tree: Any) -> dict[str, Any]:
    profile = tree["profile"]
    lower = "the situation" if profile["capacity"] <= profile["tolerance"] else "the client's own wish"
    rows = [
        [words, percent(tree["answers"][name], 0) if name in SHARES else str(tree["answers"][name])]
        for name, words in QUESTIONS.items()
    ]
    return {
        "title": "What the client declared",
        "answer": (
            f"The situation bears level {profile['capacity']}, the client wants at most level "
            f"{profile['tolerance']}: {lower} decides."
        ),
        "tables": [{"columns": ["question", "answer"], "rows": rows}],
        "notes": [
            *profile["notes"],
            "Capacity and tolerance are asked apart and the lower decides (Delegated Regulation (EU) "
            "2017/565 Art. 54; ESMA35-43-3172). Limits of volatility: market risk classes 1 to 5 of "
            "Delegated Regulation (EU) 2017/653, Annex II.",
        ],
    }


def _holdings(tree: Any) -> dict[str, Any]:
    held = [row for row in tree["holdings"] if row["weight"] > 0]
    spread = [row for row in tree["holdings"] if row["low"] is not None and row["high"] > 0.005]
    figures: list[dict[str, Any]] = [
        {
            "kind": "bars",
            "title": "Weight of each security",
            "unit": "share",
            "rows": [
                {
                    "label": row["name"],
                    "value": row["weight"],
                    "words": f"{percent(row['weight'], 1)}, {percent(row['risk'], 0)} of the risk",
                }
                for row in held
            ],
            "caption": "Of the part in securities; the share of the risk beside it.",
        }
    ]
    if spread:
        figures.append(
            {
                "kind": "intervals",
                "title": "How sure each weight is",
                "unit": "share",
                "rows": [
                    {
                        "label": row["name"],
                        "value": row["weight"],
                        "low": min(row["low"], row["weight"]),
                        "high": max(row["high"], row["weight"]),
                    }
                    for row in spread
                ],
                "caption": (
                    "10th to 90th percentile of the weight when the same two years are drawn again in "
                    "blocks: a weight that could as well be nothing is no view on the company."
                ),
            }
        )
    return {
        "title": "What would be held",
        "answer": (
            f"{len(held)} of {len(tree['holdings'])} securities, spread as widely as "
            f"{tree['effective_holdings']:.1f} equal holdings; no weight above "
            f"{percent(tree['settings']['largest_weight'], 0)}."
        ),
        "figures": figures,
    }


def _walk(tree: Any) -> dict[str, Any]:
    n = len(next(iter(tree["paths"].values())))
    first, last = tree["first_day"], tree["last_day"]
    names = {row["key"]: row["name"] for row in tree["walks"]}
    drawn = [key for key in dict.fromkeys((tree["method"], "equal", "risk_parity", "cvar")) if key in names]
    series = [
        {
            "name": names[key],
            "points": [
                [first + (last - first) * i / (n - 1), value] for i, value in enumerate(tree["paths"][key])
            ],
        }
        for key in drawn
    ]
    rows = [
        [
            row["name"], row["volatility"], row["return"], row["shortfall"], row["deepest_fall"],
            f"{row['turnover']:.1f}", f"{row['effective_holdings']:.1f}",
        ]
        for row in tree["walks"]
    ]  # fmt: skip
    differences = [
        [row["name"], _points(row["volatility_difference"]), _points(row["return_difference"]),
         _points(row["shortfall_difference"])]
        for row in tree["walks"]
        if "volatility_difference" in row
    ]  # fmt: skip
    share = {"unit": "share"}
    settings = tree["settings"]
    return {
        "title": "How it would have gone",
        "answer": (
            f"Rebalanced every {settings['rebalance_days']} days from the {settings['window_days']} days "
            f"before, {percent(settings['cost'], 2)} per unit traded, {day(first)} to {day(last)}."
        ),
        "figures": [
            {
                "kind": "lines",
                "title": "Value of one unit of money, after costs",
                "wide": True,
                "x": "time",
                "y_label": "value",
                "series": series,
                "caption": (
                    "Securities alone, before cash is added. Past values say nothing of those to come."
                ),
            },
            {
                "kind": "intervals",
                "title": "Yearly volatility less that of equal weight",
                "unit": "percentage points",
                "reference": 0.0,
                "reference_words": "as risky",
                "rows": [
                    {"label": row["name"], **_of(row["volatility_difference"])}
                    for row in tree["walks"]
                    if "volatility_difference" in row
                ],
            },
            {
                "kind": "intervals",
                "title": "Yearly return after costs less that of equal weight",
                "unit": "percentage points",
                "reference": 0.0,
                "reference_words": "as good",
                "rows": [
                    {"label": row["name"], **_of(row["return_difference"])}
                    for row in tree["walks"]
                    if "return_difference" in row
                ],
                "caption": "Paired on the same resampled days (circular block bootstrap).",
            },
        ],
        "tables": [
            {
                "columns": ["way", {"name": "volatility", **share}, {"name": "return", **share},
                            {"name": "worst 5 % of days", **share}, {"name": "deepest fall", **share},
                            "traded a year", "effective holdings"],
                "rows": rows,
                "note": "Every way is shown, also those that were not chosen.",
            },
            {
                "columns": ["way, less equal weight", "volatility", "return", "worst 5 % of days"],
                "rows": differences,
                "folded": "Differences with their intervals, in points",
            },
        ],
    }  # fmt: skip


def _frontier(tree: Any) -> dict[str, Any]:
    found = tree["frontier"]
    line = [[v, m] for v, m in zip(found["volatility"], found["mean"], strict=True)]
    marks = [
        {"x": v, "y": m} for i, resample in enumerate(found["resampled"]) for v, m in resample if i % 2 == 0
    ]
    return {
        "title": "How sure the frontier is",
        "answer": _frontier_words(found),
        "figures": [
            {
                "kind": "lines",
                "title": "Estimated frontier, and what resampled ones would have given",
                "wide": True,
                "x_label": "volatility a year",
                "y_label": "mean return a year, of the past",
                "percent": True,
                "x_percent": True,
                "series": [{"name": "estimated frontier", "points": line}],
                "marks": marks,
                "caption": (
                    "Rings: portfolios found on other draws of the past two years, judged by the past as "
                    "it was (Michaud 1989). The means are those of two years and no expectation."
                ),
            }
        ],
    }


def _frontier_words(found: Any) -> str:
    least = [resample[0][0] / found["volatility"][0] - 1 for resample in found["resampled"]]
    most = [found["mean"][-1] - resample[-1][1] for resample in found["resampled"]]
    return (
        f"Weights of least risk found on other draws of the same two years would have had "
        f"{percent(sum(least) / len(least))} more volatility than the best, on average of "
        f"{len(least)} draws; those of most return would have missed {percent(sum(most) / len(most))} a year."
    )


def _advice(tree: Any, chosen: Any) -> list[dict[str, Any]]:
    advice = [
        {"text": note, "source": "Delegated Regulation (EU) 2017/565 Art. 54"}
        for note in tree["profile"]["notes"]
    ]
    difference = chosen.get("return_difference")
    if difference and difference["low"] <= 0 <= difference["high"]:
        advice.append(
            {
                "text": "Promise less fluctuation, never more return",
                "why": (
                    "The difference in return against equal weight may be anything from "
                    f"{signed(100 * difference['low'])} to {signed(100 * difference['high'])} points a year."
                ),
                "source": "V. DeMiguel, L. Garlappi, R. Uppal (2009), Review of Financial Studies 22:1915",
            }
        )
    top = max(tree["holdings"], key=lambda row: row["risk"])
    advice.append(
        {
            "text": f"Talk about {top['name']}: it bears {percent(top['risk'], 0)} of the risk",
            "why": "A company can fail, however calm its price was.",
            "source": "Directive 2009/65/EC Art. 52 (5/10/40) as a yardstick",
        }
    )
    return advice


def _of(difference: Any) -> dict[str, Any]:
    return {name: 100 * difference[name] for name in ("value", "low", "high")}


def _points(difference: Any) -> str:
    value, low, high = (signed(100 * difference[name]) for name in ("value", "low", "high"))
    return f"{value} points, {low} to {high}"
