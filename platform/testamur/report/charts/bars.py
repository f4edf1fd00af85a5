"""Horizontal bars for shares that are counted, not estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testamur.report.charts.scale import Scale

WIDTH, ROW, TOP, MARGIN = 440, 34, 6, 10


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar in pixels, with its label above it."""

    y: float
    label: str
    words: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """A whole figure in pixels."""

    slug: str
    title: str
    desc: str
    caption: str
    rows: tuple[BarRow, ...]
    height: float
    width: int = WIDTH
    kind: str = "bars"


def draw_bars(
    slug: str,
    title: str,
    values: Sequence[tuple[str, float, str]],
    *,
    caption: str,
    whole: float | None = None,
) -> BarChart:
    """Lay out one bar per (label, value, value in words); `whole`, or else the longest, fills the width."""
    longest = max((value for _, value, _ in values), default=0.0)
    scale = Scale(0.0, whole or longest or 1.0, MARGIN, WIDTH - MARGIN)
    rows = tuple(
        BarRow(TOP + i * ROW, label[:44], words, MARGIN, max(scale.at(value) - MARGIN, 1.0))
        for i, (label, value, words) in enumerate(values)
    )
    desc = "; ".join(f"{label}: {words}" for label, _, words in values)
    return BarChart(slug, title, f"{desc}.", caption, rows, TOP + ROW * len(rows) + 6)
