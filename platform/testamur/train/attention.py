"""Causal attention over sequences: public layers, which plugins may build their own nets from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CausalBlock(nn.Module):
    """One transformer block whose steps look at themselves and at earlier ones (Vaswani et al. 2017).

    Args:
        width: Width of a step.
        heads: Attention heads; a divisor of `width`.
        dropout: Share of units dropped in training.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before_attention, self.before_layers = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.layers = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, steps: Tensor, allowed: Tensor) -> Tensor:
        """From steps (b, t, width) and allowed (b, 1, t, t) to (b, t, width)."""
        b, t, width = steps.shape
        parts = self.query_key_value(self.before_attention(steps)).view(b, t, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (b, heads, t, width / heads)
        share = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed, dropout_p=share)
        steps = steps + self.drop(self.out(mixed.transpose(1, 2).reshape(b, t, width)))
        done: Tensor = steps + self.drop(self.layers(self.before_layers(steps)))
        return done


def allow_earlier(known: Tensor) -> Tensor:
    """(b, 1, t, t) True where a step may look: itself, and earlier steps that are known (b, t)."""
    t = known.shape[1]
    causal = torch.ones(t, t, dtype=torch.bool, device=known.device).tril()
    itself = torch.eye(t, dtype=torch.bool, device=known.device)
    return ((causal & known[:, None, :]) | itself)[:, None]
