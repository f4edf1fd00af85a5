"""Networks for sequences of answers: attention over earlier ones, or a state that is carried along."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur.train.attention import CausalBlock, allow_earlier
from testamur.train.options import SequenceOptions, check_heads

_ANSWERS = 3  # not known, 0, 1


class AnswerEmbedding(nn.Module):
    """What is known before each step: the answer before it, on which item; nothing before the first.

    Args:
        n_items: Items, without the code 0.
        width: Width of a step.
    """

    def __init__(self, n_items: int, width: int) -> None:
        super().__init__()
        self.n_items = n_items
        self.pairs = nn.Embedding(_ANSWERS * (n_items + 1) + 1, width)  # the last: nothing before
        nn.init.normal_(self.pairs.weight, std=0.02)

    def forward(self, items: Tensor, answers: Tensor) -> Tensor:
        """From items (b, t) and answers (b, t) to (b, t, width); step t sees the answer at t - 1."""
        pair = items * _ANSWERS + answers + 1  # (b, t)
        nothing = torch.full_like(pair[:, :1], _ANSWERS * (self.n_items + 1))
        before: Tensor = self.pairs(torch.cat([nothing, pair[:, :-1]], dim=1))
        return before


class AttentionAnswers(nn.Module):
    """A causal transformer over items and earlier answers (after SAKT and SAINT).

    logit_t = <h_t, q_item> + b_item, where h_t looks at the items up to t and the answers before it: the
    item's bias is its easiness, h_t what the learner has shown so far.

    Args:
        context: Items, length.
        options: Width, heads, blocks, dropout.
    """

    def __init__(self, context: BuildContext, options: SequenceOptions) -> None:
        super().__init__()
        n, width = context.n_items, options.hidden
        self.items, self.before = nn.Embedding(n + 1, width), AnswerEmbedding(n, width)
        self.places = nn.Parameter(torch.zeros(context.length, width))
        self.blocks = nn.ModuleList(
            CausalBlock(width, options.heads, options.dropout) for _ in range(options.depth)
        )
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(options.dropout)
        self.read_out = ItemReadOut(n, width)
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.places, std=0.02)

    def forward(self, items: Tensor, answers: Tensor, mask: Tensor) -> Tensor:
        """From items, answers and mask, each (b, t), to logits (b, t)."""
        places = self.places[: items.shape[1]]
        steps = self.drop(self.items(items) + self.before(items, answers) + places)  # (b, t, width)
        allowed = allow_earlier(mask)
        for block in self.blocks:
            steps = block(steps, allowed)
        logits: Tensor = self.read_out(self.norm(steps), items)
        return logits


class RecurrentAnswers(nn.Module):
    """A gated recurrent network over earlier answers (after deep knowledge tracing).

    Args:
        context: Items, length.
        options: Width, layers, dropout.
    """

    def __init__(self, context: BuildContext, options: SequenceOptions) -> None:
        super().__init__()
        n, width = context.n_items, options.hidden
        self.before = AnswerEmbedding(n, width)
        between = options.dropout if options.depth > 1 else 0.0
        self.state = nn.GRU(width, width, options.depth, batch_first=True, dropout=between)
        self.drop, self.read_out = nn.Dropout(options.dropout), ItemReadOut(n, width)

    def forward(self, items: Tensor, answers: Tensor, mask: Tensor) -> Tensor:
        """From items, answers and mask, each (b, t), to logits (b, t)."""
        states, _ = self.state(self.before(items, answers))  # (b, t, width)
        logits: Tensor = self.read_out(self.drop(states), items)
        return logits


class ItemReadOut(nn.Module):
    """From a state to the logit of the event on an item: <state, q_item> + b_item.

    Args:
        n_items: Items, without the code 0.
        width: Width of a state.
    """

    def __init__(self, n_items: int, width: int) -> None:
        super().__init__()
        self.questions, self.easiness = nn.Embedding(n_items + 1, width), nn.Embedding(n_items + 1, 1)
        nn.init.normal_(self.questions.weight, std=width**-0.5)
        nn.init.zeros_(self.easiness.weight)

    def forward(self, states: Tensor, items: Tensor) -> Tensor:
        """From states (b, t, width) and items (b, t) to logits (b, t)."""
        logits: Tensor = (states * self.questions(items)).sum(dim=-1) + self.easiness(items).squeeze(-1)
        return logits


def build_answers(context: BuildContext, options: SequenceOptions) -> nn.Module:
    """Build the network; its first weights depend on ``context.seed`` alone.

    Args:
        context: What is known of the items.
        options: Validated options.

    Raises:
        ConfigurationError: The width cannot be shared by the heads.
    """
    if options.architecture == "attention":
        check_heads(options.hidden, options.heads)
    make = AttentionAnswers if options.architecture == "attention" else RecurrentAnswers
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return make(context, options)
