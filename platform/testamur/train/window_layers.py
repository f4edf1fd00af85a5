"""Networks for windows: public layers, which plugins may build their own nets from."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext
from testamur.train.layers import OneHot
from testamur.train.window_options import ForecastOptions, RecurrentOptions, WindowClassifierOptions


class SeasonalAnchor(nn.Module):
    """Repeats the last cycle of a window over the horizon, for each quantile alike.

    Args:
        context: Length, season, horizon and quantiles; a season longer than the window counts as 1.
    """

    steps: Tensor

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        season = context.season if 1 <= context.season <= context.length else 1
        steps = torch.arange(context.horizon) % season + (context.length - season)
        self.register_buffer(
            "steps", steps.repeat_interleave(max(len(context.quantiles), 1)), persistent=False
        )

    def forward(self, window: Tensor) -> Tensor:
        """From windows (b, length, n_channels) to (b, horizon * n_quantiles)."""
        anchor: Tensor = window[:, :, 0].index_select(1, self.steps)
        return anchor


class MemberLinear(nn.Module):
    """Linear layers of several members, side by side.

    Args:
        members: How many.
        n_in: Inputs of each.
        n_out: Outputs of each.
        zero: True begins with zeros.
    """

    def __init__(self, members: int, n_in: int, n_out: int, *, zero: bool = False) -> None:
        super().__init__()
        bound = 0.0 if zero else 1 / math.sqrt(max(n_in, 1))
        self.weight = nn.Parameter(torch.empty(members, n_in, n_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, n_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """From (members, b, n_in) to (members, b, n_out)."""
        return torch.baddbmm(self.bias, x, self.weight)


class AnchoredForecast(nn.Module):
    """The seasonal anchor plus a linear map plus a small network, several members side by side.

    The output begins at the anchor: all weights that lead to it begin with zero.

    Args:
        context: What is known of inputs and outputs.
        options: Members, width, depth, dropout.
    """

    def __init__(self, context: BuildContext, options: ForecastOptions) -> None:
        super().__init__()
        self.members = options.members
        self.anchor = SeasonalAnchor(context)
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        width = context.length * context.n_channels + context.n_numeric
        width += self.codes.width if self.codes is not None else 0
        self.linear = MemberLinear(options.members, width, context.n_outputs, zero=True)
        layers: list[nn.Module] = []
        for _ in range(options.depth):
            layers += [
                MemberLinear(options.members, width, options.hidden),
                nn.ReLU(),
                nn.Dropout(options.dropout),
            ]
            width = options.hidden
        self.body = nn.Sequential(*layers)
        self.out = MemberLinear(options.members, width, context.n_outputs, zero=True)

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict (b, members, n_outputs).

        Args:
            window: (b, length, n_channels).
            numeric: (b, n_numeric).
            categorical: (b, n_categorical).
        """
        parts = [window.flatten(1), numeric]
        if self.codes is not None:
            parts.append(self.codes(categorical))
        x = torch.cat(parts, dim=1).expand(self.members, -1, -1)  # (members, b, width)
        change = self.linear(x) + self.out(self.body(x))  # (members, b, n_outputs)
        out: Tensor = self.anchor(window).unsqueeze(1) + change.transpose(0, 1)
        return out


class ConvolutionalNet(nn.Module):
    """Convolutions along time, averaged over time, beside the features of the last row.

    Args:
        context: What is known of inputs and outputs.
        options: Filters, depth, kernel, dropout.
    """

    def __init__(self, context: BuildContext, options: WindowClassifierOptions) -> None:
        super().__init__()
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        layers: list[nn.Module] = []
        width, length = context.n_channels, context.length
        for i in range(options.depth):
            layers += [
                nn.Conv1d(width, options.filters, options.kernel, padding=options.kernel // 2),
                nn.GroupNorm(1, options.filters),
                nn.ReLU(),
            ]
            width = options.filters
            if i < options.depth - 1 and length >= 4:
                layers.append(nn.MaxPool1d(2))
                length //= 2
        self.body = nn.Sequential(*layers)
        rest = context.n_numeric + (self.codes.width if self.codes is not None else 0)
        self.head = nn.Sequential(nn.Dropout(options.dropout), nn.Linear(2 * width + rest, context.n_outputs))

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict (b, n_outputs) from (b, length, n_channels), (b, n_numeric), (b, n_categorical)."""
        seen = self.body(window.transpose(1, 2))  # (b, filters, steps)
        parts = [seen.mean(dim=2), seen.amax(dim=2), numeric]
        if self.codes is not None:
            parts.append(self.codes(categorical))
        out: Tensor = self.head(torch.cat(parts, dim=1))
        return out


class RecurrentNet(nn.Module):
    """An LSTM over the window; its last state and the features of the last row give the output.

    A forecast is stated around the seasonal anchor where `anchored`.

    Args:
        context: What is known of inputs and outputs.
        hidden: Units of the LSTM.
        layers: LSTMs one above the other.
        dropout: Share of units dropped before the output.
        anchored: True adds the seasonal anchor to a forecast, whose output then begins there.
    """

    def __init__(
        self,
        context: BuildContext,
        *,
        hidden: int,
        layers: int = 1,
        dropout: float = 0.0,
        anchored: bool = True,
    ) -> None:
        super().__init__()
        forecast = context.problem is ProblemKind.FORECAST
        self.anchor = SeasonalAnchor(context) if forecast and anchored else None
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        self.memory = nn.LSTM(context.n_channels, hidden, layers, batch_first=True)
        self.drop = nn.Dropout(dropout)
        rest = context.n_numeric + (self.codes.width if self.codes is not None else 0)
        self.head = nn.Linear(hidden + rest, context.n_outputs)
        if self.anchor is not None:
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)

    def forward(self, window: Tensor, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict (b, n_outputs) from (b, length, n_channels), (b, n_numeric), (b, n_categorical)."""
        state = self.memory(window)[0][:, -1]  # (b, hidden)
        parts = [self.drop(state), numeric]
        if self.codes is not None:
            parts.append(self.codes(categorical))
        out: Tensor = self.head(torch.cat(parts, dim=1))
        return out if self.anchor is None else out + self.anchor(window)


def build_forecast(context: BuildContext, options: ForecastOptions) -> nn.Module:
    """Build ``core.forecast``; its first weights depend on ``context.seed`` alone."""
    from testamur.train.step_layers import SteppedForecast  # which is made of this module's layers

    made = {"window": AnchoredForecast, "steps": SteppedForecast}[options.network]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return made(context, options)


def build_window_classifier(context: BuildContext, options: WindowClassifierOptions) -> nn.Module:
    """Build ``core.window_classifier``; its first weights depend on ``context.seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return ConvolutionalNet(context, options)


def build_recurrent(context: BuildContext, options: RecurrentOptions) -> nn.Module:
    """Build ``core.recurrent``; its first weights depend on ``context.seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return RecurrentNet(context, hidden=options.hidden, layers=options.layers, dropout=options.dropout)
