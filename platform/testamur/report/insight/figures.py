"""The other figures of insight pages: intervals, bars, reliability, a strip of shades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testamur.contracts.finding import Unit
from testamur.report.charts.bars import BarChart, draw_bars
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.charts.plot import Plot
from testamur.report.insight.lines import lines
from testamur.report.insight.numbers import interval_in_words, unit_of, value_in_words
from testamur.report.insight.shape import FigureFault, Tree, number, number_of, rows_of, text_of, title_of

HEAT_WIDTH, HEAT_TOP, HEAT_ROW, HEAT_LABEL = 960, 26, 30, 170
LONGEST_HEAT_LABEL = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One shaded field in pixels; `shade` runs from 0 to 1, None where nothing is known."""

    x: float
    y: float
    width: float
    shade: float | None
    words: str
    title: str


@dataclass(frozen=True, slots=True)
class Heat:
    """A strip or a grid of shades in pixels."""

    slug: str
    title: str
    desc: str
    caption: str
    columns: tuple[tuple[float, str], ...]
    rows: tuple[tuple[float, str], ...]
    cells: tuple[Cell, ...]
    height: float
    cell_height: int = HEAT_ROW - 3
    width: int = HEAT_WIDTH
    kind: str = "heat"


def intervals(tree: Tree, slug: str) -> Forest:
    """Values with their intervals, one under the other.

    Raises:
        FigureFault: An entry is missing or wrong.
    """
    unit = unit_of(tree)
    given = rows_of(tree, "rows", what="rows with a label and a value")
    entries = [_entry(row, tree, unit) for row in given]
    if all(entry.value is None for entry in entries):
        raise FigureFault(f"the figure {title_of(tree)!r} needs a row with a value, however: all are null")
    return draw_forest(
        slug,
        text_of(tree, "title"),
        entries,
        caption=text_of(tree, "caption", ""),
        reference=number_of(tree, "reference"),
        reference_words=text_of(tree, "reference_words", ""),
        per_cent=unit is Unit.SHARE,
        whole_share=unit is Unit.SHARE and not tree.get("signed"),
    )


def _entry(row: Tree, tree: Tree, unit: Unit | str) -> ForestEntry:
    value, low, high = (number_of(row, name) for name in ("value", "low", "high"))
    point, ends = interval_in_words(value, low, high, unit)
    words = text_of(row, "words", "") or (f"{point} ({ends})" if ends else point)
    n = row.get("n")
    return ForestEntry(
        label=text_of(row, "label"),
        value=value,
        low=low,
        high=high,
        words=words if value is not None else text_of(row, "reason", "not estimable"),
        n="" if n is None else f"n = {n:,}" if isinstance(n, int) else str(n),
        heading=text_of(row, "heading", ""),
    )


def bars(tree: Tree, slug: str) -> BarChart:
    """Bars for what is counted or decided, not estimated.

    Raises:
        FigureFault: An entry is missing or wrong.
    """
    unit = unit_of(tree)
    values = []
    for row in rows_of(tree, "rows", what="rows with a label and a value"):
        value = number_of(row, "value")
        if value is None or value < 0:
            raise FigureFault(f"{title_of(tree)}: bars need values of 0 or more; use intervals for others")
        values.append(
            (text_of(row, "label"), value, text_of(row, "words", "") or value_in_words(value, unit))
        )
    return draw_bars(slug, text_of(tree, "title"), values, caption=text_of(tree, "caption", ""))


def reliability(tree: Tree, slug: str) -> Plot:
    """What was predicted beside what came, with intervals and how often each is said.

    Raises:
        FigureFault: An entry is missing or wrong.
    """
    points = rows_of(tree, "points", what="points with predicted, observed, low, high")
    marks = [
        {"x": p.get("predicted"), "y": p.get("observed"), "low": p.get("low"), "high": p.get("high")}
        for p in points
        if p.get("observed") is not None
    ]
    words = "; ".join(f"{m['x']:.3g} predicted, {m['y']:.3g} observed" for m in marks)
    return lines(
        {
            "x_label": "predicted",
            "y_label": "observed",
            "percent": True,
            "x_percent": True,
            "desc": words + ".",
            **{name: value for name, value in tree.items() if name != "points"},
            "marks": marks,
            "diagonal": True,
        },
        slug,
    )


def heat(tree: Tree, slug: str) -> Heat:
    """Shades by row and column, each with its number: a week by hours, skills by learners.

    Raises:
        FigureFault: An entry is missing or wrong.
    """
    names = [str(name) for name in rows_of(tree, "columns")]
    given = rows_of(tree, "rows", what="rows with a label and values")
    where = title_of(tree)
    values = [[number(value, where) for value in rows_of(row, "values")] for row in given]
    if any(len(row) != len(names) for row in values):
        raise FigureFault(f"{where}: each row needs {len(names)} values, one per column")
    known = [v for row in values for v in row if v is not None]
    low = number_of(tree, "low", min(known, default=0.0)) or 0.0
    high = number_of(tree, "high", max(known, default=1.0)) or 0.0
    width = (HEAT_WIDTH - HEAT_LABEL) / len(names)
    unit = unit_of(tree)
    cells = []
    for i, (row, line) in enumerate(zip(given, values, strict=True)):
        for j, value in enumerate(line):
            shade = None if value is None else min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))
            words = "" if value is None else value_in_words(value, unit)
            title = f"{text_of(row, 'label')}, {names[j]}: {words or 'not known'}"
            cells.append(
                Cell(
                    round(HEAT_LABEL + j * width, 1),
                    float(HEAT_TOP + i * HEAT_ROW),
                    round(width - 2, 1),
                    None if shade is None else round(shade, 3),
                    words if width >= 38 else "",
                    title,
                )
            )
    every = max(1, -(-44 // max(int(width), 1)))
    return Heat(
        slug=slug,
        title=text_of(tree, "title"),
        desc=text_of(tree, "desc", "") or f"Shades from {low:g} to {high:g}, {len(given)} by {len(names)}.",
        caption=text_of(tree, "caption", ""),
        columns=tuple(
            (round(HEAT_LABEL + (j + 0.5) * width, 1), name) for j, name in enumerate(names) if j % every == 0
        ),
        rows=tuple(
            (HEAT_TOP + i * HEAT_ROW + 19.0, text_of(row, "label")[:LONGEST_HEAT_LABEL])
            for i, row in enumerate(given)
        ),
        cells=tuple(cells),
        height=float(HEAT_TOP + HEAT_ROW * len(given) + 4),
    )


KINDS = {"lines": lines, "intervals": intervals, "bars": bars, "reliability": reliability, "heat": heat}


def figure_of(tree: Any, slug: str) -> Plot | Forest | BarChart | Heat:
    """The figure that a tree with a ``kind`` describes.

    Raises:
        FigureFault: The kind is not known, or an entry is missing or wrong.
    """
    from testamur.contracts.suggest import did_you_mean

    if not hasattr(tree, "get"):
        raise FigureFault(f"a figure is an object, however: a {type(tree).__name__}")
    kind = str(tree.get("kind", ""))
    if kind not in KINDS:
        raise FigureFault(
            f"the figure {title_of(tree)!r} needs a kind; {did_you_mean(kind, KINDS, what='kind')}"
        )
    return KINDS[kind](tree, slug)
