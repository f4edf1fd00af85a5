"""Forecasts per group: size and side of the errors, and honesty of the widest interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.entity_estimates import Errors
from testamur.audit.entity_rows import totals
from testamur.audit.forecast import GROUPS
from testamur.audit.forecast_coverage import symmetric_pairs
from testamur.audit.forecast_scores import score_windows, series_of, series_scales
from testamur.audit.group_outcome import outcome_of_groups
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Floats, Ints, mean_estimate
from testamur.audit.quantity import Measured, Quantity
from testamur.audit.row_groups import single_groups
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit


def run(given: AuditInput) -> CheckOutcome:
    """MASE, bias and coverage of every group."""
    return outcome_of_groups(
        given, GROUPS.key, "group_forecast.json", of_forecasts(given), single_groups(given)
    )


def of_forecasts(given: AuditInput) -> tuple[Quantity, ...]:
    """MASE, bias and coverage; each series counts once, whatever its windows."""
    table, predictions = given.table, predictions_of(given)
    scores = score_windows(table, predictions, series_scales(table))
    series, level = series_of(table), given.policy.level

    def quantity(name: str, label: str, unit: Unit, values: Floats, gap_unit: Unit | None = None) -> Quantity:
        def size(rows: Ints) -> int:
            return len(np.unique(series[rows][~np.isnan(values[rows])]))

        return Quantity(
            name, label, unit, gap_unit or unit, _of_series(values, series, level), size, "series",
            errors=_errors_of_series(values, series),
        )  # fmt: skip

    quantities = [
        quantity("mase", "mean absolute scaled error (MASE)", Unit.RATIO, scores.scaled_error),
        quantity("bias", "scaled bias (above 0: forecast too high)", Unit.RATIO, scores.bias),
    ]
    pairs = symmetric_pairs(table.problem.quantiles)
    if pairs:
        low, high = pairs[0]
        levels = table.problem.quantiles
        label = f"share within the {100 * (levels[high] - levels[low]):.4g} % interval"
        quantities.append(quantity("coverage", label, Unit.SHARE, _inside(given, low, high), Unit.POINTS))
    return tuple(quantities)


def _of_series(values: Floats, series: Ints, level: float) -> Callable[[Ints], Measured]:
    """The mean over series of their mean over windows, with Student's interval over series."""

    def measure(rows: Ints) -> Measured:
        usable = rows[~np.isnan(values[rows])]
        _, code = np.unique(series[usable], return_inverse=True)
        means = np.bincount(code, weights=values[usable]) / np.bincount(code)
        return lambda n_joint: mean_estimate(means, level, n_joint)

    return measure


def _errors_of_series(values: Floats, series: Ints) -> Callable[[Ints], Errors]:
    """What each series adds to the error of a group's mean: windows of a series may lie in two groups."""

    def errors(rows: Ints) -> Errors:
        usable = rows[~np.isnan(values[rows])]
        found, (windows, sums) = totals(series[usable], np.ones(len(usable)), values[usable])
        means = sums / windows
        return found, (means - means.mean()) / len(found)

    return errors


def _inside(given: AuditInput, low: int, high: int) -> Floats:
    """(n,) share of the known steps of each window within an interval; NaN where none is known."""
    target = np.asarray(given.table.test.target, dtype=np.float64)
    stated = np.asarray(predictions_of(given).quantiles)
    known = ~np.isnan(target)
    inside = (target >= stated[:, :, low]) & (target <= stated[:, :, high]) & known
    count = known.sum(axis=1)
    return np.asarray(np.where(count > 0, inside.sum(axis=1) / np.maximum(count, 1), np.nan))
