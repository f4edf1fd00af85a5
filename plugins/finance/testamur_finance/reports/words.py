"""Small words for pages: per cent, points, dates, and what a p-value says."""

from __future__ import annotations

from datetime import UTC, datetime


def percent(value: float | None, digits: int = 1) -> str:
    """0.217 as 21.7 %."""
    return "not known" if value is None else f"{100 * value:.{digits}f} %"


def between(low: float | None, high: float | None, digits: int = 1) -> str:
    """An interval of shares: 18.9 to 24.5 %."""
    if low is None or high is None:
        return "no interval"
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def day(seconds: float) -> str:
    """Seconds since 1970 as 2018-12-31."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def chance(p_value: float | None) -> str:
    """A p-value as it is printed."""
    if p_value is None:
        return "not known"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def count(n: int, one: str, many: str = "") -> str:
    """1 stock, 20 stocks."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def signed(value: float, digits: int = 1) -> str:
    """A number with a true minus sign: a text that begins with a hyphen is taken for a formula."""
    return f"{value:.{digits}f}".replace("-", "\u2212")
