"""Logistic regression with one or two coefficients, by iteratively reweighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients with their standard errors."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]


def logit(probability: Floats, smallest: float = 1e-6) -> Floats:
    """Log p/(1-p), with p kept within `smallest` and 1 - `smallest`."""
    p = np.clip(probability, smallest, 1 - smallest)
    return np.log(p) - np.log1p(-p)


def fit_logistic(
    design: Floats, event: Ints, offset: Floats | None = None, start: tuple[float, ...] = ()
) -> Fit | None:
    """Maximum likelihood by Newton's method (McCullagh and Nelder 1989, 4.4).

    Args:
        design: (n, k) columns, an intercept among them.
        event: (n,) 1 or 0.
        start: (k,) coefficients to begin with; near the answer, fewer steps are needed.
        offset: (n,) part of the linear predictor that is not fitted, or None.

    Returns:
        None where no maximum exists: one outcome only, separated outcomes, or dependent columns.
    """
    beta = np.array(start) if start else np.zeros(design.shape[1])
    columns = np.ascontiguousarray(design.T)
    known = np.zeros(len(event)) if offset is None else offset
    for _ in range(50):
        mean = 1 / (1 + np.exp(-np.clip(beta @ columns + known, -40, 40)))
        weight = mean * (1 - mean)
        information = np.stack([(column * weight) @ columns.T for column in columns])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, columns @ (event - mean))
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            errors = np.sqrt(np.diag(np.linalg.inv(information)))
            return Fit(tuple(beta.tolist()), tuple(errors.tolist()))
    return None
