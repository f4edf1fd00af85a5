"""Two baselines of forecasts: the last cycle repeated, and gradient boosting on lags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.contracts.errors import TestamurError
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.limited import limited
from testamur.train.window_layout import WindowLayout, filled, known_future, plan_windows, window_scale

MOST_LEARNT = 120_000  # pairs of window and step ahead that boosting learns from
MOST_TREES = 400
PATIENCE = 20
CYCLES = 3  # how many cycles back the same step of the cycle is looked up
CHUNK = 4096  # windows looked at together


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a baseline sees of some windows.

    Attributes:
        window: (b, length) the target's past without gaps, scaled by level and spread.
        level: (b, 1) mean of the window.
        spread: (b, 1) see `window_layout.window_scale`.
        anchor: (b, horizon) the last cycle repeated, scaled.
    """

    window: np.ndarray
    level: np.ndarray
    spread: np.ndarray
    anchor: np.ndarray


class AroundPoints:
    """States quantiles around point forecasts, from the scaled errors on windows that are known.

    Args:
        layout: Length, season, horizon, quantiles.
        residuals: (horizon, n_quantiles) quantiles of the scaled errors.
        points: From a part and its seen windows to scaled point forecasts (b, horizon), or None: the anchor.
    """

    def __init__(self, layout: WindowLayout, residuals: np.ndarray, points: Any = None) -> None:
        self._layout, self._residuals, self._points = layout, residuals, points

    def predict(self, part: RowsPart) -> Predictions:
        """Quantiles of every window of `part`."""
        stated = np.empty((part.n_rows, self._layout.horizon, len(self._layout.quantiles)))
        log = filled(_history(part), self._layout.season)
        for begin in range(0, part.n_rows, CHUNK):
            rows = slice(begin, begin + CHUNK)
            seen = see(part, log, rows, self._layout)
            points = seen.anchor if self._points is None else self._points(part, log, rows, seen)
            around = points[:, :, None] + self._residuals[None]  # (b, horizon, n_quantiles)
            stated[rows] = around * seen.spread[:, None] + seen.level[:, None]
        return Predictions(quantiles=stated)


