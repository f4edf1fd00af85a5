"""Numbers of insight pages as people read them: the template filters, and the units of figures."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, isfinite, log10
from typing import Any

from testamur.contracts.finding import Unit
from testamur.report.insight.shape import Tree
from testamur.report.numbers import (
    NBSP,
    NO_NUMBER,
    digits_for,
    format_count,
    format_ends,
    format_number,
    format_value,
)

KNOWN = {"share": Unit.SHARE, "points": Unit.POINTS, "number": Unit.NUMBER, "count": Unit.COUNT}
_COUNTED = (Unit.SHARE, Unit.POINTS, Unit.COUNT)  # printed as in the audit report


def unit_of(tree: Tree) -> Unit | str:
    """The unit that is stated: share, points, number, count, or a text such as mg/dL."""
    stated = str(tree.get("unit", "share" if tree.get("percent") else "number"))
    return KNOWN.get(stated, stated)


def value_in_words(value: float | None, unit: Unit | str, *, digits: int | None = None) -> str:
    """A value in its unit."""
    if value is None:
        return NO_NUMBER
    if unit in _COUNTED:
        return format_value(value, Unit(unit), digits=digits)
    shown = sensible_digits(value, None, None) if digits is None else digits
    return format_value(value, Unit.TARGET, digits=shown, unit_words=_words(unit))


def interval_in_words(
    value: float | None, low: float | None, high: float | None, unit: Unit | str
) -> tuple[str, str]:
    """A value and its ends, with as many digits as the interval deserves; the ends may be empty."""
    if unit in _COUNTED:
        known = Unit(unit)
        digits = digits_for(value, low, high, known)
        return format_value(value, known, digits=digits), format_ends(low, high, known, digits=digits)
    digits = sensible_digits(value, low, high)
    return value_in_words(value, unit, digits=digits), format_ends(low, high, digits=digits)


def sensible_digits(value: float | None, low: float | None, high: float | None) -> int:
    """Digits after the point: to a fifth of the interval's half width, else three figures in all."""
    ends = [end for end in (low, value, high) if end is not None and isfinite(end)]
    half = (max(ends) - min(ends)) / 2 if ends else 0.0
    if half > 0:
        return max(0, min(6, -floor(log10(half / 2.5))))
    size = max((abs(end) for end in ends), default=0.0)
    if size == 0 or all(end == round(end) for end in ends):
        return 0
    return max(0, min(6, 2 - floor(log10(size))))


def _words(unit: Unit | str) -> str:
    return "" if isinstance(unit, Unit) else unit


def share(value: float | None, digits: int | None = None) -> str:
    """Per cent: 0.217 reads 21.7 %."""
    return value_in_words(value, Unit.SHARE, digits=digits)


def number(value: float | None, digits: int | None = None) -> str:
    """Sensible digits: 3.14159 reads 3.14."""
    return value_in_words(value, Unit.NUMBER, digits=digits)


def unit(value: float | None, words: str, digits: int | None = None) -> str:
    """A number with its unit: 5.5 and mg/dL read 5.5 mg/dL."""
    return value_in_words(value, words, digits=digits)


def money(value: float | None, currency: str = "", digits: int | None = None) -> str:
    """An amount: 1250 and EUR read 1,250 EUR; below a hundred with two digits."""
    if value is None:
        return NO_NUMBER
    shown = format_number(value, (2 if abs(value) < 100 else 0) if digits is None else digits)
    return f"{shown}{NBSP}{currency}" if currency and shown != NO_NUMBER else shown


def interval(estimate: Mapping[str, Any] | None, words: str = "number") -> str:
    """A value with its interval, from an object with value, low and high: 62 % (55 to 69 %)."""
    if not estimate:
        return NO_NUMBER
    ends = (estimate.get("value"), estimate.get("low"), estimate.get("high"))
    point, inner = interval_in_words(*ends, KNOWN.get(words, words))
    return f"{point} ({inner})" if inner else point


FILTERS = {
    "share": share,
    "number": number,
    "unit": unit,
    "money": money,
    "interval": interval,
    "count": format_count,
}
