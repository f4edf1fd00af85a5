"""Places on an axis of moments, and round ticks in words that fit the span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from testamur.report.charts.scale import Scale, Tick
from testamur.report.insight.shape import FigureFault

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
_STEPS = (
    *(MINUTE * k for k in (1, 5, 15, 30)),
    *(HOUR * k for k in (1, 3, 6, 12)),
    *(DAY * k for k in (1, 2, 7, 14)),
)


def as_seconds(value: Any, where: str) -> float:
    """Seconds since 1970 UTC from an ISO 8601 text (UTC where no zone stands) or from a number.

    Raises:
        FigureFault: It is neither.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise FigureFault(f"{where}: a moment such as 2024-05-31T08:00 is required") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FigureFault(f"{where}: a moment or seconds since 1970 are required, however: {value!r:.60}")
    return float(value)


def moment_ticks(scale: Scale, n: int) -> tuple[Tick, ...]:
    """About `n` ticks at round moments."""
    rough = (scale.high - scale.low) / max(n, 1)
    step = next((s for s in _STEPS if s >= rough), None)
    if step is None:
        return _calendar_ticks(scale, max(1, round(rough / (30.44 * DAY))))
    first = _ceiling(scale.low, step)
    found = []
    moment = first
    while moment <= scale.high:
        found.append(Tick(scale.at(moment), _words(moment, step, first=not found)))
        moment += step
    return tuple(found)


def _ceiling(low: float, step: float) -> float:
    """The first multiple of a step, counted from a midnight."""
    midnight = datetime.fromtimestamp(low, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    n = -(-(low - midnight) // step)
    return float(midnight + n * step)


def _words(moment: float, step: float, *, first: bool) -> str:
    at = datetime.fromtimestamp(moment, UTC)
    if step >= DAY:
        return f"{at.day} {at:%b}"
    return f"{at:%H:%M}" if not first and (at.hour or at.minute) else f"{at.day} {at:%b} {at:%H:%M}"


def _calendar_ticks(scale: Scale, n_months: int) -> tuple[Tick, ...]:
    """Ticks at the first of every `n_months`-th month, rounded to what divides a year or whole years."""
    every = next((m for m in (1, 2, 3, 6, 12, 24, 60, 120) if m >= n_months), 240)
    at = datetime.fromtimestamp(scale.low, UTC)
    count = at.year * 12 + at.month - 1 + (at > at.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    count += -count % every
    found = []
    while True:
        moment = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
        if moment.timestamp() > scale.high:
            return tuple(found)
        words = f"{moment:%Y}" if every >= 12 else f"{moment:%b %Y}"
        found.append(Tick(scale.at(moment.timestamp()), words))
        count += every


def in_words(seconds: float) -> str:
    """A moment in a description."""
    at = datetime.fromtimestamp(seconds, UTC)
    exact = at.time() != datetime.min.time()
    return f"{at:%Y-%m-%d %H:%M}" if exact and timedelta(seconds=seconds) else f"{at:%Y-%m-%d}"
