"""The options of the education domain's models; torch-free, so that listing them is cheap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from testamur.contracts.model import ModelOptions


class RowsOptions(ModelOptions):
    """Options of ``education.risk`` and ``education.ranker``: small, damped networks."""

    architecture: Literal["tabm", "mlp"] = Field(
        default="tabm",
        description="tabm trains many members side by side and averages them; mlp is one network",
    )
    hidden: int = Field(default=32, ge=4, le=1024, description="Units in each hidden layer")
    depth: int = Field(default=2, ge=1, le=6, description="Number of hidden layers")
    dropout: float = Field(default=0.2, ge=0.0, lt=0.9, description="Share of units dropped in training")
    members: int = Field(default=16, ge=1, le=128, description="Members of the ensemble; tabm only")
    bins: int = Field(
        default=8, ge=0, le=128, description="Bins of the piecewise-linear encoding of numbers; 0 = off"
    )


class TracingOptions(ModelOptions):
    """Options of ``education.tracing``: a small transformer over the answers of a test."""

    architecture: Literal["attention", "recurrent"] = Field(
        default="attention",
        description="attention looks at all earlier answers; recurrent (GRU) carries a state along",
    )
    length: int = Field(default=128, ge=2, le=4096, description="Answers that are looked at together")
    hidden: int = Field(default=32, ge=4, le=512, description="Width of a step")
    heads: int = Field(default=4, ge=1, le=16, description="Attention heads; they share the width")
    depth: int = Field(default=1, ge=1, le=6, description="Blocks, or layers of the recurrent network")
    dropout: float = Field(default=0.2, ge=0.0, lt=0.9, description="Share of units dropped in training")


class RerankerOptions(ModelOptions):
    """Options of ``education.reranker``: MiniLM with low-rank adapters."""

    length: int = Field(default=64, ge=8, le=256, description="Most tokens of a text; the rest is cut off")
    layers: int = Field(default=2, ge=1, le=6, description="Uppermost layers of MiniLM that get adapters")
    rank: int = Field(default=8, ge=1, le=64, description="Rank of the adapters (LoRA)")
    alpha: float = Field(default=16.0, gt=0, le=256, description="Scale of the adapters, over the rank")
    dropout: float = Field(
        default=0.1, ge=0.0, lt=0.9, description="Share of adapter inputs dropped in training"
    )
    lexical: bool = Field(default=True, description="Whether what BM25 and TF-IDF say is looked at, too")
