"""A line of a forest plot about one column of the data."""

from __future__ import annotations

from testamur.report.charts.figure import Tree
from testamur.report.charts.forest import ForestEntry
from testamur.report.names import Names
from testamur.report.numbers import format_interval


def column_entry(column: Tree, value: float, names: Names) -> ForestEntry:
    """The value of a column with its interval.

    Args:
        column: Evidence: ``name``, ``low``, ``high``.
        value: The point estimate.
        names: How columns are printed.
    """
    low, high = column["low"], column["high"]
    return ForestEntry(
        label=names.column(column["name"]),
        value=value,
        low=low,
        high=high,
        words=format_interval(value, low, high),
    )
