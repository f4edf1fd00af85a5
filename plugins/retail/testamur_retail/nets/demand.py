"""The network of ``retail.demand``."""

from __future__ import annotations

from torch import nn

from testamur.contracts.model import BuildContext
from testamur.train.window_layers import build_forecast
from testamur.train.window_options import ForecastOptions
from testamur_retail.options import DemandOptions

FORECAST = ("network", "calendar", "members", "hidden", "depth", "dropout")


def build(context: BuildContext, options: DemandOptions) -> nn.Module:
    """Build the core's forecast; the terms of the plan are none of its business.

    Args:
        context: What is known of the windows.
        options: Validated options of ``retail.demand``.

    Returns:
        A module from (window, numeric, categorical) to the quantiles of every step ahead.
    """
    return build_forecast(context, ForecastOptions(**{name: getattr(options, name) for name in FORECAST}))
