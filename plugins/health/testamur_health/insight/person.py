"""For the person whose figures they are: score, unusual days, advice. Restricted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from testamur.contracts.report import Report
from testamur_health.insight.person_alerts import false_alarms, next_week
from testamur_health.insight.person_days import made_of, your_days
from testamur_health.insight.person_reach import what_would_move
from testamur_health.monitoring.sources import NOT_ADVICE

SYNTHETIC = "SYNTHETIC: these are the figures of a person who does not exist. "


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
    alerts = evidence.get("alerts.json") or {}
    return page(
        tree["people"], alerts, [false_alarms(alerts), *next_week(report)], notice, report.data.caveats
    )


def page(
    people: Sequence[Mapping[str, Any]],
    alerts: Mapping[str, Any],
    ending: Sequence[Mapping[str, Any]],
    notice: str,
    caveats: Sequence[str],
) -> dict[str, Any]:
    """The page of some people.

    Args:
        people: As `monitoring.person.describe` describes them; one at least.
        alerts: Measured rates of alerts, or nothing.
        ending: Further sections.
        notice: Above everything.
        caveats: What else is not known.
    """
    first = people[0]
    sections: list[dict[str, Any]] = []
    for person in people:
        about = f" ({person['name']})" if len(people) > 1 else ""
        sections += [your_days(person, about), made_of(person, about), *what_would_move(person, about)]
    return {
        "notice": notice,
        "answer": _answer(first) if len(people) == 1 else [f"{len(people)} people, one after the other."],
        "tiles": _tiles(first, alerts) if len(people) == 1 else [],
        "sections": [*sections, *ending],
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
            *caveats,
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
        f"{person['n_alerts']} of {person['n_judged']} days were unlike all of the eight weeks before "
        f"them. The latest, {latest['day']}: {why}.",
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


def _why(advice: Mapping[str, Any]) -> str:
    days = f"From {advice['n_days']} days of the last four weeks."
    return f"{days} Ask a doctor, not an app." if advice["asks_a_doctor"] else days
