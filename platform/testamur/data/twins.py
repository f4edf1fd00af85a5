"""Rows that agree in every column share a number; exact, for no hash is trusted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray


def twin_ids(columns: Sequence[pl.Series]) -> NDArray[np.int64]:
    """(n,) position of the first row with the same values; missing equals missing.

    Args:
        columns: At least one series, all of length n; of none, nothing is said (an empty array).
    """
    if not columns:
        return np.zeros(0, dtype=np.int64)
    # Columns are renamed: a hostile name may be read as a pattern by the expression language.
    names = [f"c{i}" for i in range(len(columns))]
    frame = pl.DataFrame([series.alias(name) for series, name in zip(columns, names, strict=True)])
    first = frame.with_row_index("row").select(pl.col("row").first().over(names))
    return first.to_series().to_numpy().astype(np.int64)
