"""Simple rules that take a view on tomorrow's direction; the report shows how they did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart, RowsTable
from testamur_finance.market.series import known_until, pasts

Floats = NDArray[np.float64]

MOMENTUM_DAYS = 22


def rule_forecasts(table: RowsTable) -> dict[str, Floats]:
    """Forecasts of the next return on test rows, (n,) each; what is fitted is fitted before the test."""
    return {
        "historical mean": _historical_mean(table),
        "autoregression": _autoregression(table),
        "momentum of 22 days": _momentum(table.test),
    }


def _historical_mean(table: RowsTable) -> Floats:
    """The mean return of the series before the test."""
    until = known_until(table)
    found = np.zeros(table.test.n_rows)
    for past in pasts(table.test):
        found[past.rows] = past.returns[: until[past.number]].mean()
    return found


def _autoregression(table: RowsTable) -> Floats:
    """AR(1) by least squares on the returns before the test."""
    until = known_until(table)
    found = np.zeros(table.test.n_rows)
    for past in pasts(table.test):
        known = past.returns[: until[past.number]]
        before, after = known[:-1], known[1:]
        slope = float(np.cov(before, after)[0, 1] / max(before.var(ddof=1), 1e-12))
        found[past.rows] = known.mean() + slope * (past.returns[past.stop - 1] - known.mean())
    return found


def _momentum(part: RowsPart) -> Floats:
    """The mean of the last 22 returns."""
    found = np.zeros(part.n_rows)
    for past in pasts(part):
        sums = np.append(0.0, np.cumsum(past.returns))
        first = np.maximum(past.stop - MOMENTUM_DAYS, 0)
        found[past.rows] = (sums[past.stop] - sums[first]) / np.maximum(past.stop - first, 1)
    return found
