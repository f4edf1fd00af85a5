"""Numbers as people read them: sensible digits, units, no-break spaces, a true minus sign."""

from __future__ import annotations

from math import floor, isfinite, log10

from testamur.contracts.finding import Unit

NBSP = "\u00a0"
MINUS = "\u2212"
NO_NUMBER = "–"
_SCALE = {Unit.SHARE: 100.0, Unit.POINTS: 100.0}
_SUFFIX = {Unit.SHARE: f"{NBSP}%", Unit.POINTS: f"{NBSP}points"}
_MOST = 6
_SIGNED = (Unit.NUMBER, Unit.POINTS, Unit.TARGET)
_FEWEST = {Unit.SHARE: 1, Unit.POINTS: 1, Unit.COUNT: 0}
_BY_SIZE = ((100.0, 0), (10.0, 1), (0.0, 2))  # of other units: a number of so much deserves so many at least


def format_count(count: int | None) -> str:
    """A count with a comma between thousands."""
    return NO_NUMBER if count is None else f"{count:,}".replace("-", MINUS)


def format_number(number: float | None, digits: int) -> str:
    """A number with so many digits after the point; never a negative zero."""
    if number is None or not isfinite(number):
        return NO_NUMBER
    text = f"{number:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def digits_for(
    value: float | None, low: float | None, high: float | None, unit: Unit = Unit.NUMBER, step: float = 0.0
) -> int:
    """Digits after the point that an interval of this width deserves.

    The last digit is at most about 40 % of half the interval's width, so that rounding does not hide
    on which side of a limit an end lies; and where a number may have either sign, no end that is not 0
    is rounded to it, so that one sees whether the interval holds 0. What is rounded to a `step` shows no
    digit beyond it.
    """
    digits = _digits_of_width(value, low, high, unit)
    if step:
        return min(digits, _digits_of_step(step, unit))
    if unit not in _SIGNED:
        return digits
    ends = [end * _SCALE.get(unit, 1.0) for end in (low, high) if end and isfinite(end)]
    visible = (d for d in range(digits, _MOST + 1) if all(round(end, d) != 0 for end in ends))
    return next(visible, digits)


def _digits_of_width(value: float | None, low: float | None, high: float | None, unit: Unit) -> int:
    """Digits for the size and the width alone."""
    if unit is Unit.COUNT:
        return 0
    scale = _SCALE.get(unit, 1.0)
    ends = [end * scale for end in (low, value, high) if end is not None and isfinite(end)]
    size = max((abs(end) for end in ends), default=0.0)
    fewest = _FEWEST.get(unit, next(digits for least, digits in _BY_SIZE if size >= least))
    half_width = (max(ends) - min(ends)) / 2 if ends else 0.0
    if half_width > 0:
        return max(0 if size >= 100 else fewest, min(_MOST, -floor(log10(half_width / 2.5))))
    if size == 0 or (unit not in _FEWEST and size >= 1 and size == round(size)):
        return 0
    return fewest if size >= 0.1 else min(_MOST, 1 - floor(log10(size)))


def _digits_of_step(step: float, unit: Unit) -> int:
    """Digits of a figure that is rounded to a step: more would only be zeros."""
    scaled = step * _SCALE.get(unit, 1.0)
    return next(d for d in range(_MOST + 1) if d == _MOST or abs(round(scaled, d) - scaled) < 1e-9)


def format_value(
    value: float | None, unit: Unit = Unit.NUMBER, *, digits: int | None = None, unit_words: str = ""
) -> str:
    """A value with its unit: ``21.7 %``, ``6.2 points``, ``0.62``, ``4,700``.

    Args:
        value: The number; None prints a dash.
        unit: How it is printed.
        digits: Digits after the point; None: as many as its size deserves.
        unit_words: Unit of the target, where `unit` is `Unit.TARGET`.
    """
    if value is None or not isfinite(value):
        return NO_NUMBER
    shown = digits_for(value, None, None, unit) if digits is None else digits
    suffix = _SUFFIX.get(unit, f"{NBSP}{unit_words}" if unit is Unit.TARGET and unit_words else "")
    return format_number(value * _SCALE.get(unit, 1.0), shown) + suffix


def format_interval(
    value: float | None,
    low: float | None,
    high: float | None,
    unit: Unit = Unit.NUMBER,
    *,
    unit_words: str = "",
    step: float = 0.0,
) -> str:
    """A value with its interval: ``0.62 (0.55 to 0.69)``; an open end reads ``at least`` or ``at most``."""
    digits = digits_for(value, low, high, unit, step)
    point = format_value(value, unit, digits=digits, unit_words=unit_words)
    inner = format_ends(low, high, unit, digits=digits)
    return f"{point} ({inner})" if inner else point


def format_ends(low: float | None, high: float | None, unit: Unit = Unit.NUMBER, *, digits: int) -> str:
    """The two ends of an interval, or an empty text where it has none."""
    scale = _SCALE.get(unit, 1.0)
    sign = f"{NBSP}%" if unit is Unit.SHARE else ""
    first, last = (None if end is None else format_number(end * scale, digits) for end in (low, high))
    if first is not None and last is not None:
        return f"{first} to {last}{sign}".replace(" ", NBSP)
    if first is not None:
        return f"at least {first}{sign}".replace(" ", NBSP)
    return f"at most {last}{sign}".replace(" ", NBSP) if last is not None else ""


def format_limit(direction: str, value: float, unit: Unit = Unit.NUMBER, *, unit_words: str = "") -> str:
    """A limit in words: ``at most 10 points``."""
    scaled = value * _SCALE.get(unit, 1.0)
    digits = next((d for d in range(7) if abs(round(scaled, d) - scaled) < 1e-9), 6)
    return f"{direction} {format_value(value, unit, digits=digits, unit_words=unit_words)}".replace(" ", NBSP)


def format_seconds(seconds: float) -> str:
    """A duration: ``0.31 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 10:
        return f"{format_number(seconds, 2)}{NBSP}s"
    if seconds < 120:
        return f"{format_number(seconds, 0)}{NBSP}s"
    return f"{int(seconds // 60)}{NBSP}min {int(seconds % 60)}{NBSP}s"


def format_bytes(n_bytes: int) -> str:
    """A size: ``812 bytes``, ``14 kB``."""
    return f"{n_bytes}{NBSP}bytes" if n_bytes < 1000 else f"{format_number(n_bytes / 1000, 0)}{NBSP}kB"
