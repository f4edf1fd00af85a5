"""The ways to spread money that are walked forward, each from what was known on the day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from testamur_finance.advice.weights import (
    equal_weights,
    minimum_cvar,
    minimum_variance,
    risk_parity,
    shrunk_covariance,
)

Floats = NDArray[np.float64]
Method = Callable[[Floats, Floats | None], Floats]  # past returns, stated volatilities -> weights

EQUAL = "equal"
NAMES = {
    EQUAL: "equal weight",
    "min_variance": "minimum variance",
    "risk_parity": "risk parity",
    "cvar": "minimum CVaR",
    "forecast": "minimum variance, stated volatility",
}


def methods(most: float) -> dict[str, Method]:
    """Every way by key; `most` is the largest single weight."""
    return {
        EQUAL: lambda past, stated: equal_weights(past.shape[1]),
        "min_variance": lambda past, stated: minimum_variance(shrunk_covariance(past), most=most),
        "risk_parity": lambda past, stated: risk_parity(shrunk_covariance(past)),
        "cvar": lambda past, stated: minimum_cvar(past, most=most),
        "forecast": lambda past, stated: minimum_variance(restated(past, stated), most=most),
    }


def restated(past: Floats, stated: Floats | None) -> Floats:
    """The shrunk covariance with its volatilities replaced by what the model states for tomorrow.

    The correlations are those of the past; where nothing is stated its own volatilities stay.
    """
    covariance = shrunk_covariance(past)
    if stated is None or np.isnan(stated).any():
        return covariance
    own = np.sqrt(np.diag(covariance))
    return covariance * np.outer(stated / own, stated / own)
