"""A few days of the test part as they were, with what was forecast and when an alarm would have rung. "
"Restricted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64 = NDArray[np.int64]

from testamur.contracts.table import RowsPart
from testamur_health.glucose.episodes import STEP_MIN, Side, judge_alarms, onsets
from testamur_health.glucose.scores import Watch

N_DAYS, STEPS_A_DAY = 2, 288


def example_days(
    part: RowsPart, seen: Watch, scores: NDArray[np.float64], threshold: float, side: Side, horizon: int
) -> list[dict[str, Any]]:
    """Stretches of 24 hours with the most onsets, each with readings, forecast band and rings.

    Args:
        part: The test part; its log must hold one series.
        seen: The same, laid out in the order of time.
        scores: (n,) of the model.
        threshold: At which it alarms.
        side: Low or high.
        horizon: Steps ahead of the forecast that is drawn.
    """
    if part.history is None or np.unique(part.history.series).size != 1:
        return []
    starts = onsets(seen.glucose, side)
    starts = starts[(starts >= seen.step[0]) & (starts <= seen.step[-1])]
    if not starts.size:
        return []
    begin = int(seen.step[0])
    day = (starts - begin) // STEPS_A_DAY
    best = np.argsort(-np.bincount(day), kind="stable")[:N_DAYS]
    moments = part.history.time
    return [
        _day(begin + int(d) * STEPS_A_DAY, moments, seen, scores, threshold, side, starts, horizon)
        for d in sorted(best.tolist())
    ]


def _day(
    first: int,
    moments: NDArray[np.float64],
    seen: Watch,
    scores: NDArray[np.float64],
    threshold: float,
    side: Side,
    starts: Int64,
    horizon: int,
) -> dict[str, Any]:
    last = min(first + STEPS_A_DAY, seen.glucose.size)
    steps = np.arange(first, last)
    inside = (seen.step >= first - horizon) & (seen.step + horizon < last)
    ahead = seen.quantiles[inside][:, horizon - 1]
    at = seen.step[inside] + horizon
    low, high = (int(np.argmin(np.abs(seen.levels - level))) for level in (0.1, 0.9))
    quiet = ~side.beyond(seen.glucose[seen.step])
    mine = (seen.step >= first) & (seen.step < last)
    outcome = judge_alarms(
        ((scores >= threshold) & quiet)[mine],
        seen.step[mine],
        starts[(starts >= first) & (starts < last)],
        horizon=horizon,
    )
    foreseen = int((~np.isnan(outcome.lead_min)).sum())
    return {
        "day": _words(moments[first])[:10],
        "minutes": STEP_MIN * horizon,
        "glucose": [[_words(moments[s]), _number(seen.glucose[s])] for s in steps.tolist()],
        "band": [
            [_words(moments[min(s, moments.size - 1)]), _number(q[low]), _number(q[high])]
            for s, q in zip(at.tolist(), ahead, strict=True)
        ],
        "onsets": [_words(moments[s]) for s in outcome.event_step.tolist()],
        "n_onsets": int(outcome.event_step.size),
        "n_foreseen": foreseen,
        "n_false": int(outcome.false_step.size),
    }


def _words(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M")


def _number(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None
