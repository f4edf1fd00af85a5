"""How the days of one forecast hang together: correlation of normal scores by lag, from validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur_retail.inventory.paths import Floats

SHRINKAGE = 20.0  # forecasts that independence counts for


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """Correlation of the days of a forecast.

    Attributes:
        by_lag: (H,) correlation of days k apart; 1 for lag 0.
        matrix: (H, H) positive definite, with ones on the diagonal.
        n: Forecasts that it was estimated from.
    """

    by_lag: Floats
    matrix: Floats
    n: int


def estimate_dependence(scores: Floats) -> Dependence:
    """Estimate the correlation by lag and make a valid matrix of it.

    r_k is the mean product of standardised scores k days apart, shrunk by n / (n + 20): days of one
    forecast share
    its errors, and sums of days are wider than independence would have it.

    Args:
        scores: (n, H) normal scores of observed demand under the forecasts; NaN where unknown.
    """
    n, horizon = scores.shape
    centred = scores - _column_mean(scores)
    spread = np.sqrt(np.maximum(_column_mean(centred**2), 1e-12))
    standard = centred / spread
    raw = np.array([1.0] + [_mean(standard[:, k:] * standard[:, : horizon - k]) for k in range(1, horizon)])
    by_lag = raw * np.where(np.arange(horizon) == 0, 1.0, n / (n + SHRINKAGE))
    return dependence_by_lag(by_lag, n)


def dependence_by_lag(by_lag: Floats, n: int) -> Dependence:
    """The matrix that belongs to correlations by lag.

    Args:
        by_lag: (H,) correlation of days k apart.
        n: Forecasts that it was estimated from.
    """
    steps = np.abs(np.subtract.outer(np.arange(len(by_lag)), np.arange(len(by_lag))))
    return Dependence(by_lag=by_lag, matrix=_make_valid(by_lag[steps]), n=n)


def _column_mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.clip(known.mean(), -0.99, 0.99)) if known.size else 0.0


def _make_valid(matrix: Floats) -> Floats:
    """The nearest-by-clipping correlation matrix: eigenvalues at least 0.001, ones on the diagonal."""
    values, vectors = np.linalg.eigh(matrix)
    clipped = (vectors * np.maximum(values, 1e-3)) @ vectors.T
    scale = np.sqrt(np.diag(clipped))
    return clipped / np.outer(scale, scale)
