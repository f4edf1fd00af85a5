"""From prices to log returns; every fault of a file is told at once, no price is quoted."""

from __future__ import annotations

from math import log

import polars as pl

from testamur.contracts.errors import DataError, Problem

LARGEST_MOVE = 0.75  # |log return| of a day, a factor of 2.1; Apple's of 29 September 2000 was 0.73
SPLIT, SPLIT_WITHIN = log(2.0), 0.03  # a move this close to a factor of 2 looks like a split
LONGEST_GAP_DAYS = 10  # calendar days; the longest closure of US exchanges since 1933 was 7 (September 2001)
ONE = "prices"  # name of the series where a file holds one


def make_returns(frame: pl.DataFrame) -> pl.DataFrame:
    """Log returns in per cent, one row per series and day but the first.

    Args:
        frame: date, price and, where there are several series, series; numbers and moments as read, or text.

    Returns:
        date (Datetime), series, ret (100 x log return), by series and then date.

    Raises:
        DataError: Every fault: absent columns, unknown dates and prices, prices of zero or below, two
            prices of one day, moves beyond `LARGEST_MOVE` or like a split, gaps beyond `LONGEST_GAP_DAYS`.
    """
    absent = [name for name in ("date", "price") if name not in frame.columns]
    if absent:
        _refuse(
            [
                Problem(
                    f"column {name!r}",
                    f"the column is required, however: there is none among {len(frame.columns)} columns",
                    f'name it in the job: columns = {{ {name} = "its name in your file" }}',
                )
                for name in absent
            ]
        )
    long = _typed(frame)
    faults = [*_cell_faults(long), *_day_faults(long)]
    usable = long.filter(pl.col("date").is_not_null() & (pl.col("price") > 0)).unique(
        ["series", "date"], keep="first"
    )
    usable = usable.sort("series", "date").with_columns(
        move=pl.col("price").log().diff().over("series"),
        days=pl.col("date").diff().over("series").dt.total_days(),
    )
    faults += _step_faults(usable)
    if faults:
        _refuse(faults)
    returns = usable.filter(pl.col("move").is_not_null())
    return returns.select("date", "series", ret=100.0 * pl.col("move"))


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Row numbers, moments, prices and names; what cannot be read becomes missing."""
    date = pl.col("date")
    if frame.schema["date"] == pl.String:
        date = date.str.to_datetime(strict=False)
    elif frame.schema["date"] == pl.Date:
        date = date.cast(pl.Datetime("us"))
    series = pl.col("series").cast(pl.String) if "series" in frame.columns else pl.lit(ONE)
    price = pl.col("price").cast(pl.Float64, strict=False)
    long = frame.with_row_index("row", offset=1)
    return long.select("row", date=date, series=series, price=pl.when(price.is_finite()).then(price))


def _cell_faults(long: pl.DataFrame) -> list[Problem]:
    wanted = (
        ("date", pl.col("date").is_null(), "a date is required", "leave the rows out or mend them"),
        ("series", pl.col("series").is_null(), "the name of a series is required", "name every row"),
        ("price", pl.col("price").is_null(), "a price is required", "leave missing days out altogether"),
        (
            "price",
            pl.col("price") <= 0,
            "a price above 0 is required",
            "a log return of it does not exist; prices that can be negative need another target",
        ),
    )
    faults = []
    for column, bad, words, remedy in wanted:
        rows = long.filter(bad)
        if rows.height:
            faults.append(
                Problem(
                    f"column {column!r}",
                    f"{words}, however: not in {rows.height:,} rows, first in row {rows['row'][0]:,}",
                    remedy,
                )
            )
    return faults


def _day_faults(long: pl.DataFrame) -> list[Problem]:
    twice = long.filter(pl.col("date").is_not_null() & pl.struct("series", "date").is_duplicated())
    if not twice.height:
        return []
    n_days = twice.select("series", "date").n_unique()
    return [
        Problem(
            "column 'date'",
            f"one price per series and day is required, however: {n_days:,} days have several, first in row "
            f"{twice['row'][0]:,}",
            "keep the closing price of each day",
        )
    ]


def _step_faults(usable: pl.DataFrame) -> list[Problem]:
    faults = []
    size = pl.col("move").abs()
    jumps = usable.filter((size > LARGEST_MOVE) | ((size - SPLIT).abs() < SPLIT_WITHIN))
    if jumps.height:
        faults.append(
            Problem(
                "column 'price'",
                f"daily moves below {LARGEST_MOVE:g} in log price, and not by a factor of 2, are required, "
                f"however: {jumps.height:,} days of {jumps['series'].n_unique():,} series move so, first in "
                f"row {jumps['row'].min():,}",
                "adjust the prices for splits and dividends",
            )
        )
    gaps = usable.filter(pl.col("days") > LONGEST_GAP_DAYS)
    if gaps.height:
        faults.append(
            Problem(
                "column 'date'",
                f"at most {LONGEST_GAP_DAYS} calendar days between prices are required, however: "
                f"{gaps.height:,} gaps of {gaps['series'].n_unique():,} series are longer, first before row "
                f"{gaps['row'].min():,}",
                "fill the missing days, or give the series another name after the gap",
            )
        )
    return faults


def _refuse(faults: list[Problem]) -> None:
    raise DataError("The prices cannot be used", faults)