def fit_seasonal_naive(table: RowsTable) -> Predictor:
    """The last cycle repeated; quantiles from its scaled errors on training windows."""
    layout = plan_windows(table, squared=False)
    log = filled(_history(table.train), layout.season)
    rows = _spread_out(table.train.n_rows, MOST_LEARNT // layout.horizon)
    seen = see(table.train, log, rows, layout)
    errors = (table.train.target[rows] - seen.level) / seen.spread - seen.anchor
    return AroundPoints(layout, _quantiles(errors, layout))


def fit_lag_boosting(table: RowsTable, *, seed: int, threads: int) -> Predictor:
    """Histogram gradient boosting on lags of all series, one model for all steps ahead.

    It learns the scaled difference from the seasonal anchor, on absolute error; inputs are the step ahead,
    the same step of the last cycles, the latest values, means and spread of the window, the features of
    the window's last row and what is known ahead. Early stopping looks at validation windows, whose scaled
    errors give the quantiles.

    Args:
        table: Windows of a forecast.
        seed: Seed of the boosting and of the pairs it learns from.
        threads: Threads it may use.

    Raises:
        TestamurError: scikit-learn refuses the table.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    layout = plan_windows(table, squared=False)
    draw = np.random.default_rng(seed)
    train, wanted = _pairs(table.train, layout, MOST_LEARNT, draw)
    held, held_wanted = _pairs(table.validation, layout, MOST_LEARNT // 4, draw)
    estimator = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=MOST_TREES,
        learning_rate=0.08,
        max_leaf_nodes=31,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        random_state=seed,
    )
    try:
        # scikit-learn 1.9 fails on a column without any known value: cycles beyond the window, say.
        train[:, np.isnan(train).all(axis=0)] = 0.0
        with limited(threads):
            estimator.fit(train, wanted, X_val=held, y_val=held_wanted)
    except ValueError as error:
        raise TestamurError(
            f"the gradient-boosting baseline cannot be fitted: {type(error).__name__}",
            remedy="see the log of the attempt; the target may be constant or unknown throughout",
        ) from error

    def points(part: RowsPart, log: np.ndarray, rows: Any, seen: Seen) -> np.ndarray:
        inputs = lag_input(part, log, rows, seen, layout)
        with limited(threads):
            change = estimator.predict(inputs.reshape(-1, inputs.shape[-1]))
        points: np.ndarray = seen.anchor + change.reshape(seen.anchor.shape)
        return points

    part = table.validation
    log = filled(_history(part), layout.season)
    rows = _spread_out(part.n_rows, max(MOST_LEARNT // layout.horizon, 1))
    seen = see(part, log, rows, layout)
    errors = (part.target[rows] - seen.level) / seen.spread - points(part, log, rows, seen)
    return AroundPoints(layout, _quantiles(errors, layout), points)


def see(part: RowsPart, log: np.ndarray, rows: Any, layout: WindowLayout) -> Seen:
    """The windows at these rows, scaled; the target's channel only."""
    stop = _history(part).stop[rows]
    window = log[stop[:, None] + np.arange(-layout.length, 0), 0].astype(np.float64)
    level, spread = (of[:, None] for of in window_scale(window, layout))
    window = (window - level) / spread
    season = min(layout.season, layout.length)
    steps = layout.length - season + np.arange(layout.horizon) % season
    return Seen(window, level, spread, window[:, steps])


def lag_input(part: RowsPart, log: np.ndarray, rows: Any, seen: Seen, layout: WindowLayout) -> np.ndarray:
    """(b, horizon, n_inputs) what boosting is told of each step ahead."""
    n, horizon, season = seen.window.shape[0], layout.horizon, min(layout.season, layout.length)
    ahead = np.broadcast_to(np.arange(horizon, dtype=np.float64), (n, horizon))[:, :, None]
    cycles = [_cycle_ago(seen.window, horizon, season, back) for back in range(1, CYCLES + 1)]
    recent = seen.window[:, -min(3, layout.length) :]
    overall = [
        recent,
        seen.window[:, -season:].mean(axis=1, keepdims=True),
        seen.window[:, -min(2 * season, layout.length) :].std(axis=1, keepdims=True),
        np.log(seen.spread),
        np.sign(seen.level) * np.log1p(np.abs(seen.level)),
        np.where(part.missing[rows], np.nan, part.numeric[rows]).astype(np.float64),
        part.categorical[rows].astype(np.float64),
    ]
    shared = np.concatenate(overall, axis=1)
    fixed = np.broadcast_to(shared[:, None], (n, horizon, shared.shape[1]))
    known = _known_ahead(part, log, rows, layout)
    parts = [ahead, ahead % season, *(cycle[:, :, None] for cycle in cycles), fixed, known]
    return np.concatenate(parts, axis=2)


def _known_ahead(part: RowsPart, log: np.ndarray, rows: Any, layout: WindowLayout) -> np.ndarray:
    """(b, horizon, n_known_ahead) channels of each step itself, in their own unit."""
    if not layout.known_ahead:
        return np.zeros((_history(part).stop[rows].size, layout.horizon, 0))
    future: np.ndarray = known_future(part, log, layout, rows).astype(np.float64)
    return future.reshape(future.shape[0], layout.horizon, -1)


def _cycle_ago(window: np.ndarray, horizon: int, season: int, back: int) -> np.ndarray:
    """(b, horizon) the same step of the cycle, `back` cycles before the forecast; NaN before the window."""
    steps = window.shape[1] - back * season + np.arange(horizon) % season
    found: np.ndarray = np.where(steps >= 0, window[:, np.maximum(steps, 0)], np.nan)
    return found


def _pairs(
    part: RowsPart, layout: WindowLayout, most: int, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (m, n_inputs) and scaled differences from the anchor (m,) of windows and steps ahead."""
    n = min(part.n_rows, max(most // min(layout.horizon, 24), 1))
    rows = np.sort(draw.choice(part.n_rows, n, replace=False))
    log = filled(_history(part), layout.season)
    seen = see(part, log, rows, layout)
    inputs = lag_input(part, log, rows, seen, layout)
    wanted = (part.target[rows] - seen.level) / seen.spread - seen.anchor  # (n, horizon)
    chosen = ~np.isnan(wanted)
    if chosen.sum() > most:
        chosen &= draw.random(wanted.shape) < most / chosen.sum()
    return inputs[chosen], wanted[chosen]


def _quantiles(errors: np.ndarray, layout: WindowLayout) -> np.ndarray:
    """(horizon, n_quantiles) of (n, horizon) scaled errors; a step without any takes those of all steps."""
    every = errors[~np.isnan(errors)]
    if not every.size:
        return np.zeros((layout.horizon, len(layout.quantiles)))
    known = [step[~np.isnan(step)] for step in errors.T]
    return np.stack([np.quantile(step if step.size else every, layout.quantiles) for step in known])


def _spread_out(n: int, most: int) -> np.ndarray:
    rows: np.ndarray = np.unique(np.linspace(0, n - 1, min(n, max(most, 1))).round().astype(np.int64))
    return rows


def _history(part: RowsPart) -> Any:
    if part.history is None:
        raise TestamurError("a baseline of windows needs windows, however: these are plain rows")
    return part.history
