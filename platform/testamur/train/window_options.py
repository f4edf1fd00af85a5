"""Options of the core's models of windows; no torch here, so that listing models is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.model import ModelOptions


class ForecastOptions(ModelOptions):
    """Options of ``core.forecast``."""

    loss: Literal["quantile", "squared"] = Field(
        default="quantile",
        description="quantile states the distribution; squared the mean, with quantiles of validation errors",
    )
    network: Literal["window", "steps"] = Field(
        default="window",
        description="window maps it to all steps at once; steps share a network that looks up earlier cycles",
    )
    calendar: bool = Field(default=False, description="Tell the hour, weekday and season of each step ahead")
    members: int = Field(default=4, ge=1, le=64, description="Networks trained side by side and averaged")
    hidden: int = Field(default=64, ge=1, le=4096, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=8, description="Number of hidden layers")
    dropout: float = Field(default=0.1, ge=0.0, lt=0.95, description="Share of units dropped in training")


class WindowClassifierOptions(ModelOptions):
    """Options of ``core.window_classifier``."""

    filters: int = Field(default=64, ge=1, le=1024, description="Filters of each convolution")
    depth: int = Field(
        default=3, ge=1, le=10, description="Convolutions, each but the last halving the steps"
    )
    kernel: int = Field(default=5, ge=1, le=101, description="Steps that a filter spans; odd")
    dropout: float = Field(default=0.2, ge=0.0, lt=0.95, description="Share of units dropped in training")


class RecurrentOptions(ModelOptions):
    """Options of ``core.recurrent``."""

    hidden: int = Field(default=32, ge=1, le=1024, description="Units of each LSTM")
    layers: int = Field(default=1, ge=1, le=8, description="LSTMs, one above the other")
    dropout: float = Field(default=0.1, ge=0.0, lt=0.95, description="Share of units dropped in training")
