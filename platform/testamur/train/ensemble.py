"""The network of ``core.ensemble``: independent perceptrons with stacked weights, and boosted trees."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext
from testamur.train.ensemble_options import EnsembleOptions
from testamur.train.layers import OneHot
from testamur.train.loss import TINY, by_member
from testamur.train.trees import Trees


class PiecewiseLinear(nn.Module):
    """Piecewise-linear encoding of numbers: of each bin, the share that a number fills.

    Y. Gorishniy, I. Rubachev, A. Babenko: On embeddings for numerical features in tabular deep learning,
    NeurIPS 2022. A number with one bin (yes or no) is left to its raw value.

    Args:
        bins: Ascending edges of each number.
    """

    left: Tensor
    width_of: Tensor
    feature: Tensor

    def __init__(self, bins: tuple[tuple[float, ...], ...]) -> None:
        super().__init__()
        cut = [(i, a, b) for i, edges in enumerate(bins) if len(edges) > 2 for a, b in pairwise(edges)]
        self.register_buffer("feature", torch.tensor([i for i, _, _ in cut], dtype=torch.int64))
        self.register_buffer("left", torch.tensor([a for _, a, _ in cut], dtype=torch.float32))
        self.register_buffer("width_of", torch.tensor([b - a for _, a, b in cut], dtype=torch.float32))

    @property
    def width(self) -> int:
        """Columns of the output."""
        return int(self.feature.shape[0])

    def forward(self, numbers: Tensor) -> Tensor:
        """Encode numbers (b, n_numeric) to (b, width), each from 0 to 1."""
        return ((numbers.index_select(1, self.feature) - self.left) / self.width_of).clamp(0.0, 1.0)


class StackedPerceptrons(nn.Module):
    """k perceptrons that share nothing but their inputs; every parameter's first dimension is the member.

    Args:
        context: What is known of inputs and outputs.
        options: Members, width, depth, dropout.
    """

    def __init__(self, context: BuildContext, options: EnsembleOptions) -> None:
        super().__init__()
        self.numbers = PiecewiseLinear(context.bins)
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        width = context.n_numeric + self.numbers.width + (self.codes.width if self.codes is not None else 0)
        k, hidden = options.members, options.hidden
        self.dropout = options.dropout
        self.first = nn.Parameter(_uniform(k, hidden, width, fan_in=width))  # (k, hidden, width)
        self.first_bias = nn.Parameter(torch.zeros(k, hidden))
        deep = options.depth - 1
        self.inner = nn.ParameterList(_uniform(k, hidden, hidden, fan_in=hidden) for _ in range(deep))
        self.inner_bias = nn.ParameterList(torch.zeros(k, 1, hidden) for _ in range(deep))
        self.last = nn.Parameter(_uniform(k, hidden, context.n_outputs, fan_in=hidden))
        self.last_bias = nn.Parameter(torch.zeros(k, 1, context.n_outputs))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict from numeric (b, n_numeric) and categorical (b, n_categorical) to (b, k, n_outputs)."""
        seen = [self.numbers(numeric), numeric]
        if self.codes is not None:
            seen.append(self.codes(categorical))
        inputs = torch.cat(seen, dim=1)  # (b, width)
        k, hidden, width = self.first.shape
        # One product for all members, as they see the same rows: (b, width) by (width, k * hidden).
        out = F.linear(inputs, self.first.view(k * hidden, width), self.first_bias.view(-1))
        out = self._shaken(out).view(-1, k, hidden).transpose(0, 1)  # (k, b, hidden)
        for weight, bias in zip(self.inner, self.inner_bias, strict=True):
            out = self._shaken(torch.baddbmm(bias, out, weight))
        return torch.baddbmm(self.last_bias, out, self.last).transpose(0, 1)  # (b, k, n_outputs)

    def _shaken(self, out: Tensor) -> Tensor:
        return F.dropout(F.relu(out), self.dropout, self.training)


def _uniform(*shape: int, fan_in: int) -> Tensor:
    return (torch.rand(*shape) * 2 - 1) / max(fan_in, 1) ** 0.5


class Ensemble(nn.Module):
    """Perceptrons and, where the options ask for it, boosted trees beside them.

    Until `share` is set (after the epochs, on held-out rows) the trees are not asked.

    Args:
        context: What is known of inputs and outputs.
        options: Validated options.
    """

    share: Tensor

    def __init__(self, context: BuildContext, options: EnsembleOptions) -> None:
        super().__init__()
        self.problem = context.problem
        self.nets = StackedPerceptrons(context, options)
        self.trees = Trees(options.folds, context.n_outputs) if options.blend else None
        self.register_buffer("share", torch.zeros(()))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict from numeric (b, n_numeric) and categorical (b, n_categorical).

        Returns:
            (b, k, n_outputs), or (b, 1, n_outputs) once perceptrons and trees are blended.
        """
        out: Tensor = self.nets(numeric, categorical)
        if self.trees is None or not bool(self.share > 0):
            return out
        of_nets, of_trees = (
            by_member(said, self.problem).mean(dim=1) for said in (out, self.trees(numeric, categorical))
        )
        return as_output(of_nets + self.share * (of_trees - of_nets), self.problem)


def as_output(settled: Tensor, problem: ProblemKind) -> Tensor:
    """(b, 1, n_outputs) logits or values that `loss.averaged` settles to (b,) or (b, n_classes) `settled`."""
    if problem is ProblemKind.MULTICLASS:
        return settled.clamp_min(TINY).log().unsqueeze(1)
    if problem is ProblemKind.BINARY:
        settled = torch.logit(settled, eps=TINY)
    return settled[:, None, None]


def build_ensemble(context: BuildContext, options: EnsembleOptions) -> nn.Module:
    """Build the network; its first weights depend on ``context.seed`` alone.

    Args:
        context: What is known of inputs and outputs.
        options: Validated options.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return Ensemble(context, options)
