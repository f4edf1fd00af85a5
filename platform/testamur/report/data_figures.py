"""Figures of the data: missing values by column and by group, and how much of the datasheet is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.bars import draw_bars
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.forest import ForestEntry, draw_forest
from testamur.report.names import Names
from testamur.report.numbers import format_interval, format_value

MOST_COLUMNS = 12
MOST_BLOCKS, MOST_LEVELS = 3, 12
LEAST_GAP = 0.01  # of shares between two groups, that is worth a picture


def missing_bars(tree: Tree, names: Names) -> Figure | None:
    """Share of missing cells of the columns that have any."""
    columns = [c for c in tree["columns"] if c["share"]]
    columns.sort(key=lambda c: -c["share"])
    values = [
        (names.column(c["name"]), float(c["share"]), format_value(c["share"], Unit.SHARE))
        for c in columns[:MOST_COLUMNS]
    ]
    if not values:
        return None
    rest = len(columns) - len(values)
    caption = "Share of cells missing, columns with any." + (f" {rest} more in the table." if rest else "")
    return draw_bars("missing", "Missing values by column", values, caption=caption)


def missing_groups(tree: Tree, names: Names) -> Figure | None:
    """The columns whose missing values differ most between the groups of an attribute."""
    blocks = sorted(
        (b for b in _blocks(tree.get("groups") or ()) if b[0] >= LEAST_GAP), key=lambda block: -block[0]
    )
    entries = [
        ForestEntry(
            label=level,
            value=column["share"],
            low=column["low"],
            high=column["high"],
            words=format_interval(column["share"], column["low"], column["high"], Unit.SHARE),
            heading="" if place else f"{names.column(column['name'])}, by {names.attribute(attribute)}",
        )
        for _, attribute, rows in blocks[:MOST_BLOCKS]
        for place, (level, column) in enumerate(rows)
    ]
    if not entries:
        return None
    rest = (
        f" {len(blocks) - MOST_BLOCKS} further pairs are in the table." if len(blocks) > MOST_BLOCKS else ""
    )
    return draw_forest(
        "missing-groups",
        "Where values are missing for some groups more",
        entries,
        caption=f"Share of cells missing, 95 % intervals, the columns and attributes that differ most.{rest}",
        per_cent=True,
        whole_share=True,
    )


def _blocks(groups: Sequence[dict[str, Any]]) -> list[tuple[float, str, list[tuple[str, Any]]]]:
    """Per attribute and column: the widest gap between groups whose share is told, and these groups."""
    found: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for group in groups:
        level = " × ".join(group["levels"].values())
        for column in group["columns"]:
            if column["share"] is not None:
                found.setdefault((group["attribute"], column["name"]), []).append((level, column))
    return [
        (max(c["share"] for _, c in rows) - min(c["share"] for _, c in rows), attribute, rows)
        for (attribute, _), rows in found.items()
        if 1 < len(rows) <= MOST_LEVELS
    ]


def datasheet_bars(tree: Tree, _: Names) -> Figure | None:
    """Answered questions of each of the datasheet's seven groups."""
    values = []
    for group in tree["groups"]:
        stated, n = sum(field["stated"] for field in group["fields"]), len(group["fields"])
        values.append((str(group["group"]).capitalize(), stated / n, f"{stated} of {n}"))
    n_open = sum(not field["stated"] for group in tree["groups"] for field in group["fields"])
    caption = "Questions of the datasheet (Gebru et al. 2021) that are answered, by group; a full bar is all."
    if n_open:
        caption += (
            f" {n_open} are open: state them in [datasheet] of the job or in the dataset's declaration."
        )
    return draw_bars("datasheet", "What is stated about the data", values, caption=caption, whole=1.0)


FIGURES: tuple[Entry, ...] = (
    (Section.DATA, "missingness.json", missing_bars),
    (Section.DATA, "missingness.json", missing_groups),
    (Section.DATA, "datasheet.json", datasheet_bars),
)
