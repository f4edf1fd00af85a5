"""What each test window tells of a forecast: scaled errors, percentage errors, pinball losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.contracts.check import AuditInput
from testamur.contracts.table import History, Predictions, RowsTable

FEWEST_BLOCKS = 10  # of origins, for an interval
MEDIAN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class WindowScores:
    """Of n test windows, one number each; means over the known steps, NaN where nothing is known.

    Attributes:
        scaled_error: Absolute error of the median over the series' scale.
        bias: Median less observed value, over the scale; above 0 forecasts too much.
        percentage: 2 |y - f| / (|y| + |f|).
        scaled_pinball: Pinball loss, twice, averaged over levels, over the scale.
        pinball: Sum over steps of the same, not scaled.
        size: Sum over steps of |y|.
    """

    scaled_error: Floats
    bias: Floats
    percentage: Floats
    scaled_pinball: Floats
    pinball: Floats
    size: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is drawn when windows are resampled.

    Attributes:
        code: (n,) unit of each window.
        enough: True where there are enough units for an interval.
        words: What a unit is.
    """

    code: Ints
    enough: bool
    words: str


def log_of(table: RowsTable) -> History:
    """The log that the windows of a table share.

    Raises:
        ValueError: The table has plain rows.
    """
    if table.test.history is None:
        raise ValueError("windows are required, however: the table has plain rows")
    return table.test.history


def series_of(table: RowsTable) -> Ints:
    """(n,) number of the series of each test window."""
    log = log_of(table)
    number: Ints = log.series[log.stop - 1]
    return number


def series_scales(table: RowsTable) -> Floats:
    """(n_series,) mean absolute difference from one cycle ago in the training time; NaN where it is 0.

    Source: Hyndman and Koehler 2006, with the season of the problem. The training time of a series ends
    with its last training target; a series without training windows uses what lies before all test origins.
    """
    log, season = log_of(table), table.problem.season or 1
    values = log.values[:, 0].astype(np.float64)
    number = log.series
    until = _training_end(table)
    known = log.time < until
    same = (number[season:] == number[:-season]) & known[season:]
    change = np.abs(values[season:] - values[:-season])
    usable = same & ~np.isnan(change)
    n_series = int(number.max()) + 1 if number.size else 0
    total = np.bincount(number[season:][usable], weights=change[usable], minlength=n_series)
    count = np.bincount(number[season:][usable], minlength=n_series)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = total / count
    scale[~(scale > 0)] = np.nan
    return np.asarray(scale, dtype=np.float64)


def _training_end(table: RowsTable) -> float:
    """When validation begins."""
    log = table.validation.history
    if log is None or not log.stop.size:
        return np.inf
    return float(log.time[np.minimum(log.stop, log.time.size - 1)].min())


def score_windows(table: RowsTable, predictions: Predictions, scales: Floats) -> WindowScores:
    """Scores of every test window.

    Args:
        table: The table.
        predictions: Quantiles of the test part.
        scales: From `series_scales`.
    """
    target = np.asarray(table.test.target, dtype=np.float64)  # (n, horizon)
    stated = np.asarray(predictions.quantiles, dtype=np.float64)  # (n, horizon, n_quantiles)
    point = median_of(stated, table.problem.quantiles)
    scale = scales[series_of(table)][:, None]
    error = point - target
    loss = pinball_of(stated, target, table.problem.quantiles)
    both = np.abs(target) + np.abs(point)
    percentage = np.where(
        both > 0, 2 * np.abs(error) / np.where(both > 0, both, 1), np.where(np.isnan(both), np.nan, 0)
    )
    return WindowScores(
        scaled_error=_mean(np.abs(error) / scale),
        bias=_mean(error / scale),
        percentage=_mean(percentage),
        scaled_pinball=_mean(loss / scale),
        pinball=np.nansum(loss, axis=1),
        size=np.nansum(np.abs(target), axis=1),
    )


def median_of(stated: Floats, levels: tuple[float, ...]) -> Floats:
    """(n, horizon) the median, interpolated between the neighbouring levels where it is not stated."""
    upper = int(np.searchsorted(levels, MEDIAN))
    if upper < len(levels) and levels[upper] == MEDIAN:
        return stated[..., upper]
    if upper in (0, len(levels)):
        return stated[..., min(upper, len(levels) - 1)]
    share = (MEDIAN - levels[upper - 1]) / (levels[upper] - levels[upper - 1])
    return np.asarray((1 - share) * stated[..., upper - 1] + share * stated[..., upper])


def pinball_of(stated: Floats, target: Floats, levels: tuple[float, ...]) -> Floats:
    """(n, horizon) twice the pinball loss, averaged over the levels; |error| at the median; NaN unknown."""
    error = target[..., None] - stated
    q = np.asarray(levels)
    return np.asarray(2 * np.maximum(q * error, (q - 1) * error).mean(axis=-1))


def resampling_units(given: AuditInput) -> Units:
    """Whole series where there are enough of them, else blocks of neighbouring origins of all series.

    A block holds as many moments as the cube root of their number, and one horizon at least: errors of
    neighbouring origins are alike (Carlstein 1986, Ann Stat 14:1171).
    """
    table = given.table
    number = series_of(table)
    if len(np.unique(number)) >= max(given.policy.minimum_group, 2):
        return Units(number, True, "series")
    log = log_of(table)
    moments, place = np.unique(log.time[log.stop - 1], return_inverse=True)
    rule = table.spec.windows
    stride = (rule.test_stride if rule else None) or table.problem.horizon or 1
    length = max(round(len(moments) ** (1 / 3)), -(-(table.problem.horizon or 1) // stride), 1)
    block: Ints = np.asarray(place // length, dtype=np.int64)
    n_blocks = len(np.unique(block))
    words = f"blocks of {length} neighbouring origins" if length > 1 else "origins"
    return Units(block, n_blocks >= FEWEST_BLOCKS, words)


def _mean(values: Floats) -> Floats:
    """(n,) means over the known steps."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
