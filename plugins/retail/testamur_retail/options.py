"""The options of the retail domain's models; torch-free, so that listing them is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.model import ModelOptions


class DemandOptions(ModelOptions):
    """Options of ``retail.demand``: the core's forecast, and the terms that stock is kept on.

    The terms do not change the forecast; they decide what it is turned into. Their defaults are assumptions.
    """

    network: Literal["window", "steps"] = Field(
        default="window",
        description="window maps it to all steps at once; steps share a network that looks up earlier cycles",
    )
    calendar: bool = Field(default=False, description="Tell the weekday and season of each step ahead")
    members: int = Field(default=4, ge=1, le=64, description="Networks trained side by side and averaged")
    hidden: int = Field(default=64, ge=1, le=4096, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=8, description="Number of hidden layers")
    dropout: float = Field(default=0.1, ge=0.0, lt=0.95, description="Share of units dropped in training")
    review: int = Field(default=7, ge=1, le=366, description="Steps between two looks at the stock")
    lead: int = Field(default=7, ge=0, le=366, description="Steps from an order to its arrival")
    holding: float = Field(default=0.02, gt=0.0, le=1e6, description="Cost of one unit in stock for one step")
    shortage: float = Field(
        default=3.0, gt=0.0, le=1e6, description="Cost of one unit asked for and not there"
    )
    order: float = Field(default=20.0, ge=0.0, le=1e9, description="Cost of one order, whatever its size")
    leftover: float = Field(
        default=6.0, gt=0.0, le=1e6, description="Loss on a unit left at the end of its only season"
    )


class CustomerOptions(ModelOptions):
    """Options of ``retail.customer``: the core's tabular ensemble, beside BG/NBD."""

    hidden: int = Field(default=64, ge=4, le=1024, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=6, description="Number of hidden layers")
    dropout: float = Field(default=0.15, ge=0.0, lt=0.9, description="Share of units dropped in training")
    members: int = Field(default=8, ge=1, le=128, description="Members of the ensemble")
    bins: int = Field(
        default=16, ge=0, le=128, description="Bins of the piecewise-linear encoding of numbers; 0 = off"
    )
