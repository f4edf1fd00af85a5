"""A network that all steps ahead of a forecast share: each is told what came at its place before."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur.train.layers import OneHot
from testamur.train.window_layers import MemberLinear, SeasonalAnchor
from testamur.train.window_options import ForecastOptions

MOST_CYCLES = 14  # that are looked back on, of each length
FEWEST_LATEST, MOST_LATEST = 8, 32  # steps at the end of a window, with short cycles and without any
NEIGHBOURS = (-1, 0, 1)  # steps around the same place of the season


def aligned_lags(context: BuildContext) -> Tensor:
    """(horizon, n_lags) steps of the window that lie whole cycles before each step ahead.

    Of the season neighbouring steps are among them, as far as the window has them.
    """
    season = context.season if 1 <= context.season <= context.length else 1
    ahead, columns = torch.arange(context.horizon), []
    for cycle in sorted({season, *(c for c in context.cycles if c <= context.length)}):
        near = NEIGHBOURS if cycle == season else (0,)
        for back in range(1, min(context.length // cycle, MOST_CYCLES) + 1):
            place = ahead % cycle + (context.length - back * cycle)
            columns += [(place + shift).clamp(0, context.length - 1) for shift in near]
    return torch.stack(columns, dim=1)


class Recent(nn.Module):
    """What all steps ahead are told of a window: its latest steps, and the mean of each short cycle before.

    The whole window would be hundreds of inputs, of which a small network learns accidents.

    Args:
        context: Length, season, cycles and channels.
    """

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        usual = [c for c in (context.season, *context.cycles) if 1 < c <= context.length]
        self.cycle = min(usual, default=1)
        self.latest = min(max(self.cycle, FEWEST_LATEST) if usual else MOST_LATEST, context.length)
        self.n_cycles = context.length // self.cycle if usual else 0
        self.width = self.latest * context.n_channels + self.n_cycles

    def forward(self, window: Tensor) -> Tensor:
        """From windows (b, length, n_channels) to (b, width)."""
        latest = window[:, -self.latest :].flatten(1)
        if not self.n_cycles:
            return latest
        whole = window[:, window.shape[1] - self.n_cycles * self.cycle :, 0]
        means = whole.reshape(-1, self.n_cycles, self.cycle).mean(dim=2)  # (b, n_cycles)
        return torch.cat([latest, means], dim=1)


class SteppedForecast(nn.Module):
    """One small network for every step ahead, several members side by side; begins at the seasonal anchor.

    Inputs of a step are the same places of earlier cycles, what is known of it (channels, calendar), and
    what all steps share: the window, the features of its last row.

    Args:
        context: What is known of inputs and outputs.
        options: Members, width, depth, dropout.
    """

    lags: Tensor

    def __init__(self, context: BuildContext, options: ForecastOptions) -> None:
        super().__init__()
        self.members, self.horizon = options.members, context.horizon
        self.n_known, self.n_calendar = context.n_known, context.n_calendar
        self.anchor = SeasonalAnchor(context)
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        self.register_buffer("lags", aligned_lags(context), persistent=False)
        n_ahead = self.n_known + self.n_calendar
        n_step = self.lags.shape[1] + n_ahead
        self.recent = Recent(context)
        n_shared = self.recent.width + context.n_numeric - context.horizon * n_ahead
        n_shared += self.codes.width if self.codes is not None else 0
        k, hidden, self.n_out = options.members, options.hidden, context.n_outputs // context.horizon
        self.of_step = MemberLinear(k, n_step, hidden)
        self.of_window = MemberLinear(k, n_shared, hidden)
        self.of_place = nn.Parameter(torch.zeros(k, 1, context.horizon, hidden))
        layers: list[nn.Module] = [nn.ReLU(), nn.Dropout(options.dropout)]
        for _ in range(options.depth - 1):
            layers += [MemberLinear(k, hidden, hidden), nn.ReLU(), nn.Dropout(options.dropout)]
        self.body = nn.Sequential(*layers)
        self.out = MemberLinear(k, hidden, self.n_out, zero=True)
        self.linear = MemberLinear(k, n_step, self.n_out, zero=True)
        self.linear_place = nn.Parameter(torch.zeros(k, 1, context.horizon, self.n_out))

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict (b, members, n_outputs).

        Args:
            window: (b, length, n_channels).
            numeric: (b, n_numeric).
            categorical: (b, n_categorical).
        """
        step, shared = self._inputs(window, numeric, categorical)
        b, k, h = window.shape[0], self.members, self.horizon
        flat = step.flatten(0, 1).expand(k, -1, -1)  # (k, b * h, n_step)
        hidden = self.of_step(flat).view(k, b, h, -1) + self.of_place
        hidden = hidden + self.of_window(shared.expand(k, -1, -1)).unsqueeze(2)  # (k, b, h, hidden)
        change = self.out(self.body(hidden.flatten(1, 2))) + self.linear(flat)  # (k, b * h, n_out)
        change = change.view(k, b, h, self.n_out) + self.linear_place
        out: Tensor = self.anchor(window).unsqueeze(1) + change.flatten(2).transpose(0, 1)
        return out

    def _inputs(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> tuple[Tensor, Tensor]:
        """What each step is told (b, horizon, n_step), and what all of them share (b, n_shared)."""
        h = self.horizon
        sizes = [h * self.n_known, h * self.n_calendar]
        rest, known, calendar = numeric.split([numeric.shape[1] - sum(sizes), *sizes], dim=1)
        parts = [window[:, :, 0][:, self.lags]]
        parts += [told.reshape(told.shape[0], h, told.shape[1] // h) for told in (known, calendar)]
        shared = [self.recent(window), rest]
        if self.codes is not None:
            shared.append(self.codes(categorical))
        return torch.cat(parts, dim=2), torch.cat(shared, dim=1)
