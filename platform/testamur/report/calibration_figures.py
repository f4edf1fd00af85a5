"""Figures of calibration: the reliability diagram."""

from __future__ import annotations

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Figure, Tree, pair_points
from testamur.report.charts.lines import Axes, Curve, Mark, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval, format_value


def reliability_lines(tree: Tree, _: Names) -> Figure | None:
    """Observed share against predicted risk."""
    bins = [b for b in tree["bins"] if b["observed"] is not None]
    if not bins:
        return None
    top = min(1.0, 1.08 * max(max(b["high"] or b["observed"], b["mean_predicted"]) for b in bins))
    marks = [
        Mark(b["mean_predicted"], b["observed"], b["low"], b["high"], words=f"n {format_count(b['n'])}")
        for b in bins
    ]
    smooth = tuple((x, y) for x, y in pair_points(tree.get("smooth") or ()) if x <= top and y <= top)
    histogram = tree.get("histogram")
    words = "; ".join(
        f"predicted {format_value(b['mean_predicted'], Unit.SHARE)}, observed "
        f"{format_interval(b['observed'], b['low'], b['high'], Unit.SHARE)}"
        for b in bins
    )
    slope = tree.get("slope") or {}
    tail = "" if slope.get("value") is None else (
        f" Slope {format_interval(slope['value'], slope['low'], slope['high'])}, ideal 1."
    )  # fmt: skip
    return draw_lines(
        "reliability",
        "Do the stated risks mean what they say?",
        [Curve("smoothed", smooth)] if smooth else [],
        axes=Axes("predicted risk", "observed share", (0, top), (0, top)),
        caption="Points: neighbouring risks taken together, with 95 % intervals. Dashed: perfect agreement. "
        f"Strip below: how often each risk is given.{tail}",
        desc=f"{words}.",
        marks=marks,
        reference=((0, 0), (top, top)),
        histogram=(histogram["edges"], histogram["counts"]) if histogram else None,
    )


FIGURES: tuple[Entry, ...] = ((Section.CALIBRATION, "reliability.json", reliability_lines),)
