"""Logistic regression with a ridge penalty, by Newton's method: exact, and the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import TestamurError

Floats = NDArray[np.float64]

MOST_STEPS = 60
TOLERANCE = 1e-8  # largest change of a coefficient in the last step


def fit_logistic(x: Floats, event: Floats, *, ridge: float, weight: Floats | None = None) -> Floats:
    """Minimise sum_i w_i log-loss_i + ridge/2 |beta|^2, the intercept not penalised.

    Newton's method with step halving (iteratively reweighted least squares; Hastie, Tibshirani,
    Friedman 2009, 4.4.1).

    Args:
        x: (n, d) columns without the intercept.
        event: (n,) 1 where the event happened, else 0.
        ridge: Penalty, above 0.
        weight: (n,) weights, or None.

    Returns:
        (d + 1,) intercept and coefficients.

    Raises:
        TestamurError: The steps do not settle.
    """
    rows = np.column_stack([np.ones(len(x)), x])  # (n, d + 1)
    w = np.ones(len(x)) if weight is None else weight
    penalty = np.full(rows.shape[1], ridge)
    penalty[0] = 0.0
    beta = np.zeros(rows.shape[1])
    beta[0] = _log_odds(float(np.average(event, weights=w)))
    loss = _loss(rows, event, w, penalty, beta)
    for _ in range(MOST_STEPS):
        chance = sigmoid(rows @ beta)
        slope = rows.T @ (w * (chance - event)) + penalty * beta
        curve = (rows.T * (w * chance * (1 - chance))) @ rows + np.diag(penalty + 1e-10)
        step = np.linalg.solve(curve, slope)
        scale = 1.0
        while (new := _loss(rows, event, w, penalty, beta - scale * step)) > loss + 1e-12 and scale > 1e-4:
            scale /= 2
        beta, loss = beta - scale * step, new
        if np.abs(scale * step).max() < TOLERANCE or scale <= 1e-4:
            return beta
    raise TestamurError(
        f"the scorecard is required to settle within {MOST_STEPS} steps, however: it did not",
        remedy="give a larger model.options.ridge",
    )


def sigmoid(score: Floats) -> Floats:
    """Probability from log-odds, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * score))


def log_loss(score: Floats, event: Floats) -> Floats:
    """(n,) log-loss of log-odds."""
    return np.logaddexp(0.0, score) - event * score


def _loss(rows: Floats, event: Floats, w: Floats, penalty: Floats, beta: Floats) -> float:
    return float(w @ log_loss(rows @ beta, event) + 0.5 * penalty @ beta**2)


def _log_odds(share: float) -> float:
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(kept / (1 - kept)))
