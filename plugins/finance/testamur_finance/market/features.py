"""What is known at the close of a day: volatility, and the market's return; nothing looks ahead."""

from __future__ import annotations

import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur_finance.market.prices import make_returns

DECAY = 0.94  # of the exponentially weighted variance (RiskMetrics technical document, 1996)
BURN_IN = 250  # trading days at the start of each series that only feed the volatility
SHORTEST = 500  # trading days that a series must have after them
SMALLEST = 1e-4  # per cent a day: a series that does not move at all has this volatility


def prepare_returns(frame: pl.DataFrame) -> pl.DataFrame:
    """Daily log returns with the volatility that is known at the day's close.

    Returns:
        date, series, ret, vol and, with several series, market (the equally weighted mean return). The
        first `BURN_IN` returns of each series are left out.

    Raises:
        DataError: As `make_returns`; or a series is too short.
    """
    returns = make_returns(frame)
    lengths = returns.group_by("series").len()
    short = lengths.filter(pl.col("len") <= BURN_IN + SHORTEST).height
    if short:
        raise DataError(
            "The prices cannot be used",
            [
                Problem(
                    "rows",
                    f"more than {BURN_IN + SHORTEST + 1} prices per series are required, however: {short:,} "
                    f"of {lengths.height:,} series have fewer",
                    "bring a longer history, or leave these series out",
                )
            ],
        )
    variance = pl.col("ret").pow(2).ewm_mean(alpha=1 - DECAY, adjust=False).over("series")
    measured = returns.with_columns(
        vol=variance.sqrt().clip(lower_bound=SMALLEST), day=pl.int_range(pl.len()).over("series")
    )
    several = lengths.height > 1
    if several:
        measured = measured.with_columns(market=pl.col("ret").mean().over("date"))
    kept = measured.filter(pl.col("day") >= BURN_IN).drop("day").sort("series", "date")
    return kept if several else kept.drop("series")
