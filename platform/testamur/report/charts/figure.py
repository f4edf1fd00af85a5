"""What a figure is, and how an evidence file is entered as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from testamur.contracts.finding import Section
from testamur.report.charts.bars import BarChart
from testamur.report.charts.forest import Forest
from testamur.report.charts.lines import LineChart, Point
from testamur.report.names import Names

Figure = Forest | LineChart | BarChart
Tree = Mapping[str, Any]
Entry = tuple[Section, str, Callable[[Tree, Names], Figure | None]]
"""Section, name of the evidence file, and what draws it (None: nothing worth a picture)."""


def pair_points(pairs: Any) -> tuple[Point, ...]:
    """Points of a curve from evidence, without those that are withheld."""
    return tuple((float(x), float(y)) for x, y in pairs if x is not None and y is not None)
