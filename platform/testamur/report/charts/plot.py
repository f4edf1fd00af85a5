"""Curves with bands, zones and marks on two axes: forecasts, trails and courses over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testamur.report.charts.lines import STROKES, Bar, Point
from testamur.report.charts.scale import Scale, Tick

LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 46
NARROW, WIDE = (440, 330), (960, 330)
LEGEND_ROW = 20
LONGEST_NAME = 34


@dataclass(frozen=True, slots=True)
class Area:
    """A band in pixels; level 0 is the widest and palest."""

    points: str
    level: int
    name: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A curve in pixels, in pieces where values are missing."""

    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    stroke: str
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin dashed line across the figure, with its words."""

    at: float
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Zone:
    """A shaded stretch of the upright axis, in pixels."""

    y: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of its own, with an interval up and down where it has one."""

    x: float
    y: float
    low: float | None
    high: float | None
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry under the title: a curve's stroke or a band's shade, and its name."""

    x: float
    y: float
    stroke: str
    level: int
    name: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A whole figure in pixels."""

    slug: str
    title: str
    desc: str
    caption: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    areas: tuple[Area, ...]
    stretches: tuple[Stretch, ...]
    zones: tuple[Zone, ...]
    verticals: tuple[Rule, ...]
    horizontals: tuple[Rule, ...]
    spots: tuple[Spot, ...]
    legend: tuple[Legend, ...]
    diagonal: str
    bars: tuple[Bar, ...]
    left: float
    right: float
    top: float
    bottom: float
    width: int
    height: float
    kind: str = "plot"


def split_at_gaps(points: Sequence[tuple[float, float | None]]) -> list[list[Point]]:
    """Runs of known points; a missing value ends a run."""
    runs: list[list[Point]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]


def draw_stretch(
    name: str, points: Sequence[tuple[float, float | None]], position: int, x: Scale, y: Scale
) -> Stretch:
    """A curve in pixels; a value alone between gaps is a dot."""
    runs = split_at_gaps(points)
    paths = tuple(path_of(run, x, y) for run in runs if len(run) > 1)
    dots = tuple((x.at(run[0][0]), y.at(run[0][1])) for run in runs if len(run) == 1)
    return Stretch(paths, dots, STROKES[position % len(STROKES)], name)


def draw_area(
    name: str, points: Sequence[tuple[float, float, float]], level: int, x: Scale, y: Scale
) -> Area:
    """A band in pixels, from (place, lower end, upper end)."""
    upper = [(place, high) for place, _, high in points]
    lower = [(place, low) for place, low, _ in reversed(points)]
    return Area(path_of([*upper, *lower], x, y), level, name)


def path_of(points: Sequence[Point], x: Scale, y: Scale) -> str:
    """Points as SVG reads them."""
    return " ".join(f"{x.at(a):g},{y.at(b):g}" for a, b in points)


def place_legend(
    curves: Sequence[tuple[str, str]], bands: Sequence[tuple[str, int]], width: int
) -> tuple[Legend, ...]:
    """Entries in rows above the figure; none where there is a single curve and no band."""
    entries = [(stroke, -1, name) for name, stroke in curves] + [("", level, name) for name, level in bands]
    if len(entries) < 2:
        return ()
    placed, x, row = [], float(LEFT), 0
    for stroke, level, name in entries:
        shown = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
        room = 40 + 7.2 * len(shown)
        if x + room > width and x > LEFT:
            x, row = float(LEFT), row + 1
        placed.append(Legend(x, 12.0 + LEGEND_ROW * row, stroke, level, shown))
        x += room
    return tuple(placed)
