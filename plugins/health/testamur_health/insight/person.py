"""For the person whose figures they are: score, unusual days, advice. Restricted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from testamur.contracts.report import Report
from testamur_health.monitoring.sources import ILLNESS, NOT_ADVICE

SYNTHETIC = "SYNTHETIC: these are the figures of a person who does not exist. "
NAMES = {
    "resting_hr": ("Resting heart rate", "beats a minute"),
    "hrv_ms": ("Heart rate variability", "ms"),
    "steps": ("Steps", "a day"),
}


def render(report: Report, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The page's content; of several people, one after the other.

    Args:
        report: The audit report.
        evidence: Evidence by file name, the restricted one included.
    """
    made = "SYNTHETIC" in report.data.source.title
    notice = (SYNTHETIC if made else "") + NOT_ADVICE
    tree = evidence.get("person.json")
    if not tree or not tree["people"]:
        return {"notice": notice, "answer": "No day could be looked at; the audit report says why."}
    people = tree["people"]
    first = people[0]
    sections: list[dict[str, Any]] = []
    for person in people:
        about = f" ({person['name']})" if len(people) > 1 else ""
        sections += [_days(person, about), _score(person, about)]
    alerts = evidence.get("alerts.json") or {}
    return {
        "notice": notice,
        "answer": _answer(first) if len(people) == 1 else [f"{len(people)} people, one after the other."],
        "tiles": _tiles(first, alerts) if len(people) == 1 else [],
        "sections": [*sections, _false_alarms(alerts)],
        "advice": [
            {"text": advice["text"], "why": _why(advice), "source": advice["source"]}
            for person in people
            for advice in person["advice"]
        ]
        or [
            {
                "text": "Nothing in the last four weeks asks for advice.",
                "why": "",
                "source": "the rules of this page",
            }
        ],
        "unknown": [
            "What the score leaves out, for a wearable does not measure it: "
            f"{', '.join(first['not_covered'])}.",
            "Why a day was unlike the others: an infection, alcohol, a late night, heat or a loose "
            "strap look alike.",
            "Whether you are ill. An infection can come without any alert.",
            *report.data.caveats,
        ],
    }


def _answer(person: Mapping[str, Any]) -> list[str]:
    score = person["score"]
    said = [f"No score: {score['reason']}."]
    if score["value"] is not None:
        said = [
            f"Your score of the last four weeks is {score['value']:.0f} of 100 ({score['low']:.0f} to "
            f"{score['high']:.0f}), "
            f"from {sum(part['points'] is not None for part in score['parts'])} of "
            f"{len(score['parts'])} components."
        ]
    if not person["alerts"]:
        return [*said, f"None of {person['n_judged']} days was unlike all of the eight weeks before it."]
    latest = person["alerts"][0]
    why = "; ".join(latest["reasons"]) or "no single figure stands out, all lean the same way"
    return [
        *said,
        f"{person['n_alerts']} of {person['n_judged']} days were. The latest, {latest['day']}: {why}.",
    ]


def _tiles(person: Mapping[str, Any], alerts: Mapping[str, Any]) -> list[dict[str, Any]]:
    score = person["score"]
    found = alerts.get("findings", {})
    expected, simulated = found.get("expected_false_a_month", {}), found.get("simulated_false_a_month", {})
    tiles = [
        {
            "label": "health score, of 100",
            "value": score["value"],
            "low": score["low"],
            "high": score["high"],
            "unit": "number",
        }
        if score["value"] is not None
        else {"label": "health score", "words": "not measured", "note": score["reason"]},
        {
            "label": "unusual days",
            "value": person["n_alerts"],
            "unit": "count",
            "note": f"of {person['n_judged']} judged",
        },
    ]
    if expected.get("value") is not None:
        tiles.append(
            {"label": "alerts a month for nothing, promised", "value": expected["value"], "unit": "number"}
        )
    if simulated.get("value") is not None:
        tiles.append(
            {
                "label": "alerts a month for nothing, measured",
                "value": simulated["value"],
                "low": simulated["low"],
                "high": simulated["high"],
                "unit": "number",
                "note": "simulated days of the same rhythm",
            }
        )
    return tiles


