"""Losses per kind of problem; members of an ensemble are each held to the target."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from testamur.contracts.dataset import ProblemKind

TINY = 1e-7  # keeps the logarithm of an averaged probability finite in float32


def training_loss(output: Tensor, target: Tensor, weight: Tensor | None, problem: ProblemKind) -> Tensor:
    """Mean loss of a batch, over rows and members.

    Args:
        output: (b, n_outputs) or (b, k, n_outputs) logits, or standardised values.
        target: (b,).
        weight: (b,) or None.
        problem: Kind of problem.
    """
    rows = member_losses(output, target, problem)
    return rows.mean() if weight is None else (rows * weight.unsqueeze(1)).mean()


def member_losses(output: Tensor, target: Tensor, problem: ProblemKind) -> Tensor:
    """(b, k) loss of each member on each row: cross entropy, or squared error.

    Args:
        output: (b, n_outputs) or (b, k, n_outputs) logits, or standardised values.
        target: (b,).
        problem: Kind of problem.
    """
    if problem is ProblemKind.MULTICLASS and output.dim() == 2:
        return F.cross_entropy(output, target, reduction="none").unsqueeze(1)
    if output.dim() == 2:
        output = output.unsqueeze(1)  # (b, 1, n_outputs)
    k = output.shape[1]
    if problem is ProblemKind.MULTICLASS:
        repeated = target if k == 1 else target.repeat_interleave(k)
        flat = F.cross_entropy(output.flatten(0, 1), repeated, reduction="none")
        return flat.view(-1, k)
    wanted = target.unsqueeze(1).expand(-1, k)  # (b, k)
    if problem is ProblemKind.BINARY:
        return F.binary_cross_entropy_with_logits(output.squeeze(-1), wanted, reduction="none")
    return F.mse_loss(output.squeeze(-1), wanted, reduction="none")


def averaged(output: Tensor, problem: ProblemKind) -> Tensor:
    """Probabilities or values averaged over members: (b, n_classes) for multiclass, else (b,)."""
    return by_member(output, problem).mean(dim=1)


def by_member(output: Tensor, problem: ProblemKind) -> Tensor:
    """Probabilities or values of each member: (b, k, n_classes) for multiclass, else (b, k)."""
    output = output.float()
    if output.dim() == 2:
        output = output.unsqueeze(1)
    if problem is ProblemKind.MULTICLASS:
        return torch.softmax(output, dim=-1)
    if problem is ProblemKind.BINARY:
        return torch.sigmoid(output.squeeze(-1))
    return output.squeeze(-1)


def held_out_loss(mean: Tensor, target: Tensor, weight: Tensor | None, problem: ProblemKind) -> Tensor:
    """Sum of the loss of averaged predictions over rows: log loss, or squared error.

    Args:
        mean: From `averaged`.
        target: (b,).
        weight: (b,) or None.
        problem: Kind of problem.
    """
    if problem is ProblemKind.MULTICLASS:
        rows = F.nll_loss(mean.clamp_min(TINY).log(), target, reduction="none")
    elif problem is ProblemKind.BINARY:
        # Not F.binary_cross_entropy: it refuses NaN, which on a GPU ends the process.
        known = mean.clamp(TINY, 1 - TINY)
        rows = -(target * known.log() + (1 - target) * (-known).log1p())
    else:
        rows = (mean - target) ** 2
    return (rows if weight is None else rows * weight).double().sum()
