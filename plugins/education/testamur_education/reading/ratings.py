"""Ratings as they come to choices in an order."""

from __future__ import annotations

import numpy as np
import polars as pl

SEED = 20_150_000  # of the order within a semester


def prepare_insteval(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the columns their names, and an order: lectures of long ago come first.

    The source is sorted by the lecturer's number within a student: which of several lectures of one
    semester came last would be told by the number. Their order is drawn by lot instead, always the same.

    Args:
        frame: Columns s, d, y, lectage, studage, dept; codes as text, numbers as numbers.
    """
    shuffled = frame[np.random.default_rng(SEED).permutation(frame.height)]
    return shuffled.select(
        student=pl.col("s"),
        lecturer=pl.format("lecturer {}", pl.col("d")),
        rating=pl.col("y"),
        order=-pl.col("lectage").cast(pl.Float64),
        studied=pl.col("studage").cast(pl.String).str.replace(r"\.0$", ""),
        department=pl.format("department {}", pl.col("dept").cast(pl.String).str.replace(r"\.0$", "")),
    )
