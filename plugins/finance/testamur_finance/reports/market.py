"""The risk officer's page: how far prices may move by tomorrow, and what is not predictable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.contracts.report import Report
from testamur_finance.reports.drawable import drawable
from testamur_finance.reports.words import chance, day, percent, signed

Evidence = Mapping[str, Any]


def make_market(report: Report, evidence: Evidence) -> dict[str, Any]:
    """Content of the page from the evidence of the three checks of forecasts; what is absent is left out."""
    pinball = evidence.get("finance_pinball.json")
    tails = evidence.get("finance_tails.json")
    direction = evidence.get("finance_direction.json")
    sections = [
        *([_against_the_past(pinball)] if pinball else []),
        *([_bounds(tails)] if tails else []),
        *([_direction(direction)] if direction else []),
    ]
    return {
        "answer": _answer(pinball, tails, direction),
        "tiles": _tiles(pinball, tails, direction),
        "sections": drawable(sections),
        "advice": _advice(tails, direction),
        "unknown": [
            "Days unlike any in the past: what happens once in ten years is hardly in the training days.",
            "News, earnings and dates of them: the model sees past returns and nothing else.",
            "How prices move within a day, and what a bound costs when the market cannot be traded.",
        ],
    }


def _answer(pinball: Any, tails: Any, direction: Any) -> list[str]:
    said = []
    if direction is not None:
        said.append(_direction_words(direction))
    ratio = _ratio(pinball, "historical")
    if ratio is not None:
        better = ratio["high"] < 1
        said.append(
            f"How far it may move can be told: the loss of the stated quantiles is {ratio['value']:.3f} of "
            f"that of the last 500 days as they were ({ratio['low']:.3f} to {ratio['high']:.3f})."
            if better
            else "How far it may move is not told better than by the last 500 days as they were: the loss is "
            f"{ratio['value']:.3f} of theirs ({ratio['low']:.3f} to {ratio['high']:.3f})."
        )
    lowest = _lowest(tails)
    if lowest is not None:
        rejected = lowest["kupiec_p"] < 0.05
        said.append(
            f"The {percent(lowest['stated'], 0)} bound was broken on {percent(lowest['share'], 2)} of days "
            f"({100 * lowest['low']:.2f} to {100 * lowest['high']:.2f} %); Kupiec's test "
            f"{'rejects it' if rejected else 'does not reject it'} ({chance(lowest['kupiec_p'])})."
        )
    return said


def _direction_words(direction: Any) -> str:
    n = sum(row["p_adjusted"] < 0.05 and row["statistic"] > 0 for row in direction["rows"])
    tried = len(direction["rows"])
    if n == tried:
        return f"All {tried} forecasts of the mean beat the random walk: look for a leak before believing it."
    return (
        f"Whether the next day is up or down could not be told: {n or 'none'} of {tried} forecasts of the "
        f"mean {'beats' if n == 1 else 'beat'} the random walk on {direction['n']:,} test returns."
    )


def _tiles(pinball: Any, tails: Any, direction: Any) -> list[dict[str, Any]]:
    tiles = []
    against = {"historical": "historical simulation", "garch": "GARCH"}
    for name, words in against.items():
        ratio = _ratio(pinball, name)
        if ratio is not None:
            tiles.append(
                {
                    "label": f"Loss against {words}",
                    "value": ratio["value"],
                    "low": ratio["low"],
                    "high": ratio["high"],
                    "unit": "number",
                    "note": "below 1 is better; mean pinball loss",
                }
            )
    lowest = _lowest(tails)
    if lowest is not None:
        tiles.append(
            {
                "label": f"Days below the {percent(lowest['stated'], 0)} bound",
                "value": lowest["share"],
                "low": lowest["low"],
                "high": lowest["high"],
                "unit": "share",
                "note": f"stated: {percent(lowest['stated'], 0)}",
            }
        )
    if direction is not None:
        tiles.append(
            {
                "label": "Right if one always says 'up'",
                "value": direction["always_up"],
                "unit": "share",
                "note": "what any forecast of direction has to beat",
            }
        )
    return tiles


def _against_the_past(pinball: Any) -> dict[str, Any]:
    rows = [
        {
            "label": f"against {row['words']}",
            "value": row["value"],
            "low": row["low"],
            "high": row["high"],
            "n": pinball["n_days"],
        }
        for row in sorted(pinball["ratios"], key=lambda row: row["value"])
    ]
    order = [name for name in ("model", "historical", "ewma", "garch") if name in pinball["loss"]]
    words = {"model": "this model", "historical": "historical simulation", "ewma": "EWMA", "garch": "GARCH"}
    table = {
        "columns": ["quantile", *[{"name": words[name], "unit": "%"} for name in order]],
        "rows": [
            [f"{100 * row['level']:g} %", *[row["loss"].get(name) for name in order]]
            for row in pinball["by_level"]
        ],
        "folded": "Loss by quantile",
        "note": "Mean pinball loss in per cent of price; lower is better.",
    }
    return {
        "title": "Are its bounds better than those of the past?",
        "answer": (
            f"Held against each other on {pinball['n_days']:,} days from {day(pinball['first_day'])} to "
            f"{day(pinball['last_day'])}, none of which was used to fit anything."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Loss relative to each way of stating bounds",
                "rows": rows,
                "reference": 1.0,
                "reference_words": "as good",
                "caption": "Ratio of mean pinball losses with its interval (circular block bootstrap over "
                "days). Left of 1 the model is better.",
            }
        ],
        "tables": [
            {
                "columns": ["against", "ratio", "Diebold-Mariano t", "p"],
                "rows": [
                    [row["words"], _triple(row), signed(row["statistic"], 2), chance(row["p_value"])]
                    for row in pinball["ratios"]
                ],
                "folded": "Ratios and tests",
            },
            table,
        ],
    }


def _bounds(tails: Any) -> dict[str, Any]:
    rows = [
        {
            "label": row["words"],
            "value": row["share"],
            "low": row["low"],
            "high": row["high"],
            "words": f"{percent(row['share'], 2)} (stated {percent(row['stated'], 0)})",
        }
        for row in tails["levels"]
    ]
    lowest = _lowest(tails)
    notes = [
        f"Kupiec: {row['words']}, {chance(row['kupiec_p'])}; Christoffersen (one by one as well): "
        f"{chance(row['christoffersen_p'])}"
        + (
            f"; rejected for {row['n_kupiec_rejected']} and {row['n_christoffersen_rejected']} of "
            f"{row['n_series']} series after Holm"
            if row["n_series"] > 1
            else ""
        )
        for row in tails["levels"]
    ]
    figures: list[dict[str, Any]] = [
        {
            "kind": "intervals",
            "title": "How often each bound was broken",
            "rows": rows,
            "unit": "share",
            "caption": "Share of test returns beyond the bound, with an interval over days; days move "
            "together, so that interval is wider than that of a coin.",
        }
    ]
    if lowest is not None and len(lowest["series"]) > 1:
        names = tails["names"]
        figures.append(
            {
                "kind": "bars",
                "title": f"Below the {percent(lowest['stated'], 0)} bound, per security",
                "unit": "share",
                "rows": [
                    {
                        "label": names[s["number"]] if s["number"] < len(names) else str(s["number"]),
                        "value": s["share"],
                    }
                    for s in sorted(lowest["series"], key=lambda s: -s["share"])
                ],
            }
        )
    tables = []
    if tails["days"]:
        tables.append(
            {
                "columns": ["day", {"name": "securities below their lowest bound", "unit": "share"}],
                "rows": [[day(row["day"]), row["share"]] for row in tails["days"]],
                "folded": "Days on which most bounds were broken",
            }
        )
    return {
        "title": "Are its bounds broken as often as it says?",
        "answer": _bounds_answer(lowest),
        "figures": figures,
        "tables": tables,
        "notes": notes,
    }


def _bounds_answer(lowest: Any) -> str:
    if lowest is None:
        return "No lower bound is stated."
    level = percent(lowest["stated"], 0)
    often = lowest["kupiec_p"] < 0.05
    rows = lowest["christoffersen_p"] < 0.05
    first = (
        f"The {level} bound is broken more often or less often than stated."
        if often
        else f"Nothing speaks against the frequency of the {level} bound."
    )
    second = (
        "Breaches come in rows: after one, the next is nearer than the bound says."
        if rows
        else "Breaches come one by one, as far as can be told."
    )
    return f"{first} {second}"


def _direction(direction: Any) -> dict[str, Any]:
    rows = [
        {
            "label": row["name"],
            "value": 100 * row["lead"],
            "low": 100 * row["lead_low"],
            "high": 100 * row["lead_high"],
        }
        for row in direction["rows"]
    ]
    table = {
        "columns": [
            "forecast of the mean",
            "squared error saved",
            "Diebold-Mariano t",
            "p, Holm",
            "right on the sign",
        ],
        "rows": [
            [
                row["name"],
                _saved(row),
                signed(row["statistic"], 2),
                chance(row["p_adjusted"]),
                percent(row["hit_rate"]),
            ]
            for row in direction["rows"]
        ],
        "note": f"'Always up' is right on {percent(direction['always_up'])} of the test returns.",
    }
    return {
        "title": "Can the direction be told?",
        "answer": (
            "No forecast of the mean is told apart from the random walk."
            if not any(r["p_adjusted"] < 0.05 and r["statistic"] > 0 for r in direction["rows"])
            else "Some forecast of the mean is told apart from the random walk: ask why before using it."
        ),
        "figures": [
            {
                "kind": "intervals",
                "title": "Right on the sign, less 'always up'",
                "rows": rows,
                "unit": "percentage points",
                "reference": 0.0,
                "reference_words": "no better",
                "caption": (
                    "Difference of hit rates with an interval over days. Right of 0 the forecast knows "
                    "more than that prices tend to rise."
                ),
            }
        ],
        "tables": [table],
        "notes": []
        if direction["states_mean"]
        else [
            "The model itself takes no view on direction: its median is zero. Train it "
            "with loss = 'squared' to see it try."
        ],
    }


def _saved(row: Any) -> str:
    value, low, high = (signed(100 * row[name], 2) for name in ("r2", "r2_low", "r2_high"))
    return f"{value} % ({low} to {high})"


def _advice(tails: Any, direction: Any) -> list[dict[str, Any]]:
    lowest = _lowest(tails)
    advice = []
    if lowest is not None and lowest["high"] > lowest["stated"] * 1.2:
        advice.append(
            {
                "text": f"Plan with up to {percent(lowest['high'], 1)} of days below the "
                f"{percent(lowest['stated'], 0)} bound",
                "why": "The interval of what was counted reaches that far.",
                "source": "Basel Committee, MAR32: backtesting and the traffic light",
                "url": "https://www.bis.org/basel_framework/chapter/MAR/32.htm",
            }
        )
    if lowest is not None and lowest["christoffersen_p"] < 0.05:
        advice.append(
            {
                "text": "After a day beyond the bound, look at the next days by hand",
                "why": "Breaches came in rows: the model is slow to see that calm has ended.",
                "source": "P. Christoffersen (1998), International Economic Review 39:841",
            }
        )
    if direction is not None:
        advice.append(
            {
                "text": "Do not take a position on direction from this model",
                "why": (
                    f"'Always up' was right on {percent(direction['always_up'])} of days; no forecast here "
                    "is shown to do better."
                ),
                "source": "J. Campbell, S. Thompson (2008), Review of Financial Studies 21:1509",
            }
        )
    return advice


def _lowest(tails: Any) -> Any:
    return next((row for row in tails["levels"] if row["lower"]), None) if tails else None


def _ratio(pinball: Any, name: str) -> Any:
    if not pinball:
        return None
    return next((row for row in pinball["ratios"] if row["baseline"] == name), None)


def _triple(row: Any) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
