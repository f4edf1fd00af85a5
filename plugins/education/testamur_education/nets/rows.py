"""The network of ``education.risk`` and ``education.ranker``."""

from __future__ import annotations

from torch import nn

from testamur.contracts.model import BuildContext
from testamur.train.layers import build_tabular
from testamur.train.options import TabularOptions
from testamur_education.options import RowsOptions


def build(context: BuildContext, options: RowsOptions) -> nn.Module:
    """Build the core's tabular network with this domain's options.

    Args:
        context: What is known of the inputs and outputs.
        options: Validated options.

    Returns:
        A module from (numeric (b, n_numeric), categorical (b, n_categorical)) to (b, n_outputs),
        or to (b, members, n_outputs).
    """
    return build_tabular(context, TabularOptions(**options.model_dump()))
