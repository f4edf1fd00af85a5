"""How strongly a forecast, the last reading or the trend speak for an episode to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from testamur.contracts.table import Predictions, RowsPart
from testamur_health.glucose.episodes import Outcome, Side, judge_alarms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

TREND_STEPS = 3  # the trend is the change over the last 15 minutes
BUDGET_PER_DAY = 1.0  # false alarms a day that a threshold may cause on validation
FAR_BEYOND = 5.0  # times the budget, where the search ends
N_THRESHOLDS = 400
APART = 1000  # empty steps laid between the series of several persons, so that no episode crosses over
FORECASTS = ("model", "boosting")  # that state quantiles
WAYS = ("model", "boosting", "trend", "persistence")


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What was seen at every origin of one part, on the grid.

    Attributes:
        step: (n,) grid step of each origin, ascending.
        glucose: (T,) readings of the whole log, NaN in gaps.
        quantiles: (n, horizon, n_quantiles) of the forecast.
        levels: (n_quantiles,).
    """

    step: Int64
    glucose: Float64
    quantiles: Float64
    levels: Float64


def watch(part: RowsPart, predictions: Predictions, levels: tuple[float, ...]) -> Watch:
    """Lay out the origins of a part in the order of time.

    Raises:
        ValueError: The part has no history, or nothing was forecast.
    """
    if part.history is None or predictions.quantiles is None:
        raise ValueError("a forecast with its history is required")
    last, series = part.history.stop - 1, part.history.series.astype(np.int64)
    order = np.argsort(last, kind="stable")
    place = np.arange(series.size) + APART * series
    glucose = np.full(int(place[-1]) + 1, np.nan)
    glucose[place] = part.history.values[:, 0]
    return Watch(
        step=place[last[order]],
        glucose=glucose,
        quantiles=predictions.quantiles[order],
        levels=np.asarray(levels, dtype=np.float64),
    )


def score(seen: Watch, way: str, side: Side, horizon: int) -> Float64:
    """(n,) score that grows with the risk of an episode within `horizon` steps.

    model, boosting: the largest probability, over steps ahead, of a reading beyond the limit, read off the
    forecast quantiles by straight lines. persistence: how near the last reading is to the limit. trend:
    how near the last reading lies once the change of the last 15 minutes goes on for `horizon` steps.
    """
    now = seen.glucose[seen.step]
    sign = -1.0 if side.below else 1.0
    if way == "persistence":
        return sign * (now - side.limit)
    if way == "trend":
        before = seen.glucose[np.maximum(seen.step - TREND_STEPS, 0)]
        slope = np.nan_to_num((now - before) / TREND_STEPS)
        return np.asarray(sign * (now + slope * horizon - side.limit), dtype=np.float64)
    ahead = seen.quantiles[:, :horizon]
    share = probability_below(ahead, seen.levels, side.limit)
    return np.asarray((share if side.below else 1 - share).max(axis=1), dtype=np.float64)


def probability_below(quantiles: Float64, levels: Float64, limit: float) -> Float64:
    """P(value < limit) by linear interpolation of the quantile function, its ends carried on at the slope
    of the outermost pair and held within half the outermost level.

    Args:
        quantiles: (..., n_quantiles), growing along the last axis.
        levels: (n_quantiles,).
        limit: In the unit of the quantiles.
    """
    k = quantiles.shape[-1]
    above = np.clip((quantiles < limit).sum(axis=-1), 1, k - 1)[..., None]
    low, high = (np.take_along_axis(quantiles, above - d, -1)[..., 0] for d in (1, 0))
    a, b = levels[above[..., 0] - 1], levels[above[..., 0]]
    share = a + (b - a) * (limit - low) / np.maximum(high - low, 1e-6)
    return np.asarray(np.clip(share, levels[0] / 2, 1 - (1 - levels[-1]) / 2), dtype=np.float64)


def outcome_at(
    seen: Watch, scores: Float64, threshold: float, side: Side, starts: Int64, horizon: int
) -> Outcome:
    """What alarms at a threshold are worth; no alarm is raised while a reading is beyond the limit."""
    quiet = ~side.beyond(seen.glucose[seen.step])
    return judge_alarms((scores >= threshold) & quiet, seen.step, starts, horizon=horizon)


def settle_threshold(seen: Watch, scores: Float64, side: Side, starts: Int64, horizon: int) -> float:
    """The threshold that foresees most onsets with at most `BUDGET_PER_DAY` false alarms, on this part.

    Of several, the one with the fewest false alarms, then the highest. Thresholds are tried from the top
    down to where false alarms are far beyond the budget.
    """
    quiet = ~side.beyond(seen.glucose[seen.step])
    candidates = np.unique(np.quantile(scores[quiet], np.linspace(0.5, 1, N_THRESHOLDS)))[::-1]
    best, best_rank = float(np.nextafter(candidates[0], np.inf)), (0.0, 0.0, 0.0)
    for candidate in candidates.tolist():
        found = outcome_at(seen, scores, candidate, side, starts, horizon)
        if found.false_per_day > FAR_BEYOND * BUDGET_PER_DAY:
            break
        if found.false_per_day > BUDGET_PER_DAY or not found.lead_min.size:
            continue
        rank = (found.sensitivity, -found.false_per_day, candidate)
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best