def _days(person: Mapping[str, Any], about: str) -> dict[str, Any]:
    days = person["days"]
    alerts = [a["day"] for a in person["alerts"] if a["day"] in days]
    figures = [_figure(signal, person, days, alerts) for signal in person["series"]]
    rows = [
        [a["day"], a["strain"], "; ".join(a["reasons"]) or "all lean the same way"] for a in person["alerts"]
    ]
    tables = [
        {
            "columns": ["Day", {"name": "How unusual", "unit": "number"}, "What stood out"],
            "rows": rows,
            "folded": "The unusual days",
            "note": (
                "How unusual: mean distance from your own last four weeks, in robust standard deviations."
            ),
        }
    ]
    return {
        "title": f"Your days{about}",
        "answer": f"{person['first_day']} to {person['last_day']}; drawn are the last {len(days)} days.",
        "figures": [figure for figure in figures if figure],
        "tables": tables if rows else [],
    }


def _figure(
    signal: str, person: Mapping[str, Any], days: Sequence[str], alerts: Sequence[str]
) -> dict[str, Any] | None:
    values, usual = person["series"][signal]["values"], person["series"][signal]["usual"]
    if all(v is None for v in values):
        return None
    title, unit = NAMES[signal]
    return {
        "kind": "lines",
        "title": title,
        "wide": True,
        "x": "time",
        "y_label": unit,
        "series": [
            {"name": "each day", "points": [[d, v] for d, v in zip(days, values, strict=True)]},
            {
                "name": "your usual (four weeks before)",
                "points": [[d, v] for d, v in zip(days, usual, strict=True)],
            },
        ],
        "vertical": [{"x": day, "words": ""} for day in alerts],
        "caption": "Upright lines: days unlike all of the eight weeks before. Gaps: the watch was not worn.",
    }


def _score(person: Mapping[str, Any], about: str) -> dict[str, Any]:
    score = person["score"]
    rows = [
        [
            part["name"],
            _amount(part),
            None
            if part["points"] is None
            else {"value": part["points"], "low": part["low"], "high": part["high"]},
            part["n_days"],
            part["rule"],
        ]
        for part in score["parts"]
    ]
    sources = dict.fromkeys(source for part in score["parts"] for source in part["sources"])
    return {
        "title": f"What the score is made of{about}",
        "answer": (
            "The mean of the points of what was measured in the last 28 days. What was not measured is not "
            "filled in."
        ),
        "tables": [
            {
                "columns": [
                    "Component",
                    "Measured",
                    {"name": "Points of 100", "unit": "number"},
                    {"name": "Days", "unit": "count"},
                    "How points are given",
                ],
                "rows": rows,
                "note": "Intervals: weeks of days are resampled. Two people's scores do not compare.",
            }
        ],
        "notes": [f"Source: {source}" for source in sources],
    }


def _amount(part: Mapping[str, Any]) -> str:
    if part["figure"] is None:
        return "not measured: fewer than 14 days"
    digits = 1 if part["figure"] < 20 else 0
    return f"{part['figure']:,.{digits}f} {part['unit']}"


def _false_alarms(alerts: Mapping[str, Any]) -> dict[str, Any]:
    rows = [[row["label"], _cell(row), row["n"]] for row in alerts.get("findings", {}).values()]
    shipped = alerts.get("shipped")
    notes = [f"Rests on: {ILLNESS}."]
    if shipped:
        notes.insert(
            0,
            f"In this SYNTHETIC export the planted days are known: in the {shipped['n_days']} test days "
            f"{shipped['on_planted']} "
            f"alerts rang on the {shipped['n_planted']} planted days and {shipped['on_others']} on others.",
        )
    return {
        "title": "How often it rings for nothing",
        "answer": "Promised by the rule, and measured: if the two differ much, do not trust the promise.",
        "tables": [{"columns": ["What", "How often", {"name": "n", "unit": "count"}], "rows": rows}]
        if rows
        else [],
        "notes": notes,
    }


def _cell(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"not estimable: {row['reason']}"
    share = "spells" in row["label"] and "seen" in row["label"]
    scale, unit, digits = (100, " %", 0) if share else (1, "", 2)
    text = f"{scale * row['value']:.{digits}f}{unit}"
    if row["low"] is None:
        return text
    return f"{text} ({scale * row['low']:.{digits}f} to {scale * row['high']:.{digits}f})"


def _why(advice: Mapping[str, Any]) -> str:
    days = f"From {advice['n_days']} days of the last four weeks."
    return f"{days} Ask a doctor, not an app." if advice["asks_a_doctor"] else days
