"""Networks for rows: public layers, which plugins may build their own nets from."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.model import BuildContext
from testamur.train.light_import import import_tabm
from testamur.train.options import TabularOptions


class OneHot(nn.Module):
    """Concatenated one-hot vectors of categorical codes.

    Args:
        cardinalities: Number of codes of each column.
    """

    def __init__(self, cardinalities: tuple[int, ...]) -> None:
        super().__init__()
        self.cardinalities = cardinalities

    @property
    def width(self) -> int:
        """Columns of the output."""
        return sum(self.cardinalities)

    def forward(self, codes: Tensor) -> Tensor:
        """Encode codes (b, n_categorical) to (b, width)."""
        parts = [F.one_hot(codes[:, i], n) for i, n in enumerate(self.cardinalities)]
        return torch.cat(parts, dim=1).to(torch.get_default_dtype())


class TabularMLP(nn.Module):
    """One multi-layer perceptron over encoded numbers and one-hot codes.

    Args:
        context: What is known of inputs and outputs.
        options: Width, depth, dropout, bins.
    """

    def __init__(self, context: BuildContext, options: TabularOptions) -> None:
        super().__init__()
        self.numbers = piecewise_linear(context, options)
        self.codes = OneHot(context.cardinalities) if context.cardinalities else None
        width = context.n_numeric * (options.embedding if self.numbers is not None else 1)
        width += self.codes.width if self.codes is not None else 0
        layers: list[nn.Module] = []
        for _ in range(options.depth):
            layers += [nn.Linear(width, options.hidden), nn.ReLU()]
            if options.dropout:
                layers.append(nn.Dropout(options.dropout))
            width = options.hidden
        self.body = nn.Sequential(*layers, nn.Linear(width, context.n_outputs))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict from numeric (b, n_numeric) and categorical (b, n_categorical) to (b, n_outputs)."""
        if self.numbers is not None:
            numeric = self.numbers(numeric).flatten(1)  # (b, n_numeric * embedding)
        if self.codes is not None:
            numeric = torch.cat([numeric, self.codes(categorical)], dim=1)
        out: Tensor = self.body(numeric)
        return out


class TabularEnsemble(nn.Module):
    """TabM: members that share most weights and are trained side by side.

    Args:
        context: What is known of inputs and outputs.
        options: Width, depth, dropout, members, bins.
    """

    def __init__(self, context: BuildContext, options: TabularOptions) -> None:
        super().__init__()
        tabm, _ = import_tabm()
        self.net = tabm.TabM.make(
            n_num_features=context.n_numeric,
            cat_cardinalities=list(context.cardinalities),
            d_out=context.n_outputs,
            num_embeddings=piecewise_linear(context, options),
            n_blocks=options.depth,
            d_block=options.hidden,
            dropout=options.dropout,
            k=options.members,
        )
        self.cardinalities = context.cardinalities
        self._has_numbers, self._has_codes = context.n_numeric > 0, bool(context.cardinalities)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict from numeric (b, n_numeric), categorical (b, n_categorical) to (b, members, n_outputs)."""
        out: Tensor = self.net(
            numeric if self._has_numbers else None, categorical if self._has_codes else None
        )
        return out


def piecewise_linear(context: BuildContext, options: TabularOptions) -> nn.Module | None:
    """Piecewise-linear embeddings of the numeric inputs, or None where bins are off."""
    if not context.bins or not options.bins:
        return None
    _, embeddings = import_tabm()
    edges = [torch.tensor(feature, dtype=torch.float32) for feature in context.bins]
    with warnings.catch_warnings():
        # A yes-or-no number has one bin, which is what is wanted of it.
        warnings.filterwarnings("ignore", message=".*just two bin edges.*", category=UserWarning)
        made: nn.Module = embeddings.PiecewiseLinearEmbeddings(
            edges, options.embedding, activation=False, version="B"
        )
    return made


def build_tabular(context: BuildContext, options: TabularOptions) -> nn.Module:
    """Build the core's network; its first weights depend on ``context.seed`` alone.

    Args:
        context: What is known of inputs and outputs.
        options: Validated options.

    Returns:
        A module from (numeric (b, n_numeric), categorical (b, n_categorical)) to (b, n_outputs),
        or to (b, members, n_outputs).
    """
    make = TabularEnsemble if options.architecture == "tabm" else TabularMLP
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        return make(context, options)
