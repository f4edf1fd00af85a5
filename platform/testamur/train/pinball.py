"""Losses of forecasts, per step ahead; unknown steps are left out of the mean."""

from __future__ import annotations

import torch
from torch import Tensor


def pinball(stated: Tensor, target: Tensor, levels: Tensor) -> Tensor:
    """Mean over the levels of 2 * max(q (y - f), (q - 1) (y - f)); at the median it is the absolute error.

    Source: R. Koenker, G. Bassett: Regression quantiles, Econometrica 46 (1978). Averaged over evenly
    spaced levels it approximates the continuous ranked probability score.

    Args:
        stated: (..., horizon, n_quantiles).
        target: (..., horizon).
        levels: (n_quantiles,).

    Returns:
        (..., horizon).
    """
    error = target.unsqueeze(-1) - stated
    return 2 * torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)


def squared_error(stated: Tensor, target: Tensor) -> Tensor:
    """(..., horizon) squared error of a stated mean."""
    return (stated - target) ** 2


def step_mean(loss: Tensor, known: Tensor) -> Tensor:
    """Mean of (..., horizon) losses over the steps whose target is known; 0 where none is.

    Unknown targets must have been replaced by numbers before: a gradient of NaN times zero is NaN.
    """
    kept = torch.where(known, loss, torch.zeros((), device=loss.device, dtype=loss.dtype))
    return kept.sum(dim=-1) / known.sum(dim=-1).clamp_min(1)
