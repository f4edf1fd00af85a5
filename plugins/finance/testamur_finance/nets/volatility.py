"""What a window of returns says of volatility: smoothed, slow and quick, of every channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur_finance.market.features import DECAY

SPANS = (1, 5, 22, 66)  # trading days
SMALLEST = 1e-3  # of a scaled window: below it volatility is not told apart from none
N_SUMMARIES = 1 + 2 * len(SPANS) + 2  # per channel


class Volatility(nn.Module):
    """EWMA volatility of each channel, scaled returns, and summaries that no unit of money enters.

    Args:
        length: Steps of a window.
        n_channels: Its channels, each a return.
    """

    def __init__(self, length: int, n_channels: int) -> None:
        super().__init__()
        weight = (1 - DECAY) * DECAY ** torch.arange(length - 1, -1, -1, dtype=torch.float32)
        self.register_buffer("weight", weight / weight.sum())  # (length,)
        self.length = length

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From (b, length, n_channels) to scale (b, 1), summaries (b, n) and scaled returns."""
        squares = window.square()  # (b, length, n_channels)
        quick = self.scale_of(squares)  # (b, n_channels)
        scaled = window / quick[:, None]  # (b, length, n_channels)
        slow = squares.mean(dim=1).clamp(min=SMALLEST**2).sqrt()  # (b, n_channels)
        parts = [torch.log(quick / slow)]
        for span in SPANS:
            last = window[:, -min(span, self.length) :]
            spread = last.square().mean(dim=1).clamp(min=SMALLEST**2).sqrt()
            parts.append(torch.log(spread / quick).clamp(-4, 4))
            parts.append(last.mean(dim=1) / quick * span**0.5)
        falls = window[:, -22:].clamp(max=0).square().mean(dim=1).sqrt()
        parts += [falls / quick, scaled[:, -1].clamp(-6, 6)]
        return quick[:, :1], torch.cat(parts, dim=1), scaled.clamp(-8, 8)

    def scale_of(self, squares: Tensor) -> Tensor:
        """(b, n_channels) root of the exponentially weighted mean of squares (b, length, n_channels)."""
        mean = torch.einsum("btc,t->bc", squares, self.weight)
        return mean.clamp(min=SMALLEST**2).sqrt()
