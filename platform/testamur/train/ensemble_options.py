"""Options of the core's cross-fitted ensemble; no torch here, so that listing models is cheap."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from testamur.contracts.model import ModelOptions


class EnsembleOptions(ModelOptions):
    """Options of ``core.ensemble``."""

    members: int = Field(default=16, ge=2, le=256, description="Networks that are trained side by side")
    folds: int = Field(
        default=8, ge=2, le=64, description="Folds of training and validation rows; each member holds one out"
    )
    hidden: int = Field(default=64, ge=1, le=4096, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=16, description="Number of hidden layers")
    dropout: float = Field(default=0.15, ge=0.0, lt=0.95, description="Share of units dropped in training")
    bins: int = Field(
        default=16,
        ge=0,
        le=256,
        description="Bins of the piecewise-linear encoding of numbers; 0 turns it off",
    )

    blend: bool = Field(
        default=True,
        description="Blend with gradient boosting on the same folds; the share is settled on held-out rows",
    )

    @model_validator(mode="after")
    def _hold_each_fold_out(self) -> Self:
        if self.members % self.folds:
            raise ValueError(
                "a number of members that the folds divide is required, "
                f"however: members={self.members}, folds={self.folds}"
            )
        return self
