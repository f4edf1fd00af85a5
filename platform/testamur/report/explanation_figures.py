"""Figures of explanation: what the model rests on, and how its answer moves with a number."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from testamur.contracts.finding import Section
from testamur.report.charts.figure import Entry, Figure, Tree
from testamur.report.charts.forest import draw_forest
from testamur.report.charts.lines import Axes, Band, Curve, draw_lines
from testamur.report.column_entry import column_entry
from testamur.report.names import Names, slug
from testamur.report.numbers import format_count, format_number

MOST_COLUMNS = 12
N_CURVES = 4
_COLUMNS = "Columns that say the same share their weight."
_DONE = {
    "rows": "a column is shuffled",
    "windows": "a channel's past (or a column of the last row) is shuffled",
    "answers": "the item that is asked, the items or the answers of the past are shuffled",
}
_SHARED = {"rows": _COLUMNS, "windows": _COLUMNS.replace("Columns", "Channels"), "answers": ""}
_LEFT_OUT = {
    "windows": "when some steps of every channel come from another window",
    "answers": "when a part of the earlier answers is left out",
    "choices": "when a part of the earlier choices is left out (they stay barred from the list)",
}


def importance_forest(tree: Tree, names: Names) -> Figure | None:
    """How much worse the model gets when a column is shuffled."""
    columns = tree["columns"][:MOST_COLUMNS]
    if not columns:
        return None
    entries = [column_entry(c, c["value"], names) for c in columns]
    rest = len(tree["columns"]) - len(entries)
    more = f" {rest} further columns matter less; they are in the table." if rest else ""
    times = "once" if tree["n_shuffles"] == 1 else f"{tree['n_shuffles']} times"
    shape = tree.get("shape", "rows")
    return draw_forest(
        "importance",
        "What the model rests on",
        entries,
        caption=(
            f"{_capital(tree['way'])} of the {tree['label']} when {_DONE[shape]} {times} among "
            f"{format_count(tree['n'])} test rows, simultaneous {100 * tree['level']:.0f} % intervals. "
            f"Dashed: no loss. {_SHARED[shape]}{more}"
        ),
        reference=0.0,
        reference_words="no loss",
    )


def past_forest(tree: Tree, names: Names) -> Figure | None:
    """What each stretch of the past is worth."""
    entries = [column_entry(stretch, stretch["value"], names) for stretch in tree["stretches"]]
    if not entries:
        return None
    step = f" A step is one {tree['step']}." if tree["step"] else ""
    label = tree["label"].partition(" when ")[0]
    return draw_forest(
        "past",
        "How far back the model looks",
        entries,
        caption=(
            f"{_capital(label)} {_LEFT_OUT[tree['shape']]}; {format_count(tree['n'])} test rows, "
            f"simultaneous {100 * tree['level']:.0f} % intervals. Dashed: no loss.{step}"
        ),
        reference=0.0,
        reference_words="no loss",
    )


def effect_lines(tree: Tree, names: Names, *, place: int) -> Figure | None:
    """The accumulated local effects of one number, with its band."""
    if place >= len(tree["curves"]):
        return None
    curve = tree["curves"][place]
    points = list(zip(curve["places"], curve["effect"], curve["low"], curve["high"], strict=True))
    if len(points) < 2:
        return None
    label = names.column(curve["name"])
    words = _moves(curve, label)
    tied = ""
    if curve["tied_to"]:
        other = names.column(curve["tied_to"])
        tied = f" It moves together with {other} (rank correlation {format_number(curve['correlation'], 2)})."
    of_class = curve.get("class")
    moved = "the answer" if of_class is None else f"the probability of {of_class}"
    return draw_lines(
        f"effect-{slug(curve['name'])}",
        f"How {moved} moves with {label}",
        [Curve(label, tuple((x, y) for x, y, _, _ in points))],
        axes=Axes("moment" if curve["is_time"] else label, f"change of {moved}"),
        caption=(
            f"Accumulated local effects, {format_count(curve['n'])} test rows, "
            f"pointwise {100 * tree['level']:.0f} % band; 0 is the mean over the rows.{tied}"
        ),
        desc=f"{words}.{tied}",
        reference=((points[0][0], 0.0), (points[-1][0], 0.0)),
        bands=[Band(tuple((x, lo) for x, _, lo, _ in points), tuple((x, hi) for x, _, _, hi in points))],
        legend_on_top=True,
    )


def _moves(curve: Tree, label: str) -> str:
    first, last = curve["places"][0], curve["places"][-1]
    ends = (_place(curve, first), _place(curve, last))
    change = format_number(curve["effect"][-1] - curve["effect"][0], 3)
    return f"From {ends[0]} to {ends[1]} of {label} the answer changes by {change}"


def _place(curve: Tree, value: float) -> str:
    if curve["is_time"]:
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    return f"{value:,.4g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


FIGURES: tuple[Entry, ...] = (
    (Section.EXPLANATION, "importance.json", importance_forest),
    (Section.EXPLANATION, "past.json", past_forest),
    *((Section.EXPLANATION, "effects.json", partial(effect_lines, place=place)) for place in range(N_CURVES)),
)
