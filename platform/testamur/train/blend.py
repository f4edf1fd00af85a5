"""How much of each of two predictors, settled on rows that neither of them learnt from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import Predictions
from testamur.train.inputs import Layout

Float64 = NDArray[np.float64]
SHARES = tuple(i / 10 for i in range(11))
_TINY = 1e-7


def as_settled(said: Predictions, layout: Layout) -> Float64:
    """(n,) event probability or standardised value, or (n, n_classes) probabilities."""
    if said.values is not None:
        return np.asarray((said.values - layout.target_mean) / layout.target_scale, dtype=np.float64)
    assert said.probabilities is not None  # rows are classified or valued
    return said.event if layout.problem is ProblemKind.BINARY else said.probabilities


def settle_share(
    first: Float64, second: Float64, target: NDArray[np.float64], weight: Float64 | None
) -> float:
    """Share of the second predictor in a blend, one of `SHARES`.

    Of the shares whose held-out loss is at most one standard error (of the paired difference) above the
    lowest, the one nearest to one half: equal shares are hard to beat with few rows (R. T. Clemen: Combining
    forecasts, IJF 5, 1989), and held-out rows must show that they are worse.

    Args:
        first: (n,) or (n, n_classes) held-out predictions.
        second: The same of the other.
        target: (n,) class codes, or values on the scale of the predictions.
        weight: (n,) or None.
    """
    losses = np.stack([_losses(first + share * (second - first), target, weight) for share in SHARES])
    best = int(np.argmin(losses.mean(axis=1)))
    apart = losses - losses[best]  # (n_shares, n)
    error = (
        apart.std(axis=1, ddof=1) / np.sqrt(apart.shape[1]) if apart.shape[1] > 1 else np.zeros(len(SHARES))
    )
    close = apart.mean(axis=1) <= error
    return min((share for share, near in zip(SHARES, close, strict=True) if near), key=lambda s: abs(s - 0.5))


def _losses(said: Float64, target: NDArray[np.float64], weight: Float64 | None) -> Float64:
    """(n,) log loss, or squared error where the target is not made of codes."""
    if said.ndim == 2:
        rows = -np.log(np.clip(said[np.arange(len(said)), target.astype(np.int64)], _TINY, 1.0))
    elif np.issubdtype(target.dtype, np.integer):
        rows = -np.log(np.clip(np.where(target == 1, said, 1 - said), _TINY, 1.0))
    else:
        rows = (said - target) ** 2
    return np.asarray(rows if weight is None else rows * weight / weight.mean(), dtype=np.float64)
