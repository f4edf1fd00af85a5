"""Figures of performance: ranking beside the baselines, ROC, net benefit."""

from __future__ import annotations

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Figure, Tree, pair_points
from testamur.report.charts.forest import ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Curve, Mark, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_interval, format_value
from testamur.report.series import WORDS, name_series


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
    curves = [Curve(name_series(c["name"]), pair_points(c["points"])) for c in tree["curves"] if c["points"]]
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


def _operating_words(point: Tree | None) -> str:
    if not point:
        return ""
    found, wrongly = (format_value(point[rate], Unit.SHARE) for rate in ("tpr", "fpr"))
    return (
        f" Ring: the decision threshold, where {found} of those with the event and {wrongly} of those "
        "without it are selected."
    )


FIGURES: tuple[Entry, ...] = (
    (Section.PERFORMANCE, "roc.json", ranking_forest),
    (Section.PERFORMANCE, "roc.json", roc_lines),
    (Section.PERFORMANCE, "decisions.json", benefit_lines),
)
