"""Figures of forecasts: errors beside the baselines, step by step, the fan, and honesty of intervals."""

from __future__ import annotations

from collections.abc import Iterable

from testamur.contracts.finding import Section, Unit
from testamur.report.charts.figure import Entry, Tree
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.charts.lines import Axes, Band, Curve, LineChart, Mark, Point, draw_lines
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_interval, format_number
from testamur.report.series import name_series

MOST_CURVES = 4
_SAME = 1e-9


def error_forest(tree: Tree, _: Names) -> Forest | None:
    """MASE of the model and of its baselines."""
    entries = [
        ForestEntry(
            label=_called(row["name"]),
            value=row["value"],
            low=row["low"],
            high=row["high"],
            words=format_interval(row["value"], row["low"], row["high"]),
        )
        for row in tree["scores"]
        if row["measure"] in ("mase", "baseline_mase") and row["value"] is not None
    ]
    if not entries:
        return None
    caption = (
        f"Mean absolute scaled error of {format_count(tree['n'])} forecasts of "
        f"{format_count(tree['n_series'])} series, {tree['horizon']} steps ahead (one step: {tree['step']}); "
        f"lower is better. 95 % intervals over {tree['units']}; gains below are paired."
    )
    return draw_forest("errors", "How far off, beside its baselines", entries, caption=caption)


def step_lines(tree: Tree, _: Names) -> LineChart | None:
    """Scaled error over the steps ahead, of everyone."""
    rows = tree["steps"]
    if len(rows) < 2:
        return None
    names = _model_first(rows[0]["mase"])[:MOST_CURVES]
    curves = [
        Curve(_called(name), tuple((float(r["step_ahead"]), float(r["mase"][name])) for r in rows))
        for name in names
    ]
    first, last = rows[0], rows[-1]
    words = "; ".join(
        f"{_called(name)} {format_number(first['mase'][name], 2)} at step {first['step_ahead']}, "
        f"{format_number(last['mase'][name], 2)} at step {last['step_ahead']}"
        for name in names
    )
    top = max(float(value) for row in rows for value in row["mase"].values())
    return draw_lines(
        "steps",
        "How errors grow with the distance",
        curves,
        axes=Axes(f"steps ahead (one step: {tree['step']})", "mean scaled error", None, (0.0, 1.45 * top)),
        caption=f"Scaled error by step ahead, without intervals: {words}.",
        desc=f"{words}.",
        legend_on_top=True,
    )


def fan_lines(tree: Tree, _: Names) -> LineChart | None:
    """The past, the stated fan, and what came, at one late origin."""
    past, quantiles, levels = tree["past"], tree["quantiles"], tree["levels"]
    if not quantiles:
        return None
    ahead = range(1, len(quantiles) + 1)
    pairs = [(i, len(levels) - 1 - i) for i in range(len(levels) // 2)]
    pairs = [(i, j) for i, j in pairs if abs(levels[i] + levels[j] - 1) < _SAME]
    bands = [
        Band(
            tuple((float(x), float(q[i])) for x, q in zip(ahead, quantiles, strict=True)),
            tuple((float(x), float(q[j])) for x, q in zip(ahead, quantiles, strict=True)),
        )
        for i, j in pairs
    ]
    middle = min(range(len(levels)), key=lambda i: abs(levels[i] - 0.5))
    came = [*past, *tree["observed"]]
    begin = 1 - len(past)
    curves = [
        Curve("what came", _known(begin, came)),
        Curve(
            "forecast (median)",
            tuple((float(x), float(q[middle])) for x, q in zip(ahead, quantiles, strict=True)),
        ),
    ]
    if naive := tree["baselines"].get("naive"):
        curves.append(Curve(_called("naive"), _known(1, naive)))
    unit = f", {tree['unit']}" if tree["unit"] else ""
    widest = f"{100 * (levels[pairs[0][1]] - levels[pairs[0][0]]):.4g} %" if pairs else "none"
    whose = (
        f"Sum of {format_count(tree['n_series'])} series; the fan adds up single intervals, which is wider "
        "than an interval of the sum."
        if tree["together"]
        else "One series, declared not to be about a single person."
    )
    caption = f"A late origin of the test. {whose} Palest band: {widest} of what may come, as stated."
    return draw_lines(
        "fan",
        "What a forecast looks like",
        [curve for curve in curves if curve.points],
        axes=Axes(
            f"steps from the origin (one step: {tree['step']})", f"value{unit}", None, _room(curves, bands)
        ),
        caption=caption,
        desc=f"{caption} {len(past)} steps of the past and {len(quantiles)} ahead.",
        bands=bands,
        legend_on_top=True,
    )


def coverage_lines(tree: Tree, _: Names) -> LineChart | None:
    """Observed share below each stated quantile, of the model and its baselines."""
    own = next((of for of in tree["forecasts"] if of["name"] == "model"), None)
    if own is None:
        return None
    marks = [
        Mark(q["stated"], q["observed"], q["low"], q["high"])
        for q in own["quantiles"]
        if q["low"] is not None
    ]
    ordered = {of["name"]: of for of in tree["forecasts"]}
    curves = [
        Curve(_called(of["name"]), tuple((float(q["stated"]), float(q["observed"])) for q in of["quantiles"]))
        for of in (ordered[name] for name in _model_first(ordered)[:MOST_CURVES])
    ]
    words = "; ".join(
        f"the {100 * i['stated']:.4g} % interval held "
        f"{format_interval(i['observed'], i['low'], i['high'], Unit.SHARE)}"
        for i in own["intervals"]
    )
    return draw_lines(
        "quantiles",
        "Do the stated intervals hold?",
        curves,
        axes=Axes("stated share below", "observed share below", (0, 1), (0, 1)),
        caption=f"Each stated quantile against the share of steps below it; dashed: as stated. {words}.",
        desc=f"{words}.",
        marks=marks,
        reference=((0, 0), (1, 1)),
    )


def _model_first(names: Iterable[str]) -> list[str]:
    """Evidence lies in the order of the alphabet; a reader looks for the model first."""
    order = {"model": 0, "naive": 1}
    return sorted(names, key=lambda name: (order.get(name, 2), name))


def _room(curves: list[Curve], bands: list[Band]) -> tuple[float, float]:
    """A domain that leaves the upper third of a figure to its legend."""
    points = [p for c in curves for p in c.points] + [p for b in bands for p in (*b.lower, *b.upper)]
    low, high = min(y for _, y in points), max(y for _, y in points)
    return low - 0.05 * (high - low), high + 0.35 * ((high - low) or 1.0)


def _called(name: str) -> str:
    return "last cycle repeated" if name == "naive" else name_series(name)


def _known(begin: int, values: list[float | None]) -> tuple[Point, ...]:
    return tuple((float(begin + i), float(v)) for i, v in enumerate(values) if v is not None)


FIGURES: tuple[Entry, ...] = (
    (Section.PERFORMANCE, "forecast.json", error_forest),
    (Section.PERFORMANCE, "forecast_example.json", fan_lines),
    (Section.PERFORMANCE, "forecast.json", step_lines),
    (Section.CALIBRATION, "forecast_coverage.json", coverage_lines),
)
