"""Ratings as they come to choices in an order."""

from __future__ import annotations

import polars as pl


def prepare_insteval(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the columns their names, and an order: lectures of long ago come first.

    Args:
        frame: Columns s, d, y, lectage, studage, dept; codes as text, numbers as numbers.
    """
    return frame.select(
        student=pl.col("s"),
        lecturer=pl.format("lecturer {}", pl.col("d")),
        rating=pl.col("y"),
        order=-pl.col("lectage").cast(pl.Float64),
        studied=pl.col("studage").cast(pl.String).str.replace(r"\.0$", ""),
        department=pl.format("department {}", pl.col("dept").cast(pl.String).str.replace(r"\.0$", "")),
    )
