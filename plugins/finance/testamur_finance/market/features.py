"""What is known at the close of a day: volatilities, and the market's; nothing looks ahead."""

from __future__ import annotations

import polars as pl

from testamur.contracts.errors import DataError, Problem
from testamur_finance.market.prices import make_returns

DECAY = 0.94  # of the exponentially weighted variance (RiskMetrics technical document, 1996)
LONG = 250  # trading days of the slow volatility, and of the days left out at the start of each series
LAGS = 22  # trading days that the mean models look back on
SMALLEST = 1e-4  # per cent a day: a series that does not move at all has this volatility


def prepare_returns(frame: pl.DataFrame) -> pl.DataFrame:
    """Daily log returns with the volatilities that are known at the day's close.

    Returns:
        date, series, ret, vol, slow_vol and, with several series, market and market_vol (of the
        equally weighted mean return). The first `LONG` returns of each series are left out.

    Raises:
        DataError: As `make_returns`; or a series is too short.
    """
    returns = make_returns(frame)
    several = returns["series"].n_unique() > 1
    shortest = int(returns.group_by("series").len()["len"].min() or 0)  # type: ignore[arg-type]
    if shortest <= LONG + LAGS:
        raise DataError(
            "The prices cannot be used",
            [
                Problem(
                    "rows",
                    f"more than {LONG + LAGS + 1} prices per series are required, however: the shortest has "
                    f"{shortest + 1:,}",
                    "bring a longer history, or leave the series out",
                )
            ],
        )
    measured = returns.with_columns(
        vol=_ewma("ret"),
        slow_vol=pl.col("ret").pow(2).rolling_mean(LONG, min_samples=1).over("series").sqrt(),
        day=pl.int_range(pl.len()).over("series"),
    ).with_columns(pl.col("vol", "slow_vol").clip(lower_bound=SMALLEST))
    if several:
        measured = measured.join(_market(returns), on="date", how="left")
    kept = measured.filter(pl.col("day") >= LONG).drop("day").sort("series", "date")
    return kept if several else kept.drop("series")


def prepare_mean(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows for the mean: the return of the next day over today's volatility, and what is known today.

    Returns:
        date, series, next (target, in units of today's volatility), lag_22 ... lag_1 (scaled likewise,
        the latest last), vol, vol_ratio, momentum_22, and with several series market and market_vol.
    """
    known = prepare_returns(frame)
    several = "series" in known.columns
    one = pl.lit(0) if not several else pl.col("series")
    lags = [
        (pl.col("ret").shift(k - 1).over(one) / pl.col("vol")).alias(f"lag_{k}") for k in range(LAGS, 0, -1)
    ]
    made = known.with_columns(
        next=pl.col("ret").shift(-1).over(one) / pl.col("vol"),
        vol_ratio=(pl.col("vol") / pl.col("slow_vol")).log(),
        momentum_22=pl.col("ret").rolling_mean(LAGS).over(one) / pl.col("vol"),
        *lags,
    )
    names = ["date", *(["series"] if several else []), "next", *(f"lag_{k}" for k in range(LAGS, 0, -1))]
    names += ["vol", "vol_ratio", "momentum_22", *(["market", "market_vol"] if several else [])]
    return made.drop_nulls(["next", f"lag_{LAGS}", "momentum_22"]).select(names).sort("date")


def _ewma(name: str) -> pl.Expr:
    """v_t = decay v_(t-1) + (1 - decay) r_t^2, as a standard deviation."""
    variance = pl.col(name).pow(2).ewm_mean(alpha=1 - DECAY, adjust=False)
    return variance.over("series").sqrt() if name == "ret" else variance.sqrt()


def _market(returns: pl.DataFrame) -> pl.DataFrame:
    """The equally weighted mean return of each day, and its volatility."""
    days = returns.group_by("date").agg(market=pl.col("ret").mean()).sort("date")
    return days.with_columns(market_vol=_ewma("market").clip(lower_bound=SMALLEST))
