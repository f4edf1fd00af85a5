"""The plan from the last known day on: what to order, series by series."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur_retail.inventory.expect import expect_outcome
from testamur_retail.inventory.forecaster import AT_ONCE, Forecaster
from testamur_retail.inventory.levels import newsvendor_quantity, plan_levels
from testamur_retail.inventory.paths import Floats
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
        lines += _lines(demand, series[begin : begin + AT_ONCE], forecaster, terms)
    lines.sort(key=lambda line: -line["cost"])
    for line in lines[DRAWN:]:
        del line["fan"]
    total = {name: sum(line[name] for line in lines) for name in ("demand", "cost", "lost")}
    return {"lines": lines[:LISTED], "n_left_out": max(len(lines) - LISTED, 0), "total": total}


def _lines(
    demand: Floats, series: list[Series], forecaster: Forecaster, terms: Terms
) -> list[dict[str, Any]]:
    rows, stops = np.array([s.row for s in series]), np.array([s.end for s in series])
    quantiles = forecaster.quantiles(rows, stops)
    paths = forecaster.draws.demand(quantiles)
    levels = plan_levels(paths, terms)
    expected = expect_outcome(paths, levels.up_to, terms)
    season_stock = newsvendor_quantity(paths, terms)
    total = paths[:, :, : terms.protection].sum(axis=2)
    low, high = np.quantile(total, [0.1, 0.9], axis=1)
    return [
        {
            "series": one.name,
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
                "past": demand[max(one.begin, one.end - SHOWN_PAST) : one.end],
                "low": quantiles[i, :, 0],
                "middle": quantiles[i, :, len(forecaster.levels) // 2],
                "high": quantiles[i, :, -1],
                "levels": [forecaster.levels[0], forecaster.levels[-1]],
            },
        }
        for i, one in enumerate(series)
    ]
