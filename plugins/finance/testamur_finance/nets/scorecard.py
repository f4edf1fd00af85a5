"""The scorecard as a network: bends and one-hot codes, points in buffers, nothing learnt by gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.model import BuildContext
from testamur.contracts.table import RowsTable
from testamur_finance.credit.basis import KNOTS, WIDTH
from testamur_finance.credit.scorecard import fit_scorecard
from testamur_finance.options import ScorecardOptions


class ScorecardNet(nn.Module):
    """Log-odds as a sum of points per feature.

    Args:
        context: What is known of the inputs.
    """

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        self.cardinalities = context.cardinalities
        n_columns = context.n_numeric * WIDTH + sum(context.cardinalities)
        self.register_buffer("points", torch.zeros(n_columns))
        self.register_buffer("intercept", torch.zeros(1))
        self.register_buffer("knots", torch.tensor(KNOTS))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Predict from numeric (b, n_numeric_in), categorical (b, n_categorical) to (b, 1) log-odds."""
        beyond = (numeric[:, :, None] - self.knots).clamp(min=0)  # (b, n_numeric_in, n_knots)
        bent = torch.cat([numeric[:, :, None], beyond], dim=2).flatten(1)  # (b, n_numeric_in * WIDTH)
        codes = [F.one_hot(categorical[:, j], n) for j, n in enumerate(self.cardinalities)]
        rows = torch.cat([bent, *[code.to(bent.dtype) for code in codes]], dim=1)  # (b, n_columns)
        return (rows @ self.points + self.intercept)[:, None]  # (b, 1)


def build(context: BuildContext, options: ScorecardOptions) -> nn.Module:
    """Build an empty scorecard; `fit_points` fills it."""
    return ScorecardNet(context)


def fit_points(
    module: ScorecardNet, table: RowsTable, options: ScorecardOptions, *, seed: int, stop: Callable[[], None]
) -> None:
    """Fit the points exactly and put them into the module's buffers.

    Args:
        module: The empty scorecard.
        table: A binary table.
        options: Ridge, left-out features, reweighing, bootstrap sample.
        seed: Not needed: the fit has one solution.
        stop: Raises when the attempt must end.
    """
    stop()
    card = fit_scorecard(table, options)
    with torch.no_grad():
        module.points.copy_(torch.from_numpy(card.points))
        module.intercept.fill_(card.intercept)
