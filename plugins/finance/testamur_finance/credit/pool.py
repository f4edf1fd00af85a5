"""Training and validation rows put together, for choices that are made by cross-validation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.contracts.table import RowsPart, RowsTable


def pooled(table: RowsTable) -> RowsTable:
    """The table with training and validation rows as its training part; the test part is untouched."""
    return replace(table, train=_joined(table.train, table.validation))


def _joined(first: RowsPart, second: RowsPart) -> RowsPart:
    def both(name: str) -> Any:
        one, two = getattr(first, name), getattr(second, name)
        return None if one is None or two is None else np.concatenate([one, two])

    return RowsPart(
        row=both("row"),
        numeric=both("numeric"),
        missing=both("missing"),
        categorical=both("categorical"),
        target=both("target"),
        groups=both("groups"),
        absent=both("absent"),
        twin=both("twin"),
        twin_with_target=both("twin_with_target"),
        weight=both("weight"),
    )
