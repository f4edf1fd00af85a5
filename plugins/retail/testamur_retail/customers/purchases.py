"""From orders to days with a purchase: duplicates dropped, returns netted, one line per customer and day."""

from __future__ import annotations

import polars as pl

from testamur.contracts.errors import DataError, Problem

REQUIRED = ("customer", "date", "value")


def list_purchases(orders: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """One line per customer and day on which something was bought.

    - Lines with the same ``order`` number (where there is one) and the same content are one order read twice.
    - A negative quantity or value is a return: its value lowers what the customer has spent, on its own day
      where
      something was bought, else on the purchase before; it is never a purchase.
    - Orders of one day are one purchase, as in the studies of this kind of data.

    Args:
        orders: ``customer``, ``date`` (date or moment) and ``value``; ``quantity`` and ``order`` where known.

    Returns:
        ``customer`` (text), ``day`` (date), ``value`` (net of returns, at least 0), ``quantity``,
        ``returned``
        (value of returns booked on it), sorted by customer and day; and notes on what was dropped or joined.

    Raises:
        DataError: A cell that is needed is empty or of another kind; every fault is listed.
    """
    _refuse(orders)
    lines = orders.unique(maintain_order=True) if "order" in orders.columns else orders
    quantity = pl.col("quantity").cast(pl.Float64) if "quantity" in lines.columns else pl.lit(1.0)
    plain = lines.select(
        pl.col("customer").cast(pl.String),
        pl.col("date").cast(pl.Date).alias("day"),
        pl.col("value").cast(pl.Float64),
        quantity.fill_null(1.0).alias("quantity"),
    )
    back = (pl.col("value") < 0) | (pl.col("quantity") < 0)
    sold, returns = plain.filter(~back), plain.filter(back)
    bought = (
        sold.group_by("customer", "day")
        .agg(pl.col("value").sum(), pl.col("quantity").sum())
        .sort("customer", "day")
    )
    booked, n_lost = _book(returns, bought)
    days = (
        bought.join(booked, on=["customer", "day"], how="left")
        .with_columns(pl.col("returned").fill_null(0.0))
        .with_columns(value=(pl.col("value") - pl.col("returned")).clip(lower_bound=0.0))
        .sort("customer", "day")
    )
    told = (
        (orders.height - lines.height, "lines of one order number were repeated word for word: counted once"),
        (sold.height - bought.height, "orders fell on a day with another of the same customer: one purchase"),
        (returns.height, "lines are returns (negative): taken off the purchase before them"),
        (n_lost, "returns have no purchase before them in the file: left out"),
    )
    return days, [f"{n:,} {words}" for n, words in told if n]


def _book(returns: pl.DataFrame, bought: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Value returned per customer and day of the purchase it is taken off, and returns without one."""
    dated = returns.select("customer", "day", returned=pl.col("value").abs()).sort("day")
    met = dated.join_asof(
        bought.select("customer", "day", bought_on="day").sort("day"),
        on="day",
        by="customer",
        strategy="backward",
        check_sortedness=False,  # both sides were just sorted by day
    )
    known = met.filter(pl.col("bought_on").is_not_null())
    booked = known.group_by("customer", pl.col("bought_on").alias("day")).agg(pl.col("returned").sum())
    return booked, met.height - known.height


def _refuse(orders: pl.DataFrame) -> None:
    problems = []
    for name in REQUIRED:
        if name not in orders.columns:
            problems.append(
                Problem(
                    f"column '{name}'",
                    "is required, however: it is not there",
                    "name it in [dataset.columns]",
                )
            )
            continue
        kind = orders.schema[name]
        wanted = {"date": kind.is_temporal(), "value": kind.is_numeric()}.get(name, True)
        if not wanted:
            what = "a date or moment" if name == "date" else "a number"
            problems.append(
                Problem(f"column '{name}'", f"{what} is required, however: {kind}", "mend the file")
            )
        elif orders[name].null_count():
            message = f"a value is required in every row, however: {orders[name].null_count()} are empty"
            problems.append(Problem(f"column '{name}'", message, "fill them or leave those rows out"))
    if problems:
        raise DataError("The orders cannot be used", problems)
