"""Weights of a portfolio: long only, fully invested, by scipy's solvers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import TestamurError

Floats = NDArray[np.float64]


def shrunk_covariance(returns: Floats) -> Floats:
    """(N, N) covariance shrunk towards a multiple of the identity.

    O. Ledoit, M. Wolf (2004), J. Multivariate Analysis 88:365.

    Args:
        returns: (T, N) returns.
    """
    from sklearn.covariance import ledoit_wolf

    covariance: Floats = ledoit_wolf(returns)[0]
    return covariance


def equal_weights(n: int) -> Floats:
    """(n,) the same for all."""
    return np.full(n, 1.0 / n)


def minimum_variance(
    covariance: Floats, *, most: float = 1.0, mean: Floats | None = None, least_return: float | None = None
) -> Floats:
    """Weights of least variance (Markowitz 1952), by sequential least squares (scipy SLSQP).

    Args:
        covariance: (N, N), positive definite.
        most: Largest single weight; at least 1/N.
        mean: (N,) expected returns, where a least return is asked.
        least_return: Of the portfolio.

    Raises:
        TestamurError: No weights fit.
    """
    from scipy.optimize import minimize

    n = len(covariance)
    _feasible(n, most)
    scaled = covariance / np.trace(covariance) * n  # the solver's tolerance is absolute
    constraints = [{"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)}]
    if mean is not None and least_return is not None:
        unit = max(float(np.abs(mean).max()), 1e-12)
        constraints.append(
            {
                "type": "ineq",
                "fun": lambda w: (w @ mean - least_return) / unit,
                "jac": lambda w: mean / unit,
            }
        )
    found = minimize(
        lambda w: float(w @ scaled @ w),
        equal_weights(n),
        jac=lambda w: 2 * scaled @ w,
        bounds=[(0.0, most)] * n,
        constraints=constraints,
        method="SLSQP",
        options={"maxiter": 300, "ftol": 1e-10},
    )
    if not found.success:
        raise _unsolved("minimum variance", str(found.message))
    return _cleaned(found.x)


def risk_parity(covariance: Floats) -> Floats:
    """Weights under which every holding contributes the same share of the variance.

    min 1/2 y'Sy - sum log y / N, then w = y / sum y (F. Spinu: An algorithm for computing risk parity
    weights, 2013); convex, so the answer is unique.
    """
    from scipy.optimize import minimize

    n = len(covariance)
    scaled = covariance / np.trace(covariance) * n

    def value(log_y: Floats) -> tuple[float, Floats]:
        y = np.exp(log_y)
        pull = scaled @ y
        return float(0.5 * y @ pull - log_y.sum() / n), y * pull - 1.0 / n

    start = -0.5 * np.log(np.diag(scaled))
    found = minimize(
        value, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "gtol": 1e-12, "ftol": 1e-15}
    )
    weights = np.exp(found.x)
    weights = weights / weights.sum()
    shares = risk_shares(weights, covariance)
    if np.abs(shares - 1.0 / n).max() > 1e-4:
        raise _unsolved("risk parity", str(found.message))
    return weights


def minimum_cvar(returns: Floats, *, level: float = 0.95, most: float = 1.0) -> Floats:
    """Weights of least expected loss beyond the `level` quantile, as a linear program (scipy HiGHS).

    Rockafellar, Uryasev: Optimization of conditional value-at-risk, J. Risk 2 (2000) 21-41.

    Args:
        returns: (T, N) past returns, each as likely as the others.
        level: Such as 0.95.
        most: Largest single weight.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye, hstack

    n_days, n = returns.shape
    _feasible(n, most)
    # variables: w (n), a (the quantile of the loss), u (n_days, loss beyond it)
    cost = np.concatenate([np.zeros(n), [1.0], np.full(n_days, 1.0 / ((1 - level) * n_days))])
    beyond = hstack([-returns, -np.ones((n_days, 1)), -eye(n_days)], format="csr")
    whole = np.concatenate([np.ones(n), [0.0], np.zeros(n_days)])[None]
    bounds = [(0.0, most)] * n + [(None, None)] + [(0.0, None)] * n_days
    found = linprog(
        cost, A_ub=beyond, b_ub=np.zeros(n_days), A_eq=whole, b_eq=[1.0], bounds=bounds, method="highs"
    )
    if found.x is None:
        raise _unsolved("minimum CVaR", str(found.message))
    return _cleaned(found.x[:n])


def risk_shares(weights: Floats, covariance: Floats) -> Floats:
    """(N,) share of each holding in the variance: w_i (S w)_i / w'Sw."""
    pull = covariance @ weights
    return weights * pull / float(weights @ pull)


def effective_holdings(weights: Floats) -> float:
    """1 / sum w^2: equal holdings of the same concentration (inverse Herfindahl index)."""
    return float(1.0 / (weights**2).sum())


def _feasible(n: int, most: float) -> None:
    if most * n < 1 - 1e-9:
        raise TestamurError(
            f"a largest weight of at least 1/{n} is required, however: {most:g}",
            remedy="raise model.options.largest_weight",
        )


def _cleaned(weights: Floats) -> Floats:
    kept = np.where(weights < 1e-6, 0.0, weights)
    return kept / kept.sum()


def _unsolved(what: str, message: str) -> TestamurError:
    return TestamurError(
        f"weights of {what} are required, however: the solver stopped ({message})",
        remedy="look for securities that hardly move or move as one",
    )
