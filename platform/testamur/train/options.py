"""Options of the core's tabular model; no torch here, so that listing models is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.model import ModelOptions


class TabularOptions(ModelOptions):
    """Options of ``core.tabular``."""

    architecture: Literal["tabm", "mlp"] = Field(
        default="tabm",
        description="tabm trains many members side by side and averages them; mlp is one network",
    )
    hidden: int = Field(default=64, ge=1, le=4096, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=16, description="Number of hidden layers")
    dropout: float = Field(default=0.15, ge=0.0, lt=0.95, description="Share of units dropped in training")
    members: int = Field(default=16, ge=1, le=256, description="Members of the ensemble; tabm only")
    bins: int = Field(
        default=16,
        ge=0,
        le=256,
        description="Bins of the piecewise-linear encoding of numbers; 0 turns it off",
    )
    embedding: int = Field(
        default=8, ge=1, le=256, description="Width to which each number is encoded; needs bins"
    )
