"""Figures of oversight: risk against coverage."""

from __future__ import annotations

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.lines import Axes, Curve, Mark, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval, format_value


def deferral_lines(tree: Tree, _: Names) -> Figure | None:
    """Share of wrong decisions over the share of cases that the model decides."""
    points = [p for p in tree["points"] if p["risk"] is not None]
    if len(points) < 2:
        return None
    marks = [
        Mark(p["coverage"], p["risk"], p["low"], p["high"], words=f"n {format_count(p['n'])}") for p in points
    ]
    words = "; ".join(
        f"of the surest {format_value(p['coverage'], Unit.SHARE)}: "
        f"{format_interval(p['risk'], p['low'], p['high'], Unit.SHARE)}"
        for p in points
    )
    whole = points[0]["risk"]
    top = 1.1 * max(p["high"] if p["high"] is not None else p["risk"] for p in points)
    return draw_lines(
        "deferral",
        "Leaving doubtful cases to a person",
        [Curve("wrong", tuple((p["coverage"], p["risk"]) for p in points))],
        axes=Axes("share of the cases that the model decides", "wrong among them", (0.48, 1.02), (0.0, top)),
        caption=(
            f"The surest cases first, {format_count(tree['n'])} test rows, joint intervals. Dashed: every "
            "case decided by the model, as when random cases were left to a person. What a person would "
            "decide was not measured."
        ),
        desc=f"Wrong decisions, {words}.",
        marks=marks,
        reference=((0.48, whole), (1.02, whole)),
    )


FIGURES: tuple[Entry, ...] = ((Section.OVERSIGHT, "deferral.json", deferral_lines),)
