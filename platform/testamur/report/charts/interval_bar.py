"""A value with its interval against a limit, the forbidden side shaded."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.policy import Direction
from testamur.report.charts.scale import Scale, spread_over

WIDTH, HEIGHT, MARGIN = 220, 30, 9


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """Pixels of one bar.

    Attributes:
        zone_x: Left end of the forbidden side.
        zone_width: Its width.
        limit_x: The limit.
        low_x: Left end of the interval, or None without one.
        high_x: Right end of it.
        low_open: True where the interval has no lower end.
        high_open: True where it has no upper end.
        value_x: The value, or None where nothing was measured.
        mark: "met", "breached" or "open".
        title: The same in words.
    """

    zone_x: float
    zone_width: float
    limit_x: float
    low_x: float | None
    high_x: float | None
    low_open: bool
    high_open: bool
    value_x: float | None
    mark: str
    title: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_interval_bar(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    limit: float,
    direction: Direction,
    mark: str,
    title: str,
) -> IntervalBar:
    """Lay out one bar; the scale holds value, interval and limit.

    Args:
        value: The measured value, or None.
        low: Lower end, None where unbounded or without interval.
        high: Upper end, likewise.
        limit: The limit.
        direction: Its allowed side.
        mark: "met", "breached" or "open".
        title: The bar in words.
    """
    known = [x for x in (value, low, high, limit) if x is not None]
    scale = Scale(*spread_over(known, pad=0.25), MARGIN, WIDTH - MARGIN)
    limit_x = scale.at(limit)
    left = direction.upwards
    has_interval = value is not None and (low is not None or high is not None)
    return IntervalBar(
        zone_x=0.0 if left else limit_x,
        zone_width=limit_x if left else round(WIDTH - limit_x, 1),
        limit_x=limit_x,
        low_x=(scale.at(low) if low is not None else 2.0) if has_interval else None,
        high_x=(scale.at(high) if high is not None else WIDTH - 2.0) if has_interval else None,
        low_open=has_interval and low is None,
        high_open=has_interval and high is None,
        value_x=None if value is None else scale.at(value),
        mark=mark,
        title=title,
    )
