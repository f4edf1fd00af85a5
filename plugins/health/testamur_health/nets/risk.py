"""The network of ``health.risk``."""

from __future__ import annotations

from torch import nn

from testamur.contracts.model import BuildContext
from testamur.train.layers import build_tabular
from testamur.train.options import TabularOptions
from testamur_health.options import RiskOptions


def build(context: BuildContext, options: RiskOptions) -> nn.Module:
    """Build the core's tabular network with the health domain's options.

    Args:
        context: What is known of the inputs and outputs.
        options: Validated options of ``health.risk``.

    Returns:
        A module from (numeric (b, n_numeric), categorical (b, n_categorical)) to (b, n_outputs),
        or to (b, members, n_outputs).
    """
    return build_tabular(context, TabularOptions(**options.model_dump()))
