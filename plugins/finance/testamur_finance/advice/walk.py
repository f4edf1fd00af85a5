"""Walking a portfolio forward: rebalanced now and then, paying for what is traded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur_finance.advice.methods import Method

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS_A_YEAR = 252


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What became of one way to spread money.

    Attributes:
        returns: (n,) daily returns after costs.
        turnover: (m,) share of the portfolio bought plus sold at each rebalancing but the first purchase.
        weights: (m, N) after each rebalancing.
        moments: (m,) positions of the rebalancings among the days.
    """

    returns: Floats
    turnover: Floats
    weights: Floats
    moments: Ints

    @property
    def yearly_turnover(self) -> float:
        """Mean share bought plus sold in a year."""
        years = len(self.returns) / DAYS_A_YEAR
        return float(self.turnover.sum() / years) if years else 0.0


def walk_forward(
    returns: Floats,
    first: int,
    method: Method,
    *,
    window: int,
    every: int,
    cost: float,
    stated: Floats | None = None,
) -> Walk:
    """Hold weights that are found anew every few days from the days before, and let them drift between.

    On a day t the weights come from returns of days before t alone. The day's portfolio return is
    w'r; trading costs `cost` per unit bought or sold (the first purchase as well) and is taken off that day.

    Args:
        returns: (T, N) simple returns.
        first: Position of the first day that is held; at least 2 days lie before it.
        method: From past returns and stated volatilities to weights.
        window: Days looked back on.
        every: Days between rebalancings.
        cost: Per unit of value traded, such as 0.001.
        stated: (T, N) volatilities stated for each day the day before, or None.
    """
    n_days = len(returns) - first
    held = np.zeros(returns.shape[1])
    gained, turnover, weights, moments = np.zeros(n_days), [], [], []
    for day in range(n_days):
        t = first + day
        paid = 0.0
        if day % every == 0:
            target = method(returns[max(t - window, 0) : t], None if stated is None else stated[t])
            traded = float(np.abs(target - held).sum())
            paid = cost * traded
            if day:
                turnover.append(traded)
            held = target
            weights.append(target)
            moments.append(t)
        growth = held * (1 + returns[t])
        gained[day] = growth.sum() - 1 - paid
        held = growth / growth.sum()
    return Walk(gained, np.array(turnover), np.array(weights), np.array(moments))


def yearly_volatility(returns: Floats) -> float:
    """Standard deviation of daily returns times the root of 252."""
    return float(returns.std(ddof=1) * np.sqrt(DAYS_A_YEAR))


def yearly_return(returns: Floats) -> float:
    """Mean daily return times 252."""
    return float(returns.mean() * DAYS_A_YEAR)


def shortfall(returns: Floats, level: float = 0.95) -> float:
    """Mean loss of the worst (1 - level) of days."""
    n_worst = max(round((1 - level) * len(returns)), 1)
    return float(-np.sort(returns)[:n_worst].mean())


def deepest_fall(returns: Floats) -> float:
    """Largest loss from a former high."""
    value = np.cumprod(1 + returns)
    return float(1 - (value / np.maximum.accumulate(np.append(1.0, value))[1:]).min())
