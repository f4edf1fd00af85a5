"""Losses of quantile forecasts, and what of them is told apart from chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def pinball(actual: Floats, quantiles: Floats, levels: tuple[float, ...]) -> Floats:
    """(n, Q) pinball loss max(tau e, (tau - 1) e), e = y - q (Koenker, Bassett 1978).

    Args:
        actual: (n,) what came.
        quantiles: (n, Q) what was said.
        levels: The Q levels tau.
    """
    tau = np.asarray(levels)
    error = actual[:, None] - quantiles  # (n, Q)
    return np.maximum(tau * error, (tau - 1) * error)


def by_day(values: Floats, day: Floats) -> tuple[Floats, Floats]:
    """Mean of a value over the rows of each day, and the days in order: days are what is resampled."""
    moments, place = np.unique(day, return_inverse=True)
    sums = np.bincount(place, weights=values, minlength=len(moments))
    return sums / np.bincount(place, minlength=len(moments)), moments
