"""What is to be predicted from grades: a threshold on a later mark."""

from __future__ import annotations

import polars as pl

AT_RISK_BELOW = 2.0  # grade-point average: below a "C", the usual line of academic probation
LOWEST_QUARTER = 588.0  # reading, third grade: the lower quartile of all 6,000 children tested (STAR)
GPA2 = ("sat", "verbmath", "hsize", "hsrank", "hsperc", "athlete", "female", "black")
STAR = (
    "gender", "ethnicity", "lunchk", "stark", "readk", "mathk", "schoolk", "degreek", "ladderk",
    "experiencek", "schoolidk",
)  # fmt: skip


def prepare_gpa2(frame: pl.DataFrame) -> pl.DataFrame:
    """What is known at admission, and ``at_risk`` (grade-point average below 2.0).

    Args:
        frame: With ``colgpa``, a number; without it (students who have no grades yet) there is no target.
    """
    if "colgpa" not in frame.columns:
        return frame.select(GPA2)
    average = pl.col("colgpa").cast(pl.Float64)
    risk = pl.when(average.is_not_null()).then((average < AT_RISK_BELOW).cast(pl.Int8).cast(pl.String))
    return frame.select(*GPA2, at_risk=risk)


def prepare_star(frame: pl.DataFrame) -> pl.DataFrame:
    """Children tested in kindergarten, with ``at_risk`` (reading in the lowest quarter of third grade).

    Args:
        frame: With ``readk`` and ``read3``, numbers; without ``read3`` (a class of now) there is no target.
    """
    tested = frame.filter(pl.col("readk").cast(pl.Float64).is_not_null())
    if "read3" not in frame.columns:
        return tested.select(STAR)
    kept = tested.with_columns(pl.col("read3").cast(pl.Float64)).filter(pl.col("read3").is_not_null())
    return kept.select(*STAR, at_risk=(pl.col("read3") < LOWEST_QUARTER).cast(pl.Int8).cast(pl.String))
