"""The network of ``retail.customer``."""

from __future__ import annotations

from torch import nn

from testamur.contracts.model import BuildContext
from testamur.train.layers import build_tabular
from testamur.train.options import TabularOptions
from testamur_retail.options import CustomerOptions


def build(context: BuildContext, options: CustomerOptions) -> nn.Module:
    """Build the core's tabular network with the options of ``retail.customer``.

    Args:
        context: What is known of the inputs and outputs.
        options: Validated options.

    Returns:
        A module from (numeric (b, n_numeric), categorical (b, n_categorical)) to (b, members, n_outputs).
    """
    return build_tabular(context, TabularOptions(**options.model_dump()))
