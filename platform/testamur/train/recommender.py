"""The core's recommender: EASE^R, a causal transformer over choices, and the blend of both."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur.train.attention import CausalBlock, allow_earlier
from testamur.train.options import RecommenderOptions, check_heads


class Recommender(nn.Module):
    """Scores the next item of a history.

    The transformer is trained by the loop (`forward`); EASE^R is fitted before the first epoch and the
    blend settled after the last one (`recommender_steps`). `score_next` is what ranks.

    Args:
        context: Items, length of the windows.
        options: Architecture and its sizes.
    """

    def __init__(self, context: BuildContext, options: RecommenderOptions) -> None:
        super().__init__()
        n = context.n_items
        self.n_items, self.length = n, context.length
        self.sequence = None if options.architecture == "ease" else ChoiceTransformer(context, options)
        if options.architecture != "sasrec":
            self.register_buffer("item_weights", torch.zeros(n, n))
            self.register_buffer("half_life", torch.tensor(torch.inf))  # steps
            self.register_buffer("share", torch.zeros(()))  # of the transformer in the blend

    def forward(self, items: Tensor, asked: Tensor) -> Tensor:
        """From items (b, t) to scores (m, n_items) after the m steps that are asked for (b, t)."""
        if self.sequence is not None:
            scores: Tensor = self.sequence(items, asked)
            return scores
        row, step = asked.nonzero(as_tuple=True)
        earlier = torch.arange(items.shape[1], device=items.device)[None, :] <= step[:, None]
        return self.score_linear(items[row] * earlier)

    def score_next(self, items: Tensor) -> Tensor:
        """(b, n_items) scores after the last step of histories (b, t)."""
        if self.sequence is None:
            return self.score_linear(items)
        if not hasattr(self, "item_weights"):
            return self.score_sequence(items)
        linear, sequence = standardise(self.score_linear(items)), standardise(self.score_sequence(items))
        blend: Tensor = (1 - self.share) * linear + self.share * sequence
        return blend

    def score_sequence(self, items: Tensor) -> Tensor:
        """(b, n_items) scores of the transformer after the last step."""
        assert self.sequence is not None
        asked = torch.zeros_like(items, dtype=torch.bool)
        asked[:, -1] = True
        scores: Tensor = self.sequence(items, asked)
        return scores

    def score_linear(self, items: Tensor) -> Tensor:
        """(b, n_items) scores of EASE^R, in which a choice counts half as much `half_life` steps earlier."""
        n_known = (items > 0).sum(dim=1, keepdim=True)
        place = (items > 0).cumsum(dim=1)  # (b, t) 1 for the earliest known step
        steps_back = (n_known - place).to(self.item_weights.dtype)
        weight = torch.where(items > 0, 0.5 ** (steps_back / self.half_life), 0.0)
        vector = torch.zeros(items.shape[0], self.n_items + 1, device=items.device, dtype=weight.dtype)
        vector.scatter_reduce_(1, items, weight, "amax")  # of an item chosen twice, the later choice counts
        scores: Tensor = vector[:, 1:] @ self.item_weights
        return scores


class ChoiceTransformer(nn.Module):
    """SASRec: self-attention over past choices (Kang and McAuley 2018, ICDM), with a full softmax.

    Args:
        context: Items, length of the windows.
        options: Width, blocks, heads, dropout.
    """

    def __init__(self, context: BuildContext, options: RecommenderOptions) -> None:
        super().__init__()
        self.length = context.length
        self.items = nn.Embedding(context.n_items + 1, options.hidden)
        self.places = nn.Parameter(torch.zeros(context.length, options.hidden))
        self.blocks = nn.ModuleList(
            CausalBlock(options.hidden, options.heads, options.dropout) for _ in range(options.depth)
        )
        self.norm, self.drop = nn.LayerNorm(options.hidden), nn.Dropout(options.dropout)
        self.bias = nn.Parameter(torch.zeros(context.n_items))
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.places, std=0.02)

    def forward(self, items: Tensor, asked: Tensor) -> Tensor:
        """From items (b, t) to scores (m, n_items) after the m steps that are asked for (b, t)."""
        items, asked = items[:, -self.length :], asked[:, -self.length :]
        t, width = items.shape[1], self.items.embedding_dim
        steps = self.drop(self.items(items) * width**0.5 + self.places[-t:])  # (b, t, width)
        allowed = allow_earlier(items > 0)
        for block in self.blocks:
            steps = block(steps, allowed)
        scores: Tensor = self.norm(steps[asked]) @ self.items.weight[1:].T + self.bias
        return scores


def standardise(scores: Tensor) -> Tensor:
    """(b, n_items) scores with mean 0 and spread 1 in every row, so that two models can be added."""
    spread = scores.std(dim=1, keepdim=True).clamp_min(1e-9)
    return (scores - scores.mean(dim=1, keepdim=True)) / spread


def build_recommender(context: BuildContext, options: RecommenderOptions) -> nn.Module:
    """Build the network; its first weights depend on ``context.seed`` alone.

    Args:
        context: What is known of the items.
        options: Validated options.

    Raises:
        ConfigurationError: The width cannot be shared by the heads.
    """
    check_heads(options.hidden, options.heads)
    if options.architecture != "sasrec":
        from testamur.train.ease import check_size

        check_size(context.n_items)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return Recommender(context, options)
