"""The network of ``health.activity``: convolutions along time over the six signals of a watch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur_health.options import ActivityOptions

KERNELS = (9, 7, 5, 5)


class ActivityNet(nn.Module):
    """Four convolutions, each but the last followed by halving, then mean and maximum over time.

    While training, windows are turned a little and scaled, each on its own: a watch sits otherwise on
    every wrist (T. T. Um et al.: Data augmentation of wearable sensor data, ICMI 2017).

    Args:
        context: Length and channels of a window, classes.
        options: Filters, dropout, turn, scale.
    """

    def __init__(self, context: BuildContext, options: ActivityOptions) -> None:
        super().__init__()
        self.turn, self.scale = options.turn, options.scale
        width, layers = context.n_channels, []
        for i, kernel in enumerate(KERNELS):
            layers += [
                nn.Conv1d(width, options.filters, kernel, padding=kernel // 2),
                nn.GroupNorm(4, options.filters),
                nn.ReLU(),
            ]
            if i < len(KERNELS) - 1:
                layers.append(nn.MaxPool1d(2))
            width = options.filters
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(options.dropout), nn.Linear(2 * width, context.n_outputs))

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict (b, n_outputs) from (b, length, n_channels); the last row's features add nothing."""
        if self.training and window.shape[2] % 3 == 0:
            window = self._worn_otherwise(window)
        seen = self.body(window.transpose(1, 2))  # (b, filters, steps)
        out: Tensor = self.head(torch.cat([seen.mean(dim=2), seen.amax(dim=2)], dim=1))
        return out

    def _worn_otherwise(self, window: Tensor) -> Tensor:
        """The same turn for acceleration and angular velocity of a window, and a scale for each channel."""
        b, length, n = window.shape
        angle = self.turn * torch.randn(b, 3, device=window.device)
        turned = window.reshape(b, length, n // 3, 3) @ _rotations(angle)[:, None]
        scale = 1 + self.scale * torch.randn(b, 1, n, device=window.device)
        return turned.reshape(b, length, n) * scale


def _rotations(angle: Tensor) -> Tensor:
    """(b, 3, 3) rotations from (b, 3) rotation vectors."""
    x, y, z = angle.unbind(dim=1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).reshape(-1, 3, 3)
    return torch.linalg.matrix_exp(skew)


def build(context: BuildContext, options: ActivityOptions) -> nn.Module:
    """Build the network; its first weights depend on ``context.seed`` alone.

    Args:
        context: What is known of inputs and outputs.
        options: Validated options of ``health.activity``.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return ActivityNet(context, options)
