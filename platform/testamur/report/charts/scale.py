"""Linear scales and round ticks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from testamur.report.numbers import MINUS


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in pixels, with its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values from `low` to `high` onto pixels from `start` to `end`; outside values are clamped."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Pixel of a value, to a tenth."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, n: int = 5, *, per_cent: bool = False) -> tuple[Tick, ...]:
        """About `n` ticks at round values."""
        values, digits = round_steps(self.low, self.high, n)
        if per_cent:
            digits = max(0, digits - 2)
            return tuple(Tick(self.at(v), f"{_plain(v * 100, digits)}\u00a0%") for v in values)
        return tuple(Tick(self.at(v), _plain(v, digits)) for v in values)


def round_steps(low: float, high: float, n: int) -> tuple[tuple[float, ...], int]:
    """Multiples of 1, 2 or 5 times a power of ten within [low, high], and the digits they need."""
    rough = (high - low) / max(n, 1)
    power = floor(log10(rough))
    step = next(s * 10.0**power for s in (1, 2, 5, 10) if s * 10.0**power >= rough * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9))
    return tuple(k * step for k in range(first, last + 1)), digits


def spread_over(
    values: list[float], *, pad: float = 0.08, floor_at: float | None = None, top_at: float | None = None
) -> tuple[float, float]:
    """A domain that holds all values with some air, not beyond the given ends."""
    low, high = min(values), max(values)
    air = (high - low) * pad or max(abs(high), 1.0) * pad
    low, high = low - air, high + air
    if floor_at is not None:
        low = max(low, floor_at)
    if top_at is not None:
        high = min(high, top_at)
    return (low, high) if high > low else (low, low + 1.0)


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        return text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text
