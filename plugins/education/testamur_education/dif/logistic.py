"""Logistic-regression DIF: does the group say something of the answer that the score does not?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIDGE = 1e-6  # keeps a separated item finite
MOST_STEPS = 50


@dataclass(frozen=True, slots=True)
class LogisticDif:
    """Nested models of one item: score; + group; + group x score.

    Attributes:
        uniform_p: Likelihood-ratio test of the group (1 degree of freedom).
        non_uniform_p: Of the interaction, beyond the group (1 degree of freedom).
        group_effect: Coefficient of the focal group in the second model, in log odds; below 0: harder.
        gain: Rise of Nagelkerke's R-squared from the first to the third model.
    """

    uniform_p: float
    non_uniform_p: float
    group_effect: float
    gain: float

    @property
    def size(self) -> str:
        """Negligible below 0.035, large from 0.070, moderate between (Jodoin and Gierl 2001)."""
        return "negligible" if self.gain < 0.035 else "large" if self.gain >= 0.070 else "moderate"


def logistic_dif(right: Floats, focal: NDArray[np.bool_], score: Floats) -> LogisticDif:
    """Swaminathan and Rogers (1990, J Educ Meas 27:361).

    Args:
        right: (n,) 1 right, 0 wrong; both must occur.
        focal: (n,) True in the focal group.
        score: (n,) the matching score, such as the number right.
    """
    from scipy.stats import chi2

    spread = float(score.std()) or 1.0
    z, group = (score - score.mean()) / spread, focal.astype(np.float64)
    one = np.ones_like(z)
    designs = ([one, z], [one, z, group], [one, z, group, group * z])
    fits = [fit_logistic(np.column_stack(columns), right) for columns in designs]
    logs = [value for _, value in fits]
    null = fit_logistic(one[:, None], right)[1]
    return LogisticDif(
        uniform_p=float(chi2.sf(max(2 * (logs[1] - logs[0]), 0.0), 1)),
        non_uniform_p=float(chi2.sf(max(2 * (logs[2] - logs[1]), 0.0), 1)),
        group_effect=float(fits[1][0][2]),
        gain=nagelkerke(logs[2], null, len(right)) - nagelkerke(logs[0], null, len(right)),
    )


def fit_logistic(design: Floats, outcome: Floats) -> tuple[Floats, float]:
    """Coefficients by Newton's method, and the log likelihood.

    Args:
        design: (n, m) with the constant.
        outcome: (n,) 0 or 1.
    """
    beta = np.zeros(design.shape[1])
    for _ in range(MOST_STEPS):
        p = 0.5 * (1 + np.tanh(0.5 * design @ beta))
        hessian = (design * (p * (1 - p))[:, None]).T @ design + RIDGE * np.eye(len(beta))
        step = np.linalg.solve(hessian, design.T @ (outcome - p) - RIDGE * beta)
        beta = beta + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-9:
            break
    logit = design @ beta
    return beta, float((outcome * logit - np.logaddexp(0.0, logit)).sum())


def nagelkerke(log_likelihood: float, null: float, n: int) -> float:
    """Nagelkerke's R-squared (1991, Biometrika 78:691)."""
    most = 1 - np.exp(2 * null / n)
    return float((1 - np.exp(2 * (null - log_likelihood) / n)) / most) if most > 0 else 0.0
