"""Curves on two axes, told apart by dash and by a label at their end, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testamur.report.charts.scale import Scale, Tick, spread_over

WIDTH, HEIGHT = 440, 330
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 46
STROKES = ("solid", "dashed", "dotted", "long")
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve as it is given: a name, and points in the units of the axes."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """An area between two curves; the first of several lies at the bottom and is the palest."""

    lower: tuple[Point, ...]
    upper: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of its own, with an interval up and down where one is given."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """A curve in pixels with its place in the legend."""

    name: str
    path: str
    stroke: str
    legend_x: float
    legend_y: float


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A mark in pixels."""

    x: float
    y: float
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the strip along the lower axis, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class LineChart:
    """A whole figure in pixels."""

    slug: str
    title: str
    desc: str
    caption: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    curves: tuple[DrawnCurve, ...]
    marks: tuple[DrawnMark, ...]
    reference: str
    bars: tuple[Bar, ...]
    bands: tuple[str, ...] = ()  # polygons
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM
    width: int = WIDTH
    height: int = HEIGHT
    kind: str = "lines"


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes say and hold; a domain of None is taken from the points."""

    x_label: str
    y_label: str
    x_domain: tuple[float, float] | None = None
    y_domain: tuple[float, float] | None = None


def draw_lines(
    slug: str,
    title: str,
    curves: Sequence[Curve],
    *,
    axes: Axes,
    caption: str,
    desc: str,
    marks: Sequence[Mark] = (),
    reference: Sequence[Point] = (),
    histogram: tuple[Sequence[float], Sequence[float | None]] | None = None,
    legend_on_top: bool = False,
    bands: Sequence[Band] = (),
) -> LineChart:
    """Lay out curves and marks.

    Args:
        slug: Identifier of the figure in the page.
        title: What it shows.
        curves: At most four, each with at least one point.
        axes: Labels and domains.
        caption: The sentence under it.
        desc: The figure in words.
        marks: Points with intervals.
        reference: Points of a thin dashed line.
        histogram: Edges and counts of a strip along the lower axis; None counts are suppressed.
        legend_on_top: True where the curves leave the upper right corner free.
        bands: Areas under the curves, such as the intervals of a forecast.
    """
    points = [p for c in curves for p in c.points] + [(m.x, m.y) for m in marks]
    points += [p for band in bands for p in (*band.lower, *band.upper)]
    x = Scale(*(axes.x_domain or spread_over([p[0] for p in points], pad=0.02)), LEFT, WIDTH - RIGHT)
    y = Scale(*(axes.y_domain or spread_over([p[1] for p in points])), HEIGHT - BOTTOM, TOP)
    return LineChart(
        slug=slug,
        title=title,
        desc=desc,
        caption=caption,
        x_label=axes.x_label,
        y_label=axes.y_label,
        x_ticks=x.ticks(5),
        y_ticks=y.ticks(5),
        curves=tuple(_curve(curve, i, x, y, top=legend_on_top) for i, curve in enumerate(curves)),
        marks=tuple(_mark(mark, x, y) for mark in marks),
        reference=_path(reference, x, y),
        bars=() if histogram is None else _bars(*histogram, x),
        bands=tuple(_path([*band.upper, *reversed(band.lower)], x, y) for band in bands),
    )


def _path(points: Sequence[Point], x: Scale, y: Scale) -> str:
    return " ".join(f"{x.at(a):g},{y.at(b):g}" for a, b in points)


def _curve(curve: Curve, i: int, x: Scale, y: Scale, *, top: bool) -> DrawnCurve:
    legend_y = TOP + 12 + 18.0 * i if top else HEIGHT - BOTTOM - 12 - 18.0 * i
    return DrawnCurve(curve.name, _path(curve.points, x, y), STROKES[i % 4], WIDTH - RIGHT - 8, legend_y)


def _mark(mark: Mark, x: Scale, y: Scale) -> DrawnMark:
    low = None if mark.low is None else y.at(mark.low)
    high = None if mark.high is None else y.at(mark.high)
    return DrawnMark(x.at(mark.x), y.at(mark.y), low, high, mark.words)


def _bars(edges: Sequence[float], counts: Sequence[float | None], x: Scale) -> tuple[Bar, ...]:
    tallest = max((count or 0 for count in counts), default=0)
    if not tallest:
        return ()
    bars = []
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        height = round(34 * (count or 0) / tallest, 1)
        begin = x.at(left)
        bars.append(Bar(begin, HEIGHT - BOTTOM - height, round(max(x.at(right) - begin - 1, 0.5), 1), height))
    return tuple(bars)
