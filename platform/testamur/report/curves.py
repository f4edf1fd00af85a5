"""Figures made from evidence files: missing values, ranking, benefit, reliability, learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from testamur.contracts.finding import Section, Unit
from testamur.contracts.model import TrainingSummary
from testamur.report.charts.bars import BarChart, draw_bars
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Curve, LineChart, Mark, Point, draw_lines
from testamur.report.forecast_figures import coverage_lines, error_forest, fan_lines, step_lines
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval, format_value
from testamur.report.ranking_figures import exposure_lines, history_lines, list_forest
from testamur.report.series import WORDS, name_series

Figure = Forest | LineChart | BarChart
Tree = Mapping[str, Any]
MOST_COLUMNS = 12


def evidence_figures(section: Section, evidence: Mapping[str, Tree], names: Names) -> list[Figure]:
    """The figures of a section whose evidence is there."""
    drawn = [draw(evidence[name], names) for of, name, draw in _FIGURES if of is section and name in evidence]
    return [figure for figure in drawn if figure is not None]


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


def ranking_forest(tree: Tree, _: Names) -> Figure | None:
    """Area under the curve of the model and of its baselines."""
    entries = [
        ForestEntry(
            label=name_series(c["name"]),
            value=c["auc"],
            low=c["low"],
            high=c["high"],
            words=format_interval(c["auc"], c["low"], c["high"]),
        )
        for c in tree["curves"]
        if c["auc"] is not None
    ]
    if not entries:
        return None
    return draw_forest(
        "ranking",
        "How well it ranks, beside its baselines",
        entries,
        caption="Area under the ROC curve, 95 % intervals, same test rows. Dashed: chance, 0.5.",
        reference=0.5,
        reference_words="chance, 0.5",
    )


def roc_lines(tree: Tree, _: Names) -> Figure | None:
    """True-positive against false-positive rate."""
    curves = [Curve(name_series(c["name"]), _points(c["points"])) for c in tree["curves"] if c["points"]]
    if not curves:
        return None
    point = tree.get("operating_point")
    marks = [Mark(point["fpr"], point["tpr"], words="at the decision threshold")] if point else []
    where = _operating_words(point)
    areas = "; ".join(
        f"{name_series(c['name'])}: area {format_interval(c['auc'], c['low'], c['high'])}"
        for c in tree["curves"]
    )
    return draw_lines(
        "roc",
        "What is found, and at what price",
        curves[:4],
        axes=Axes(
            "share selected among those without the event", "share found among those with it", (0, 1), (0, 1)
        ),
        caption=f"ROC curve.{where}",
        desc=f"{areas}.{where}",
        marks=marks,
        reference=((0, 0), (1, 1)),
    )


def benefit_lines(tree: Tree, _: Names) -> Figure | None:
    """Net benefit over thresholds."""
    rows = tree.get("decision_curve") or []
    curves = []
    for name in ("model", "boosting", "all"):
        points = tuple((float(r["threshold"]), float(r[name])) for r in rows if r.get(name) is not None)
        if points:
            curves.append(Curve(name_series(name), points))
    if not curves:
        return None
    values = [y for c in curves if c.name != WORDS["all"] for _, y in c.points] or [0.0]
    top = max(*values, 0.01) * 1.1
    return draw_lines(
        "benefit",
        "Is acting on it worth it?",
        curves,
        axes=Axes("threshold at which one acts", "net benefit per row", None, (-0.25 * top, top)),
        caption="Net benefit (Vickers 2006) of acting above a threshold; dashed at 0: act on no one.",
        desc="Net benefit of the model, of gradient boosting and of acting on everyone over thresholds.",
        reference=((rows[0]["threshold"], 0.0), (rows[-1]["threshold"], 0.0)),
        legend_on_top=True,
    )


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
    smooth = tuple((x, y) for x, y in _points(tree.get("smooth") or ()) if x <= top and y <= top)
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


def learning_lines(training: TrainingSummary) -> Figure | None:
    """Loss per epoch on validation rows, and on training rows where it may be told."""
    if not training.history:
        return None
    last = training.history[-1].epoch
    best = next((e for e in training.history if e.epoch == training.best_epoch), None)
    curves = [
        Curve(
            "held out" if training.member_epochs else "validation",
            tuple((float(e.epoch), e.validation_loss) for e in training.history),
        ),
    ]
    learnt = tuple((float(e.epoch), e.train_loss) for e in training.history if e.train_loss is not None)
    if learnt:  # a private training does not tell its loss
        curves.append(Curve("training", learnt))
    stop = "; training stopped early" if training.stopped_early else ""
    kept = f"ring: epoch {training.best_epoch}, whose weights were kept"
    if training.member_epochs:
        best, kept = None, "each member kept the weights of its own best epoch"
    words = f"Loss per epoch; {kept}{stop}."
    return draw_lines(
        "learning",
        "How it learned",
        curves,
        axes=Axes("epoch", "loss", (0.0, float(max(last, 1)))),
        caption=words,
        desc=f"{words} {last} epochs were run.",
        marks=[] if best is None else [Mark(float(best.epoch), best.validation_loss, words="kept weights")],
        legend_on_top=True,
    )


def _operating_words(point: Tree | None) -> str:
    if not point:
        return ""
    found, wrongly = (format_value(point[rate], Unit.SHARE) for rate in ("tpr", "fpr"))
    return (
        f" Ring: the decision threshold, where {found} of those with the event and {wrongly} of those "
        "without it are selected."
    )


def _points(pairs: Any) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in pairs if x is not None and y is not None)


_FIGURES: tuple[tuple[Section, str, Callable[[Tree, Names], Figure | None]], ...] = (
    (Section.DATA, "missingness.json", missing_bars),
    (Section.PERFORMANCE, "roc.json", ranking_forest),
    (Section.PERFORMANCE, "roc.json", roc_lines),
    (Section.PERFORMANCE, "decisions.json", benefit_lines),
    (Section.PERFORMANCE, "forecast.json", error_forest),
    (Section.PERFORMANCE, "forecast_example.json", fan_lines),
    (Section.PERFORMANCE, "forecast.json", step_lines),
    (Section.PERFORMANCE, "ranking.json", list_forest),
    (Section.PERFORMANCE, "ranking.json", history_lines),
    (Section.PERFORMANCE, "exposure.json", exposure_lines),
    (Section.CALIBRATION, "reliability.json", reliability_lines),
    (Section.CALIBRATION, "forecast_coverage.json", coverage_lines),
)
