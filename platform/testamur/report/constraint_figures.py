"""Figures of a constrained training: gaps with and without the constraint, and the price."""

from __future__ import annotations

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.forest import ForestEntry, draw_forest
from testamur.report.names import Names
from testamur.report.numbers import format_interval, format_value

_ROWS = {"gap_before": "without the constraint", "gap_after": "with it"}


def gap_forest(tree: Tree, names: Names) -> Figure | None:
    """Gaps of each attribute before and after, beside the bound; the price in the caption."""
    entries = [
        _entry(row, names.column(row["attribute"]) if row["measure"] == "gap_before" else "")
        for row in tree["gaps"]
        if row["measure"] in _ROWS and row["value"] is not None
    ]
    if not entries:
        return None
    bound = format_value(tree["bound"], Unit.POINTS)
    price = next((row for row in tree["prices"] if row["measure"] == "accuracy_price"), None)
    words = ""
    if price is not None and price["value"] is not None:
        value = format_interval(price["value"], price["low"], price["high"], Unit.POINTS)
        words = f" Accuracy lost to the constraint: {value}."
    return draw_forest(
        "constraint",
        "Gaps between groups without and with the constraint",
        entries,
        caption=f"Test rows, 95 % intervals. Dashed: the bound in training, {bound}.{words} {tree['words']}",
        reference=tree["bound"],
        reference_words=f"bound, {bound}",
        per_cent=True,
    )


def _entry(row: Tree, heading: str) -> ForestEntry:
    return ForestEntry(
        label=_ROWS[row["measure"]],
        value=row["value"],
        low=row["low"],
        high=row["high"],
        words=format_interval(row["value"], row["low"], row["high"], Unit.POINTS),
        heading=heading,
        strong=row["measure"] == "gap_after",
    )


FIGURES: tuple[Entry, ...] = ((Section.FAIRNESS, "fairness_price.json", gap_forest),)
