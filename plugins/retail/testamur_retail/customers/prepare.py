"""From orders to examples: one row per customer and snapshot, the outcome in the thirteen weeks after it.

Snapshots lie a quarter apart, so that no outcome of an earlier row reaches into a later one: the last is
the test,
the one before it validation, the others are trained on. Everything a row knows happened before its snapshot.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur_retail.customers.features import QUARTER, describe_customers, look_ahead
from testamur_retail.customers.purchases import list_purchases

MOST_SNAPSHOTS = 4
FEWEST_SNAPSHOTS = 3
KNOWN = ("customer", "date", "value", "quantity", "order")
NO_PURCHASE = Problem("rows", "purchases are required, however: there is none")

Prepared = tuple[pl.DataFrame, list[str]]


def prepare_churn(orders: pl.DataFrame) -> Prepared:
    """Rows for ``retail.churn``; see `prepare_customers`."""
    return prepare_customers(orders)


def prepare_value(orders: pl.DataFrame) -> Prepared:
    """Rows for ``retail.value``: what is spent ahead is the target, and carried for the checks too."""
    rows, notes = prepare_customers(orders)
    return rows.drop("churned").with_columns(spend_ahead=pl.col("spend_next")), notes


def prepare_customers(orders: pl.DataFrame) -> Prepared:
    """One row per customer and snapshot: what is known, and what came.

    Columns of the user's own (a group, a region) are taken along: the last value of each customer that was
    known at the snapshot. A return lowers what is known of a purchase from the day of the return on.

    Args:
        orders: ``customer``, ``date``, ``value``, and ``quantity`` and ``order`` where known.

    Returns:
        The rows, and notes on what was dropped or joined.

    Raises:
        DataError: The orders cannot be used, or span too short a time.
    """
    purchases, notes = list_purchases(orders)
    if purchases.is_empty():
        raise DataError("The orders cannot be used", [NO_PURCHASE])
    snapshots = choose_snapshots(*_span(purchases))
    rows = pl.concat([_rows_of(orders, purchases, snapshot) for snapshot in snapshots])
    return rows.sort("snapshot", "customer"), [*notes, _told(snapshots)]


def prepare_new(orders: pl.DataFrame) -> Prepared:
    """One row per customer as they stand today, the day after the last order; what comes is not known.

    For a model that is there (``testamur predict``): everything is counted as in training, and no year of
    orders is required, for no outcome is.

    Args:
        orders: As of `prepare_customers`.

    Returns:
        The rows, without an outcome, and notes.

    Raises:
        DataError: The orders cannot be used, or there is no purchase among them.
    """
    purchases, notes = list_purchases(orders)
    if purchases.is_empty():
        raise DataError("The orders cannot be used", [NO_PURCHASE])
    first, last = _span(purchases)
    today = last + timedelta(days=1)
    notes = [*notes, f"customers as they stand on {today.isoformat()}, the day after the last purchase"]
    if (short := (today - first).days) < 2 * QUARTER:
        notes.append(f"orders over {short} days only: what was counted over two quarters is too low")
    return _known_of(orders, purchases, today).sort("customer"), notes


def choose_snapshots(first: date, last: date) -> list[date]:
    """The days on which the customers are looked at, the latest first.

    Args:
        first: Day of the first purchase.
        last: Day of the last one.

    Raises:
        DataError: Fewer than three snapshots with a quarter before and after fit in.
    """
    end = last + timedelta(days=1)
    room = (end - first).days // QUARTER - 1
    if room < FEWEST_SNAPSHOTS:
        needed = (FEWEST_SNAPSHOTS + 1) * QUARTER
        message = f"purchases over {needed} days or more are required, however: {(end - first).days}"
        raise DataError(
            "The orders span too short a time", [Problem("column 'date'", message, "bring older orders too")]
        )
    return [end - timedelta(days=QUARTER * k) for k in range(1, min(room, MOST_SNAPSHOTS) + 1)]


def _told(snapshots: list[date]) -> str:
    days = ", ".join(day.isoformat() for day in sorted(snapshots))
    return f"customers as they stood on {days}; outcomes in the {QUARTER} days from each"


def _rows_of(orders: pl.DataFrame, purchases: pl.DataFrame, snapshot: date) -> pl.DataFrame:
    """What the orders before the snapshot say of each customer, and what all orders say came after it."""
    before = orders.filter(pl.col("date").cast(pl.Date) < snapshot)
    known, _ = list_purchases(before)  # without the returns that came later
    rows = _known_of(before, known, snapshot).join(look_ahead(purchases, snapshot), on="customer", how="left")
    return rows.with_columns(
        pl.col("spend_next").fill_null(0.0), pl.col("orders_next").fill_null(0.0)
    ).with_columns(churned=pl.when(pl.col("orders_next") > 0).then(pl.lit("no")).otherwise(pl.lit("yes")))


def _known_of(orders: pl.DataFrame, purchases: pl.DataFrame, snapshot: date) -> pl.DataFrame:
    """What is known of each customer on a day, with columns of the user's own."""
    rows = describe_customers(purchases, snapshot)
    own = [name for name in orders.columns if name not in KNOWN]
    if own:
        rows = rows.join(_last_known(orders, own), on="customer", how="left")
    return rows.with_columns(snapshot=pl.lit(snapshot).cast(pl.Datetime("us")))


def _last_known(orders: pl.DataFrame, own: list[str]) -> pl.DataFrame:
    return (
        orders.with_columns(pl.col("customer").cast(pl.String))
        .sort("date")
        .group_by("customer")
        .agg(pl.col(name).drop_nulls().last() for name in own)
    )


def _span(purchases: pl.DataFrame) -> tuple[date, date]:
    days = purchases["day"]
    first, last = days.min(), days.max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    return first, last
