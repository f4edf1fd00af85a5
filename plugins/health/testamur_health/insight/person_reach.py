"""The section of the person's page on what would move the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def what_would_move(person: Mapping[str, Any], about: str) -> list[dict[str, Any]]:
    """The nearest ways to a higher score, or why there is none; nothing where a doctor should be asked."""
    reach = person.get("reach")
    if reach is None:
        return []
    title = f"What would move the score{about}"
    if any(advice["asks_a_doctor"] for advice in person["advice"]):
        words = "Not shown: something on this page is for a doctor. Ask first, then change what you do."
        return [{"title": title, "answer": words}]
    if not reach["ways"]:
        return [{"title": title, "answer": f"Nothing plausible: {reach['reason']}.", "notes": _notes(reach)}]
    rows = [[_change(way), _known(way), way["score"]] for way in reach["ways"]]
    score = person["score"]
    return [
        {
            "title": title,
            "answer": (
                f"The smallest changes after which it would lie above {score['high']:.0f}, where it wavers "
                "anyway. They tell how the score is counted, not what would happen to your health."
            ),
            "tables": [
                {
                    "columns": [
                        "If, over four weeks",
                        "Have you had such weeks?",
                        {"name": "Score then", "unit": "number"},
                    ],
                    "rows": rows,
                    "note": f"Today {score['value']:.0f}. With all plausible changes together: "
                    f"{reach['furthest']:.0f}.",
                }
            ],
            "notes": _notes(reach),
        }
    ]


def _change(way: Mapping[str, Any]) -> str:
    return " and ".join(
        f"{move['name']} {_figure(move['after'])} instead of {_figure(move['before'])} {move['unit']}"
        for move in way["moves"]
    )


def _known(way: Mapping[str, Any]) -> str:
    found = []
    for move in way["moves"]:
        if not move["n_periods"]:
            found.append(f"{move['name']}: no earlier four weeks were measured")
        else:
            found.append(f"{move['name']}: {move['n_reached']} of {move['n_periods']} earlier four weeks")
    return "; ".join(found)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"


def _notes(reach: Mapping[str, Any]) -> list[str]:
    limits = ", ".join(
        f"{lever['name']} by {_figure(lever['most'])} {lever['unit']}" for lever in reach["levers"]
    )
    return [
        f"Held as they are, for nobody decides on them: {', '.join(reach['held'])}.",
        f"Moved at most by what people reached on average in trials: {limits}. Only upwards; "
        "sleep never above nine hours.",
        "Each is moved by itself, although they hang together: a walk adds steps and exercise at once.",
        *(f"Source: {lever['source']}" for lever in reach["levers"]),
    ]
