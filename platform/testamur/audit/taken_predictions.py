"""Predictions of some of the rows."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from testamur.contracts.table import Predictions


def rows_of(said: Predictions, rows: Any) -> Predictions:
    """What was said of these rows, given as positions or as a mask."""
    held = {each.name: getattr(said, each.name) for each in fields(said)}
    arrays = {name: value[rows] for name, value in held.items() if isinstance(value, np.ndarray)}
    return replace(said, **arrays)
