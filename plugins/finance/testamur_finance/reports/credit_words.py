"""Rows of the evidence of credit checks, found and put into words."""

from __future__ import annotations

from typing import Any

from testamur_finance.reports.words import percent, signed


def widest(approval: Any) -> Any:
    """The attribute with the lowest ratio of approval rates, or None."""
    if not approval:
        return None
    known = [a for a in approval["attributes"] if a["ratio"] and a["ratio"]["value"] is not None]
    return min(known, key=lambda a: a["ratio"]["value"], default=None)


def ends(row: Any) -> str:
    """The interval of a row: 0.51 to 1.00."""
    if row["low"] is None or row["high"] is None:
        return "no interval"
    return f"{row['low']:.2f} to {row['high']:.2f}"


def row_of(rows: list[Any], measure: str) -> Any:
    """The row of a measure, or None."""
    return next((row for row in rows if row["measure"] == measure), None)


def joint(row: Any, factor: float, unit: str, digits: int) -> str:
    """A difference with its interval: −6.8 points (−12.9 to 7.8)."""
    value, low, high = (signed(factor * row[name], digits) for name in ("value", "low", "high"))
    return f"{value}{unit} ({low} to {high})"


def kept_words(row: Any) -> str:
    """How often a reason is given, and how often again."""
    again = "" if row["kept"] is None else f", again in {percent(row['kept'], 0)}"
    return f"{row['n']}{again}"
