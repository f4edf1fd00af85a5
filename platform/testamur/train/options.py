"""Options of the core's tabular model; no torch here, so that listing models is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.errors import ConfigurationError, Problem
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


class RecommenderOptions(ModelOptions):
    """Options of ``core.recommender``."""

    architecture: Literal["blend", "ease", "sasrec"] = Field(
        default="blend",
        description="ease: linear, in closed form; sasrec: a transformer over past choices; blend: both",
    )
    l2: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="Ridge strength of EASE; not given: settled on validation rows",
    )
    half_life: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="Choices after which one counts half in EASE; not given: settled on validation rows",
    )
    length: int = Field(default=50, ge=1, le=1000, description="Past choices that the transformer sees")
    hidden: int = Field(default=64, ge=1, le=1024, description="Width of a step of the transformer")
    heads: int = Field(default=2, ge=1, le=16, description="Attention heads; they share the width")
    depth: int = Field(default=1, ge=1, le=8, description="Blocks of the transformer")
    dropout: float = Field(default=0.3, ge=0.0, lt=0.95, description="Share of units dropped in training")


class SequenceOptions(ModelOptions):
    """Options of ``core.sequence``."""

    architecture: Literal["attention", "recurrent"] = Field(
        default="attention",
        description="attention looks at all earlier answers; recurrent (GRU) carries a state along",
    )
    length: int = Field(default=200, ge=2, le=4096, description="Answers that are looked at together")
    hidden: int = Field(default=64, ge=1, le=1024, description="Width of a step")
    heads: int = Field(default=4, ge=1, le=16, description="Attention heads; they share the width")
    depth: int = Field(default=1, ge=1, le=8, description="Blocks, or layers of the recurrent network")
    dropout: float = Field(default=0.2, ge=0.0, lt=0.95, description="Share of units dropped in training")


def check_heads(hidden: int, heads: int) -> None:
    """Make sure that attention heads share the width.

    Raises:
        ConfigurationError: They cannot.
    """
    if hidden % heads:
        message = f"a multiple of heads ({heads}) is required, however: {hidden}"
        problem = Problem("model.options.hidden", message)
        raise ConfigurationError("The model's options cannot be used", [problem])
