"""What stands in the cells of a table and on a tile: a text, a number, or a value with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.report.insight.numbers import interval, interval_in_words, money, unit_of, value_in_words
from testamur.report.insight.shape import FigureFault
from testamur.report.numbers import NO_NUMBER, format_count


def cell(value: Any, column: Any = "") -> str:
    """A cell as it is printed; ``column`` is a name, or an object with ``name`` and ``unit``.

    Raises:
        FigureFault: It is neither text, number, null nor an object with a value.
    """
    unit = unit_of(column if isinstance(column, Mapping) else {})
    if value is None:
        return NO_NUMBER
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return interval(value, str(column.get("unit", "number")) if isinstance(column, Mapping) else "number")
    if not isinstance(value, int | float):
        raise FigureFault(
            f"a cell is a text, a number, null or a value with its ends, however: {value!r:.60}"
        )
    if isinstance(column, Mapping) and str(column.get("unit", "")).partition(" ")[0] == "money":
        return money(value, str(column["unit"]).partition(" ")[2])
    if isinstance(value, int) and not isinstance(column, Mapping):
        return format_count(value)
    return value_in_words(value, unit)


def tile_value(item: Mapping[str, Any]) -> str:
    """The large figure of a tile: its words, or its value in its unit."""
    if "words" in item:
        return str(item["words"])
    if str(item.get("unit", "")).startswith("money"):
        return cell(item.get("value"), {"name": "", "unit": item["unit"]})
    return _estimate(item)[0]


def tile_ends(item: Mapping[str, Any]) -> str:
    """The interval under it, or nothing."""
    return _estimate(item)[1] if "words" not in item else ""


def _estimate(item: Mapping[str, Any]) -> tuple[str, str]:
    return interval_in_words(item.get("value"), item.get("low"), item.get("high"), unit_of(item))


def safe_url(url: str) -> str:
    """A link that leads to a page and nowhere else.

    Raises:
        FigureFault: It is no http(s) address.
    """
    if not url.startswith(("https://", "http://")):
        raise FigureFault("the source of advice needs an http(s) address")
    return url


FILTERS = {"cell": cell, "tile_value": tile_value, "tile_ends": tile_ends, "safe_url": safe_url}
