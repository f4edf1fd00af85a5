"""Series of demand as the forecast needs them: a line per series and day, returns netted, none negative."""

from __future__ import annotations

import polars as pl

FIRST_NAME = "all"


def prepare_series(lines: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Sum the lines of a series and day; what is returned on balance is no demand.

    Days between a series' first and last line that have no line are days without demand, and are filled in:
    sales
    files leave such days out. (A day that is there with an empty cell stays unknown.)

    Args:
        lines: ``series`` (may be absent: one series), ``date`` and ``sold`` of every sale, day or week.

    Returns:
        ``series``, ``date``, ``sold``, sorted; and notes on what was joined, netted or filled.
    """
    named = lines if "series" in lines.columns else lines.with_columns(series=pl.lit(FIRST_NAME))
    known = named.select(
        pl.col("series").cast(pl.String).fill_null(FIRST_NAME),
        pl.col("date").dt.truncate("1d"),
        pl.col("sold").cast(pl.Float64),
    )
    dated = known.filter(pl.col("date").is_not_null())
    daily = dated.group_by("series", "date").agg(
        # A day of which nothing is known stays unknown: the sum of no numbers would be 0.
        pl.when(pl.col("sold").is_not_null().any()).then(pl.col("sold").sum()).alias("sold")
    )
    negative = daily.filter(pl.col("sold") < 0).height
    whole = _fill(daily)
    told = (
        (known.height - dated.height, "lines without a date left out"),
        (dated.height - daily.height, "lines of a day that has another were added up"),
        (negative, "days had more returns than sales: their demand counts as 0"),
        (whole.height - daily.height, "days without a line lie between others of their series: no demand"),
    )
    result = whole.with_columns(pl.col("sold").clip(lower_bound=0.0)).sort("series", "date")
    return result, [f"{n:,} {words}" for n, words in told if n]


def _fill(daily: pl.DataFrame) -> pl.DataFrame:
    """Every step between the first and last of each series: days, or weeks where all lie a week apart."""
    gaps = (
        daily.sort("series", "date")
        .select(gap=pl.col("date").diff().over("series").dt.total_days())
        .get_column("gap")
        .drop_nulls()
    )
    step = 7 if len(gaps) and bool((gaps % 7 == 0).all()) else 1
    grid = (
        daily.group_by("series")
        .agg(pl.col("date").min().alias("first"), pl.col("date").max().alias("last"))
        .with_columns(date=pl.datetime_ranges("first", "last", interval=f"{step}d", time_unit="us"))
        .explode("date")
        .select("series", pl.col("date").cast(daily.schema["date"]))
    )
    known = daily.with_columns(there=pl.lit(value=True))
    return (
        grid.join(known, on=["series", "date"], how="left")
        .with_columns(sold=pl.when(pl.col("there").is_null()).then(0.0).otherwise(pl.col("sold")))
        .drop("there")
    )
