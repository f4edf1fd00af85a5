"""The next day's return: volatility times settled quantiles, which a network shifts and stretches."""

from __future__ import annotations

from statistics import NormalDist

import torch
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur_finance.nets.volatility import N_SUMMARIES, Volatility
from testamur_finance.options import ReturnsOptions

SHIFT = 0.3  # of a quantile, in volatilities, per unit of output: training begins near the settled quantiles
LARGEST_STRETCH = 2.0  # bound of the log of the stretch


class ReturnsNet(nn.Module):
    """Quantiles or mean of the next returns, in the unit of the window's returns.

    q = v (z exp(a) + SHIFT b), where v is the window's EWMA volatility, z quantiles of scaled training
    returns (settled before training), a and b outputs of the network. Without `direction` the
    median is zero: b is measured from its own median and z from its own.

    Args:
        context: Length of the window, channels, quantiles.
        options: Architecture and sizes.
    """

    def __init__(self, context: BuildContext, options: ReturnsOptions) -> None:
        super().__init__()
        self.squared = options.loss == "squared"
        self.n_levels = 1 if self.squared else len(context.quantiles)
        self.horizon = context.horizon
        self.direction = options.direction
        self.middle = 0 if self.squared else _middle(context.quantiles)
        self.steps = min(options.steps, context.length)
        self.volatility = Volatility(context.length, context.n_channels)
        self.memory = None
        width = N_SUMMARIES * context.n_channels
        if options.architecture == "lstm":
            self.memory = nn.LSTM(context.n_channels, options.memory, batch_first=True)
            width += options.memory
        self.body = nn.Sequential(
            nn.Linear(width, options.hidden),
            nn.SiLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.hidden, options.hidden),
            nn.SiLU(),
        )
        self.head = nn.Linear(options.hidden, self.horizon * (1 + self.n_levels))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("settled", torch.tensor(_normal(context.quantiles, self.n_levels)))
        self.register_buffer("stretch", torch.ones(self.n_levels))

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """From windows (b, length, n_channels) to (b, horizon * n_levels)."""
        scale, summaries, scaled = self.volatility(window)  # (b, 1), (b, n), (b, length, n_channels)
        if self.memory is not None:
            state = self.memory(scaled[:, -self.steps :])[0][:, -1]  # (b, memory)
            summaries = torch.cat([summaries, state], dim=1)
        out = self.head(self.body(summaries)).unflatten(1, (self.horizon, 1 + self.n_levels))
        scale, shift, settled = scale[:, :, None], out[:, :, 1:], self.settled  # (b, 1, 1), (b, h, n_levels)
        if self.squared:
            return (scale * SHIFT * shift).flatten(1)  # (b, horizon)
        if not self.direction:
            shift = shift - shift[:, :, self.middle, None]
            settled = settled - settled[self.middle]
        wide = torch.exp(out[:, :, :1].clamp(-LARGEST_STRETCH, LARGEST_STRETCH))  # (b, horizon, 1)
        return (scale * self.stretch * (settled * wide + SHIFT * shift)).flatten(1)  # (b, horizon * n_levels)


def build(context: BuildContext, options: ReturnsOptions) -> nn.Module:
    """Build the network; its first weights depend on ``context.seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return ReturnsNet(context, options)


def _normal(levels: tuple[float, ...], n_levels: int) -> list[float]:
    """Quantiles of a standard normal: what stands there until training returns have settled it."""
    return [NormalDist().inv_cdf(level) for level in levels] if len(levels) == n_levels else [0.0] * n_levels


def _middle(levels: tuple[float, ...]) -> int:
    """Position of the level nearest to one half."""
    return min(range(len(levels)), key=lambda i: abs(levels[i] - 0.5))
