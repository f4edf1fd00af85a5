"""Between encoded values and the numbers and words of the source, by the table's encoder description.

The encoding of numbers is a piecewise-linear map with strictly growing knots (see
`RowsTable.encoder`), so it can be walked both ways; beyond the outer knots it is level.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from testamur.audit.interval import Floats
from testamur.contracts.table import RowsTable

_WHOLE_WITHIN = 1e-3  # of a step: float32 scores give a whole number back this closely
FEW_DIGITS, MANY_DIGITS = 4, 8  # significant digits of other numbers, as printed and where that is too few


def described(table: RowsTable, feature: int) -> Mapping[str, Any]:
    """The encoder's entry of a feature, by its position in `RowsTable.features`; empty where none is kept."""
    entries = table.encoder.get("features", ())
    return entries[feature] if feature < len(entries) else {}


def decode_numbers(table: RowsTable, feature: int, scores: Floats) -> Floats:
    """(n,) numbers of the source for encoded numbers."""
    entry = described(table, feature)
    scores = np.asarray(scores, dtype=np.float64)
    if not entry.get("knots"):
        return scores
    return np.asarray(np.interp(scores, entry["scores"], entry["knots"]), dtype=np.float64)


def encode_numbers(table: RowsTable, feature: int, numbers: Floats) -> Floats:
    """(n,) encoded numbers for numbers of the source, as the data room encodes them."""
    entry = described(table, feature)
    numbers = np.asarray(numbers, dtype=np.float64)
    if not entry.get("knots"):
        return numbers.astype(np.float32).astype(np.float64)
    scores = np.interp(numbers, entry["knots"], entry["scores"])
    return np.asarray(scores, dtype=np.float64).astype(np.float32).astype(np.float64)


def are_whole(numbers: Floats) -> bool:
    """Whether decoded numbers were whole numbers before they were encoded."""
    near = np.abs(numbers - np.round(numbers)) <= _WHOLE_WITHIN * np.maximum(1.0, np.abs(numbers) * 1e-3)
    return bool(near.all())


def rounded(number: float, *, whole: bool, n_digits: int = FEW_DIGITS) -> float:
    """A number as it is said to a person: whole where the column is, else to some significant digits."""
    return float(round(number)) if whole else float(f"{number:.{n_digits}g}")


def level_name(table: RowsTable, feature: int, code: int) -> str:
    """Label of a categorical code as in the source; empty for code 0 (missing, rare or unseen)."""
    levels = described(table, feature).get("levels", ())
    if code == 0:
        return ""
    return str(levels[code - 1]) if code <= len(levels) else str(code)


def in_words(table: RowsTable, feature: int, value: float | str) -> str:
    """A value as a report prints it: by the words that the column declares, a number with its unit."""
    column = table.spec.column(table.features[feature].name)
    if isinstance(value, str):
        return column.values.get(value, value or "missing or rare")
    if np.isnan(value):
        return "missing"
    source = described(table, feature).get("source")
    if source == "datetime":
        return datetime.fromtimestamp(value, UTC).isoformat(sep=" ", timespec="minutes")
    if source == "boolean":
        return "yes" if value >= 0.5 else "no"
    text = f"{value:,.10g}" if abs(value) >= 10_000 else f"{value:.10g}"
    if text in column.values:
        return column.values[text]
    return f"{text} {column.unit}".strip()
