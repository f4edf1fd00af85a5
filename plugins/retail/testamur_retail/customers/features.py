"""What is known of each customer on a day: recency, frequency, money and their course."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

QUARTER = 91  # days: thirteen weeks


def describe_customers(purchases: pl.DataFrame, snapshot: date) -> pl.DataFrame:
    """Features of every customer with a purchase before a day, from purchases before that day alone.

    Args:
        purchases: As `purchases.list_purchases` gives them.
        snapshot: The first day that is not known.

    Returns:
        One row per customer: features; and ``repeats`` (x), ``recency`` (t_x) and ``age`` (T) in weeks,
        ``repeat_value`` and ``n_valued`` (mean and number of repeat purchases of some value), as the models
        of counting customers need them.
    """
    quarter, before = snapshot - timedelta(days=QUARTER), snapshot - timedelta(days=2 * QUARTER)
    known = purchases.filter(pl.col("day") < snapshot)
    first, last = pl.col("day").min(), pl.col("day").max()
    recent, earlier = pl.col("day") >= quarter, (pl.col("day") < quarter) & (pl.col("day") >= before)
    again = (pl.col("day") > first) & (pl.col("value") > 0)
    gaps = pl.col("day").diff().dt.total_days() / 7
    return known.group_by("customer", maintain_order=True).agg(
        orders=pl.len().cast(pl.Float64),
        weeks_since_last=_weeks(pl.lit(snapshot) - last),
        weeks_since_first=_weeks(pl.lit(snapshot) - first),
        mean_value=pl.col("value").mean(),
        last_value=pl.col("value").last(),
        total_value=pl.col("value").sum(),
        mean_quantity=pl.col("quantity").mean(),
        mean_gap=gaps.mean(),
        last_gap=gaps.last(),
        orders_quarter=recent.sum().cast(pl.Float64),
        orders_quarter_before=earlier.sum().cast(pl.Float64),
        value_quarter=pl.col("value").filter(recent).sum(),
        returned_share=(
            pl.col("returned").sum() / (pl.col("value").sum() + pl.col("returned").sum())
        ).fill_nan(0.0),
        repeats=(pl.len() - 1).cast(pl.Float64),
        recency=_weeks(last - first),
        age=_weeks(pl.lit(snapshot) - first),
        repeat_value=pl.col("value").filter(again).mean().fill_null(0.0),
        n_valued=again.sum().cast(pl.Float64),
    )


def look_ahead(purchases: pl.DataFrame, snapshot: date) -> pl.DataFrame:
    """What each customer spends, and on how many days, in the thirteen weeks from a day on."""
    until = snapshot + timedelta(days=QUARTER)
    later = purchases.filter((pl.col("day") >= snapshot) & (pl.col("day") < until))
    return later.group_by("customer").agg(
        spend_next=pl.col("value").sum(), orders_next=pl.len().cast(pl.Float64)
    )


def _weeks(span: pl.Expr) -> pl.Expr:
    return span.dt.total_days() / 7
