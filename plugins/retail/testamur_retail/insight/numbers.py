"""Numbers as a reader likes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def amount(value: float | None, digits: int | None = None) -> str:
    """Thousands apart; as many decimals as the size asks for."""
    if value is None:
        return "not estimable"
    size = abs(value)
    places = digits if digits is not None else (0 if size >= 100 else 1 if size >= 10 else 2)
    return f"{value:,.{places}f}".replace("-", "−")


def percent(value: float | None, digits: int = 0) -> str:
    """A share in per cent."""
    return "not estimable" if value is None else f"{100 * value:.{digits}f} %".replace("-", "−")


def share_range(tree: Mapping[str, Any], digits: int = 0) -> str:
    """``31 % (22 to 39 %)`` from an estimate of the evidence."""
    if tree["value"] is None:
        return "not estimable"
    if tree["low"] is None or tree["high"] is None:
        return f"{percent(tree['value'], digits)} (no interval)"
    low, high = (f"{100 * tree[end]:.{digits}f}".replace("-", "−") for end in ("low", "high"))
    return f"{percent(tree['value'], digits)} ({low} to {high} %)"


def amount_range(tree: Mapping[str, Any], digits: int | None = None) -> str:
    """``41.2 (35.0 to 47.9)`` from an estimate of the evidence."""
    if tree["value"] is None:
        return "not estimable"
    if tree["low"] is None or tree["high"] is None:
        return f"{amount(tree['value'], digits)} (no interval)"
    return (
        f"{amount(tree['value'], digits)} ({amount(tree['low'], digits)} to {amount(tree['high'], digits)})"
    )


def several(count: float, one: str, many: str = "") -> str:
    """``1 week``, ``3 weeks``."""
    return f"{count:,.0f} {one if count == 1 else many or one + 's'}"
