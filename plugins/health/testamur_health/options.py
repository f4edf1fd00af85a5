"""The options of the health domain's models; torch-free, so that listing them is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.model import ModelOptions


class RiskOptions(ModelOptions):
    """Options of ``health.risk``: a smaller and more damped network than the core's default.

    Cohorts have thousands of people, not millions: width is kept low and dropout high.
    """

    architecture: Literal["tabm", "mlp"] = Field(
        default="tabm",
        description="tabm trains many members side by side and averages them; mlp is one network",
    )
    hidden: int = Field(default=64, ge=4, le=1024, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=6, description="Number of hidden layers")
    dropout: float = Field(default=0.25, ge=0.0, lt=0.9, description="Share of units dropped in training")
    members: int = Field(default=16, ge=1, le=128, description="Members of the ensemble; tabm only")
    bins: int = Field(
        default=16, ge=0, le=128, description="Bins of the piecewise-linear encoding of numbers; 0 = off"
    )


class ActivityOptions(ModelOptions):
    """Options of ``health.activity``."""

    filters: int = Field(
        default=48, ge=4, le=512, multiple_of=4, description="Filters of each convolution; a multiple of 4"
    )
    dropout: float = Field(default=0.3, ge=0.0, lt=0.9, description="Share of units dropped in training")
    turn: float = Field(
        default=0.25, ge=0.0, le=1.6, description="Radians by which training windows are turned, about"
    )
    scale: float = Field(
        default=0.1,
        ge=0.0,
        le=0.5,
        description="Share by which training channels are scaled, about",
    )
