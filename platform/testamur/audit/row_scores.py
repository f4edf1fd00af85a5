"""What a prediction says of each row's true answer: the raw material of every membership attack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import Predictions, RowsPart

SMALLEST = 1e-7  # of a probability; what float32 networks tell apart
_SMALL_ERROR = 0.01  # of the spread; smaller errors are alike


@dataclass(frozen=True, slots=True, eq=False)
class RowScores:
    """Scores of n rows under one model.

    Attributes:
        logit: (n,) log p / (1 - p) of the true class (Carlini 2022), or the signed error of a value over
            its spread: near to normal over models.
        confidence: (n,) the larger, the closer to the true answer: the logit, or minus the log of the error.
        likelihood: (n,) p of the true class, or the normal density of the error, up to a constant.
        right: (n,) True where the most probable class is the true one; None for values.
    """

    logit: Floats
    confidence: Floats
    likelihood: Floats
    right: Floats | None


def score_rows(part: RowsPart, said: Predictions, kind: ProblemKind, spread: float = 1.0) -> RowScores:
    """Score every row of a part.

    Args:
        part: The rows, with their answers.
        said: What the model says of them.
        kind: Kind of problem.
        spread: Standard deviation of the errors of a regression on rows that were not learnt from.
    """
    if kind is ProblemKind.REGRESSION:
        error = (np.asarray(said.values, np.float64) - np.asarray(part.target, np.float64)) / spread
        density = np.exp(-0.5 * np.minimum(error**2, 80.0))
        return RowScores(error, -np.log(np.abs(error) + _SMALL_ERROR), density, None)
    probabilities = np.asarray(said.probabilities, np.float64)
    target = np.asarray(part.target, np.int64)
    p = np.clip(probabilities[np.arange(len(target)), target], SMALLEST, 1.0 - SMALLEST)
    right = (probabilities.argmax(axis=1) == target).astype(np.float64)
    logit = np.log(p) - np.log1p(-p)
    return RowScores(logit, logit, p, right)


def mean_by_unit(values: Floats, unit: np.ndarray, n_units: int) -> Floats:
    """(..., n_units) means over the rows of each unit, of (..., n) values.

    Args:
        values: (n,) or (k, n).
        unit: (n,) code of each row's unit, 0 to n_units - 1, every one used.
        n_units: Units.
    """
    if n_units == values.shape[-1]:
        ordered = np.empty_like(values)
        ordered[..., unit] = values
        return ordered
    size = np.bincount(unit, minlength=n_units)
    rows = np.atleast_2d(values)
    sums = np.stack([np.bincount(unit, weights=row, minlength=n_units) for row in rows])
    return (sums / size).reshape(*values.shape[:-1], n_units)
