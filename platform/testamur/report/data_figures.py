"""Figures of the data: missing values."""

from __future__ import annotations

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.bars import draw_bars
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.names import Names
from testamur.report.numbers import format_value

MOST_COLUMNS = 12


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


FIGURES: tuple[Entry, ...] = ((Section.DATA, "missingness.json", missing_bars),)
