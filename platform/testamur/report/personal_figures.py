"""Figure of personal data in the cells of the source."""

from __future__ import annotations

from typing import Any

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.bars import draw_bars
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval

MOST_ROWS = 14


def personal_bars(tree: Tree, names: Names) -> Figure | None:
    """Share of cells with each kind of personal data, per column; a heading alone is a bar of nothing."""
    rows = [row for column in tree["columns"] for row in _of_column(column, names)]
    if not rows:
        return None
    rows.sort(key=lambda row: -row[1])
    shown = rows[:MOST_ROWS]
    rest = f" {len(rows) - len(shown)} more in the table." if len(rows) > len(shown) else ""
    seen = [names.column(c["name"]) for c in tree["columns"] if c["seen_by_model"]]
    told = f"Seen by the model: {', '.join(seen[:8])}." if seen else "The model sees none of these columns."
    return draw_bars(
        "personal",
        "Personal data in the cells",
        shown,
        caption=f"Cells of a column that match form and checksum of a kind; {len(tree['kinds'])} kinds tried "
        f"on {format_count(tree['n_columns'])} columns. {told} No cell is quoted.{rest}",
    )


def _of_column(column: dict[str, Any], names: Names) -> list[tuple[str, float, str]]:
    name = names.column(column["name"])
    rows = [(f"{name}: {kind['label']}", kind["share"] or 0.0, _words(kind)) for kind in column["kinds"]]
    return rows or [(name, 0.0, "by its heading alone")]


def _words(kind: dict[str, Any]) -> str:
    if kind["share"] is None:
        return "a handful of cells"
    certain = kind["low"] == kind["high"]
    low, high = (None, None) if certain else (kind["low"], kind["high"])
    return format_interval(kind["share"], low, high, Unit.SHARE)


FIGURES: tuple[Entry, ...] = ((Section.PRIVACY, "personal_data.json", personal_bars),)
