"""Figures of groups beyond their rates: other thresholds, and rows whose group is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Figure, Tree, pair_points
from testamur.report.charts.forest import ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Curve, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_interval, format_value

MOST_CURVES = 4
_FOUR_FIFTHS = 0.8
_COUNTED = "counted on these test rows, rounded; a threshold chosen on them would have to be tried on others"


def selection_lines(tree: Tree, names: Names) -> Figure | None:
    """How far apart the groups' selection rates lie over thresholds."""
    told = []
    for attribute in tree["attributes"]:
        ratios = [p["ratio"] for p in attribute["points"] if p["ratio"] is not None]
        if ratios:
            below = sum(ratio < _FOUR_FIFTHS for ratio in ratios)
            told.append(f"{names.attribute(attribute['attribute'])} {below} of {len(ratios)}")
    tail = f" Thresholds with a lowest rate below four fifths of the highest: {', '.join(told)}."
    return _sweep(
        tree,
        names,
        "selection_gap",
        "selection-sweep",
        "Selection rates at other thresholds",
        tail if told else "",
    )


def opportunity_lines(tree: Tree, names: Names) -> Figure | None:
    """The same for the share found among those with the event."""
    title = "Shares found among those with the event, at other thresholds"
    return _sweep(tree, names, "opportunity_gap", "opportunity-sweep", title, "")


def _sweep(tree: Tree, names: Names, key: str, slug: str, title: str, tail: str) -> Figure | None:
    """One gap per attribute over thresholds, in points; the decision threshold is the upright line."""
    curves = []
    for attribute in tree["attributes"]:
        pairs = ((p["threshold"], None if p[key] is None else 100 * p[key]) for p in attribute["points"])
        points = pair_points(pairs)
        if points:
            curves.append(Curve(names.attribute(attribute["attribute"]), points))
    if not curves:
        return None
    shown, threshold = curves[:MOST_CURVES], tree.get("threshold")
    top = max(5.0, *(1.35 * y for curve in shown for _, y in curve.points))  # air for the legend
    rest = (
        f" {len(curves) - len(shown)} further attributes are in the table."
        if len(curves) > MOST_CURVES
        else ""
    )
    dashed = "" if threshold is None else f" Upright: the decision threshold, {format_value(threshold)}."
    return draw_lines(
        slug,
        title,
        shown,
        axes=Axes("decision threshold", "largest gap between groups, points", None, (0.0, top)),
        caption=f"Largest gap between two groups, {_COUNTED}.{dashed}{tail}{rest}",
        desc=f"{'; '.join(_words(curve, threshold) for curve in shown)}.",
        reference=() if threshold is None else ((threshold, 0.0), (threshold, top)),
        legend_on_top=True,
    )


def _words(curve: Curve, threshold: float | None) -> str:
    values = [y for _, y in curve.points]
    span = f"{curve.name}: from {min(values):.0f} to {max(values):.0f} points"
    if threshold is None:
        return span
    nearest = min(curve.points, key=lambda point: abs(point[0] - threshold))
    return f"{span}, {nearest[1]:.0f} near the decision threshold"


def bounds_forest(tree: Tree, names: Names) -> Figure | None:
    """What each group's selection rate could be, wherever the rows without a group belong."""
    entries: list[ForestEntry] = []
    gaps: list[str] = []
    for attribute in tree["attributes"]:
        label = names.attribute(attribute["attribute"])
        rates = [b for b in attribute["bounds"] if b["measure"] == "selection_rate_bounds"]
        entries += _bounds(label, rates)
        for gap in attribute["bounds"]:
            if gap["measure"] == "demographic_parity_bounds" and gap["value"] is not None:
                words = format_interval(gap["value"], gap["low"], gap["high"], Unit.POINTS)
                gaps.append(f"{label} {words}")
    if not any(entry.value is not None for entry in entries):
        return None
    apart = f" Gap of selection rates that this leaves possible: {'; '.join(gaps)}." if gaps else ""
    return draw_forest(
        "unknown-groups",
        "If the rows without a group belonged to any of them",
        entries,
        caption="Selection rates. Points: rows whose group is known. Bars: all that could be, wherever the "
        f"others belong; they are no intervals of sampling.{apart}",
        per_cent=True,
        whole_share=True,
    )


def _bounds(label: str, rates: Sequence[Any]) -> list[ForestEntry]:
    return [
        ForestEntry(
            label=rate["name"],
            value=rate["value"],
            low=rate["low"],
            high=rate["high"],
            words=format_interval(rate["value"], rate["low"], rate["high"], Unit.SHARE),
            heading="" if place else label,
        )
        for place, rate in enumerate(rates)
    ]


FIGURES: tuple[Entry, ...] = (
    (Section.FAIRNESS, "unknown_groups.json", bounds_forest),
    (Section.FAIRNESS, "thresholds.json", selection_lines),
    (Section.FAIRNESS, "thresholds.json", opportunity_lines),
)
