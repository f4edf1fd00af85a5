"""The plan from the last known day on: what to order, series by series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from testamur_retail.inventory.expect import expect_outcome
from testamur_retail.inventory.forecaster import AT_ONCE, Forecaster
from testamur_retail.inventory.levels import newsvendor_quantity, plan_levels
from testamur_retail.inventory.paths import Draws, Floats
from testamur_retail.inventory.series import Series
from testamur_retail.inventory.terms import Terms

DRAWN = 12  # series with a fan chart
LISTED = 200  # lines of the plan kept in the evidence: those with the largest expected cost
SHOWN_PAST = 56


def plan_now(demand: Floats, series: list[Series], forecaster: Forecaster, terms: Terms) -> dict[str, Any]:
    """Levels and expectations for every series at the end of its data.

    Args:
        demand: (T,) of the whole log.
        series: The series.
        forecaster: The model.
        terms: The shop's terms.

    Returns:
        ``{"lines": [...], "n_left_out": int, "total": {...}}``; fan charts stand in the first lines.
    """
    lines: list[dict[str, Any]] = []
    for begin in range(0, len(series), AT_ONCE):
        some = series[begin : begin + AT_ONCE]
        rows, stops = np.array([s.row for s in some]), np.array([s.end for s in some])
        past = [demand[max(s.begin, s.end - SHOWN_PAST) : s.end] for s in some]
        quantiles = forecaster.quantiles(rows, stops)
        lines += plan_lines(
            [s.name for s in some], past, quantiles, forecaster.draws, forecaster.levels, terms
        )
    return keep_largest(lines)


def keep_largest(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The lines with the largest expected cost, fan charts with the first, and totals of all."""
    lines = sorted(lines, key=lambda line: -line["cost"])
    for line in lines[DRAWN:]:
        del line["fan"]
    total = {name: sum(line[name] for line in lines) for name in ("demand", "cost", "lost")}
    return {"lines": lines[:LISTED], "n_left_out": max(len(lines) - LISTED, 0), "total": total}


def plan_lines(
    names: Sequence[str],
    past: Sequence[Floats],
    quantiles: Floats,
    draws: Draws,
    levels_of_quantiles: tuple[float, ...],
    terms: Terms,
) -> list[dict[str, Any]]:
    """A line of the plan for each of n series.

    Args:
        names: n names.
        past: The last steps of each.
        quantiles: (n, H, Q) of the forecast.
        draws: Paths as weights on the quantiles.
        levels_of_quantiles: The Q levels.
        terms: The shop's terms.
    """
    paths = draws.demand(quantiles)
    levels = plan_levels(paths, terms)
    expected = expect_outcome(paths, levels.up_to, terms)
    season_stock = newsvendor_quantity(paths, terms)
    total = paths[:, :, : terms.protection].sum(axis=2)
    low, high = np.quantile(total, [0.1, 0.9], axis=1)
    return [
        {
            "series": name,
            "demand": total[i].mean(),
            "demand_low": low[i],
            "demand_high": high[i],
            "reorder": np.ceil(levels.reorder[i]),
            "up_to": np.ceil(levels.up_to[i]),
            "newsvendor": np.ceil(season_stock[i]),
            "cost": expected.cost[i],
            "lost": expected.lost[i],
            "fill": expected.fill[i],
            "no_lack": expected.no_lack[i],
            "fan": {
                "past": past[i],
                "low": quantiles[i, :, 0],
                "middle": quantiles[i, :, len(levels_of_quantiles) // 2],
                "high": quantiles[i, :, -1],
                "levels": [levels_of_quantiles[0], levels_of_quantiles[-1]],
            },
        }
        for i, name in enumerate(names)
    ]
