"""The figure ``lines``: curves, bands (a fan), zones, marks, over numbers or moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from testamur.report.charts import plot
from testamur.report.charts.lines import STROKES, Bar
from testamur.report.charts.plot import Plot, Rule, Spot, Zone
from testamur.report.charts.scale import Scale, Tick, spread_over
from testamur.report.insight.moments import as_seconds, in_words, moment_ticks
from testamur.report.insight.shape import FigureFault, Tree, number, number_of, rows_of, text_of, title_of
from testamur.report.numbers import format_number

MOST_CURVES, MOST_BANDS = 4, 4


@dataclass(frozen=True, slots=True)
class Given:
    """What a figure holds, as numbers."""

    curves: list[tuple[str, list[tuple[float, float | None]]]]
    bands: list[tuple[str, list[tuple[float, float, float]]]]
    marks: list[dict[str, Any]]
    times: bool


def lines(tree: Tree, slug: str) -> Plot:
    """Lay out curves and bands; see docs/writing-a-plugin.md for the JSON.

    Raises:
        FigureFault: An entry is missing or wrong.
    """
    given = _read(tree)
    x, y, size, top = _scales(tree, given)
    legend = plot.place_legend(
        [(name, STROKES[i % len(STROKES)]) for i, (name, _) in enumerate(given.curves)],
        [(name, level) for level, (name, _) in enumerate(given.bands)],
        size[0],
    )
    per_cent = bool(tree.get("percent"))
    ticks = 5 if size == plot.NARROW else 9
    return Plot(
        slug=slug,
        title=text_of(tree, "title"),
        desc=text_of(tree, "desc", "") or _described(given, per_cent=per_cent),
        caption=text_of(tree, "caption", ""),
        x_label=text_of(tree, "x_label", ""),
        y_label=text_of(tree, "y_label", ""),
        x_ticks=_x_ticks(tree, x, ticks, times=given.times),
        y_ticks=y.ticks(5, per_cent=per_cent),
        areas=tuple(plot.draw_area(n, p, level, x, y) for level, (n, p) in enumerate(given.bands)),
        stretches=tuple(plot.draw_stretch(n, p, i, x, y) for i, (n, p) in enumerate(given.curves)),
        zones=tuple(_zones(tree, y)),
        verticals=tuple(_verticals(tree, x, times=given.times)),
        horizontals=tuple(_horizontals(tree, y)),
        spots=tuple(_spot(mark, x, y) for mark in given.marks),
        legend=legend,
        diagonal=_diagonal(x, y) if tree.get("diagonal") else "",
        bars=_bars(tree, x, size[1] + top),
        left=plot.LEFT,
        right=size[0] - plot.RIGHT,
        top=plot.TOP + top,
        bottom=size[1] + top - plot.BOTTOM,
        width=size[0],
        height=size[1] + top,
    )


def _read(tree: Tree) -> Given:
    times = tree.get("x") == "time"
    series = rows_of(tree, "series", fewest=0) if "series" in tree else []
    bands = rows_of(tree, "bands", fewest=0) if "bands" in tree else []
    marks = rows_of(tree, "marks", fewest=0) if "marks" in tree else []
    if not (series or bands or marks):
        raise FigureFault(f"the figure {title_of(tree)!r} needs 'series', 'bands' or 'marks'")
    if len(series) > MOST_CURVES or len(bands) > MOST_BANDS:
        raise FigureFault(
            f"the figure {title_of(tree)!r} tells {MOST_CURVES} curves and {MOST_BANDS} bands apart, "
            f"however: {len(series)} and {len(bands)} were given"
        )
    return Given(
        [(text_of(s, "name", ""), _points(s, tree, times=times)) for s in series],
        [(text_of(b, "name", ""), _band(b, tree, times=times)) for b in bands],
        [{**m, "x": _place(m.get("x"), tree, times=times)} for m in marks],
        times,
    )


def _place(value: Any, tree: Tree, *, times: bool) -> float:
    where = f"{title_of(tree)}: x"
    if times:
        return as_seconds(value, where)
    found = number(value, where)
    if found is None:
        raise FigureFault(f"{where}: a number is required, however: null")
    return found


def _points(series: Tree, tree: Tree, *, times: bool) -> list[tuple[float, float | None]]:
    found = rows_of(series, "points", what="points [x, y]")
    where = f"{title_of(tree)}: y"
    return [(_place(pair[0], tree, times=times), number(pair[1], where)) for pair in found]


def _band(band: Tree, tree: Tree, *, times: bool) -> list[tuple[float, float, float]]:
    kept = []
    for triple in rows_of(band, "points", fewest=2, what="points [x, low, high]"):
        low, high = (number(end, f"{title_of(tree)}: band") for end in triple[1:3])
        if low is not None and high is not None:
            kept.append((_place(triple[0], tree, times=times), low, high))
    return kept


def _scales(tree: Tree, given: Given) -> tuple[Scale, Scale, tuple[int, int], float]:
    size = plot.WIDE if tree.get("wide") else plot.NARROW
    legend = plot.place_legend([(n, "") for n, _ in given.curves], [(n, 0) for n, _ in given.bands], size[0])
    top = max((entry.y + 8 for entry in legend), default=0.0)
    xs = [p[0] for _, points in given.curves for p in points] + [p[0] for _, b in given.bands for p in b]
    ys = [p[1] for _, points in given.curves for p in points if p[1] is not None]
    ys += [end for _, band in given.bands for p in band for end in p[1:]]
    for mark in given.marks:
        xs.append(mark["x"])
        ys += [v for name in ("y", "low", "high") if (v := number_of(mark, name)) is not None]
    ys += [v for h in tree.get("horizontal", []) if (v := number_of(h, "y")) is not None]
    if not ys:
        raise FigureFault(f"the figure {title_of(tree)!r} needs a known value, however: all are null")
    low, high = _upright(tree, ys)
    x_low, x_high = spread_over(xs, pad=0.01)
    x = Scale(x_low, x_high, plot.LEFT, size[0] - plot.RIGHT)
    return x, Scale(low, high, size[1] + top - plot.BOTTOM, plot.TOP + top), size, top


def _upright(tree: Tree, ys: list[float]) -> tuple[float, float]:
    """The stretch of the upright axis; a stated end holds where no value lies beyond it."""
    low, high = spread_over(ys)
    least, most = number_of(tree, "y_min"), number_of(tree, "y_max")
    low = low if least is None else min(least, min(ys))
    high = high if most is None else max(most, max(ys))
    return (low, high) if high > low else (low, low + 1.0)


def _x_ticks(tree: Tree, x: Scale, n: int, *, times: bool) -> tuple[Tick, ...]:
    if times:
        return moment_ticks(x, n)
    if "x_words" in tree:
        return tuple(Tick(x.at(float(place)), str(words)) for place, words in rows_of(tree, "x_words"))
    return x.ticks(n, per_cent=bool(tree.get("x_percent")))


def _zones(tree: Tree, y: Scale) -> list[Zone]:
    found = []
    for zone in tree.get("zones", []):
        low, high = number_of(zone, "low", y.low), number_of(zone, "high", y.high)
        low, high = y.low if low is None else low, y.high if high is None else high
        top, bottom = y.at(high), y.at(low)
        if bottom > top:
            found.append(Zone(top, round(bottom - top, 1), text_of(zone, "words", "")))
    return found


def _verticals(tree: Tree, x: Scale, *, times: bool) -> list[Rule]:
    found = []
    for rule in tree.get("vertical", []):
        at = x.at(_place(rule.get("x"), tree, times=times))
        found.append(Rule(at, text_of(rule, "words", ""), "end" if at > (x.start + x.end) / 2 else "start"))
    return found


def _horizontals(tree: Tree, y: Scale) -> list[Rule]:
    found = []
    for rule in tree.get("horizontal", []):
        at = number_of(rule, "y")
        if at is None:
            raise FigureFault(f"{title_of(tree)}: a horizontal line needs 'y'")
        found.append(Rule(y.at(at), text_of(rule, "words", "")))
    return found


def _spot(mark: dict[str, Any], x: Scale, y: Scale) -> Spot:
    at, low, high = (number_of(mark, name) for name in ("y", "low", "high"))
    if at is None:
        raise FigureFault("a mark needs 'x' and 'y'")
    place = x.at(mark["x"])
    anchor = "end" if place > (x.start + x.end) / 2 else "start"
    ends = (None if end is None else y.at(end) for end in (low, high))
    return Spot(place, y.at(at), *ends, text_of(mark, "words", ""), anchor)


def _diagonal(x: Scale, y: Scale) -> str:
    low, high = max(x.low, y.low), min(x.high, y.high)
    return plot.path_of([(low, low), (high, high)], x, y) if high > low else ""


def _bars(tree: Tree, x: Scale, height: float) -> tuple[Bar, ...]:
    """A strip along the lower axis: how often each stretch of it occurs."""
    strip = tree.get("histogram")
    if not strip:
        return ()
    edges, counts = rows_of(strip, "edges", fewest=2), rows_of(strip, "counts")
    tallest = max((count or 0 for count in counts), default=0) or 1
    found = []
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        tall = round(34 * (count or 0) / tallest, 1)
        begin = x.at(float(left))
        width = round(max(x.at(float(right)) - begin - 1, 0.5), 1)
        found.append(Bar(begin, height - plot.BOTTOM - tall, width, tall))
    return tuple(found)


def _described(given: Given, *, per_cent: bool) -> str:
    """The figure in words, where the plugin gives none: where each curve begins and ends."""
    return " ".join(_of_curve(n, p, given.times, per_cent=per_cent) for n, p in given.curves) or (
        "Bands: " + ", ".join(name for name, _ in given.bands) + "."
    )


def _of_curve(name: str, points: Sequence[tuple[float, float | None]], times: bool, *, per_cent: bool) -> str:
    known = [(x, y) for x, y in points if y is not None]
    if not known:
        return f"{name}: no known value."

    def value(y: float) -> str:
        return f"{format_number(100 * y, 1)} %" if per_cent else format_number(y, 2)

    def place(x: float) -> str:
        return in_words(x) if times else f"{x:g}"

    (first_x, first_y), (last_x, last_y) = known[0], known[-1]
    return (
        f"{name or 'The curve'}: {value(first_y)} at {place(first_x)}, {value(last_y)} at {place(last_x)}, "
        f"between {value(min(y for _, y in known))} and {value(max(y for _, y in known))}."
    )
