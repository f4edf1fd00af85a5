"""Figures of rankings: the lists beside their baselines, users with short histories, exposure of items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from testamur.contracts.finding import Section
from testamur.report.charts.figure import Entry, Tree
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Curve, LineChart, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval, format_number
from testamur.report.series import name_series


def list_forest(tree: Tree, _: Names) -> Forest | None:
    """NDCG@10 of the model and of its baselines."""
    entries = [
        ForestEntry(
            label=name_series(row["name"]),
            value=row["value"],
            low=row["low"],
            high=row["high"],
            words=format_interval(row["value"], row["low"], row["high"]),
        )
        for row in tree["scores"]
        if row["measure"] in ("ndcg_10", "baseline_ndcg_10") and row["value"] is not None
    ]
    if not entries:
        return None
    caption = (
        f"NDCG@10 of {format_count(tree['n'])} lists, 95 % intervals, all items ranked; 1 would be the next "
        "choice always in first place. Gains below are paired: the same users for all."
    )
    return draw_forest("lists", "How good the lists are, beside their baselines", entries, caption=caption)


def history_lines(tree: Tree, _: Names) -> LineChart | None:
    """NDCG@10 over the number of earlier choices."""
    rows = tree["by_history"]
    if len(rows) < 2:
        return None
    names = _in_order(rows[0]["ndcg_10"])[:4]
    curves = [
        Curve(name_series(name), tuple((float(r["median"]), float(r["ndcg_10"][name])) for r in rows))
        for name in names
    ]
    bands = "; ".join(f"{r['shortest']} to {r['longest']} (n {format_count(r['n'])})" for r in rows)
    words = "; ".join(
        f"{r['shortest']} to {r['longest']} choices (n {format_count(r['n'])}): "
        + ", ".join(f"{name_series(name)} {format_number(r['ndcg_10'][name], 3)}" for name in names)
        for r in rows
    )
    top = max(value for r in rows for value in r["ndcg_10"].values())
    return draw_lines(
        "history",
        "Does it help those of whom little is known?",
        curves,
        axes=Axes("earlier choices of the user, median of each fifth", "NDCG@10", None, (0.0, 1.35 * top)),
        caption=f"NDCG@10 by length of the history, without intervals. Fifths of the users: {bands}.",
        desc=f"{words}.",
        legend_on_top=True,
    )


def exposure_lines(tree: Tree, _: Names) -> LineChart | None:
    """Concentration curves of the items' places in the lists."""
    curves = {c["name"]: c for c in tree["curves"] if c["points"]}
    if not curves:
        return None
    shown = [curves[name] for name in _in_order(curves)][:4]
    words = "; ".join(f"{name_series(c['name'])} {format_number(c['gini'], 2)}" for c in shown)
    lines = [Curve(name_series(c["name"]), _most_first(c["points"])) for c in shown]
    return draw_lines(
        "exposure",
        "Who is shown: all items, or a few?",
        lines,
        axes=Axes(
            "share of the items, the most shown first", "share of all places in lists of ten", (0, 1), (0, 1)
        ),
        caption=(
            f"The steeper, the fewer of the {format_count(tree['n_items'])} items fill the lists; dashed: "
            f"all alike. Gini: {words}."
        ),
        desc=f"Gini coefficients: {words}.",
        reference=((0, 0), (1, 1)),
    )


def _in_order(names: Iterable[str]) -> list[str]:
    """The model, what users chose, the strong baseline, the naive one."""
    place = {"model": 0, "chosen": 1, "popularity": 3}
    return sorted(names, key=lambda name: (place.get(name, 2), name))


def _most_first(points: Iterable[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """A Lorenz curve, which begins with the least, turned to begin with the most."""
    return tuple((1.0 - float(x), 1.0 - float(y)) for x, y in points)[::-1]


FIGURES: tuple[Entry, ...] = (
    (Section.PERFORMANCE, "ranking.json", list_forest),
    (Section.PERFORMANCE, "ranking.json", history_lines),
    (Section.PERFORMANCE, "exposure.json", exposure_lines),
)
