"""When to say "I do not know": the chance that the best passage answers, and what silence costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ANSWER_FROM = 0.7  # least chance at which an answer is given; a wrong one costs more than silence
RIDGE = 1.0  # of the coefficients but the constant: validation has tens of questions, not thousands


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve from the scores of a question's candidates to the chance that the best answers.

    Attributes:
        coefficients: Constant, log odds of the best candidate, distance to the second.
        n: Questions it was fitted to.
    """

    coefficients: tuple[float, ...]
    n: int

    def chance(self, features: Floats) -> Floats:
        """(n,) chance from (n, 2) features."""
        design = np.column_stack([np.ones(len(features)), features])
        found: Floats = 0.5 * (1 + np.tanh(0.5 * design @ np.asarray(self.coefficients)))
        return found


def fit_calibration(features: Floats, right: Floats) -> Calibration:
    """Penalised logistic regression (Platt scaling with two inputs), by Newton's method.

    Args:
        features: (n, 2) from `asked.gather_questions`.
        right: (n,) 1 where the best candidate answers; never so where the own passage was withheld.
    """
    design = np.column_stack([np.ones(len(features)), features])
    penalty = np.diag([1e-6, *[RIDGE] * features.shape[1]])
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        p = 0.5 * (1 + np.tanh(0.5 * design @ beta))
        hessian = (design * (p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, design.T @ (right - p) - penalty @ beta)
        beta = beta + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-9:
            break
    return Calibration(tuple(float(b) for b in beta), len(right))


def risk_coverage(chance: Floats, right: Floats) -> list[dict[str, Any]]:
    """The share of wrong answers when only the surest questions are answered.

    Args:
        chance: (n,).
        right: (n,) 1 where the best candidate answers.

    Returns:
        A row per tenth of the questions: how many are answered, which share of them wrongly, and the
        least chance among them.
    """
    order = np.argsort(-chance, kind="stable")
    rows = []
    for tenth in range(1, 11):
        n = round(len(chance) * tenth / 10)
        if n:
            taken = order[:n]
            rows.append(
                {"n": n, "coverage": n / len(chance), "wrong": float(1 - right[taken].mean()),
                 "from": float(chance[taken].min())}
            )  # fmt: skip
    return rows


def area_under_risk(chance: Floats, right: Floats) -> float:
    """Mean share of wrong answers over all coverages (Geifman and El-Yaniv 2017)."""
    order = np.argsort(-chance, kind="stable")
    wrong = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    return float(wrong.mean())
