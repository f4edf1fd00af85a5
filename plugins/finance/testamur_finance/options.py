"""The options of the finance domain's models; torch-free, so that listing them is cheap."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from testamur.contracts.model import ModelOptions

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ScorecardOptions(ModelOptions):
    """Options of ``finance.scorecard``; each less-discriminatory alternative is one setting of them."""

    ridge: float | None = Field(
        default=None,
        ge=1e-3,
        le=1e4,
        description="Strength of the penalty on the points; empty: the best of six on validation rows",
    )
    without: list[ColumnName] = Field(
        default_factory=list,
        max_length=200,
        description="Features that the scorecard does without, by name",
    )
    reweigh: str = Field(
        default="",
        max_length=200,
        description="Protected attribute whose groups are weighted so that outcome and group are unrelated",
    )
    resample: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        description="Seed of a bootstrap sample of the training rows; 0 takes each row once",
    )


class ReturnsOptions(ModelOptions):
    """Options of ``finance.returns``."""

    architecture: Literal["lstm", "mlp"] = Field(
        default="lstm",
        description="lstm reads the scaled returns one by one; mlp sees volatilities and sums of them only",
    )
    loss: Literal["quantile", "squared"] = Field(
        default="quantile",
        description="quantile states the distribution of the next return; squared its mean",
    )
    hidden: int = Field(default=48, ge=4, le=1024, description="Units in each of two hidden layers")
    memory: int = Field(default=16, ge=2, le=256, description="Units of the LSTM")
    steps: int = Field(default=22, ge=5, le=250, description="Last days that the LSTM reads")
    dropout: float = Field(default=0.1, ge=0.0, lt=0.9, description="Share of units dropped in training")
    direction: bool = Field(
        default=False,
        description="Lets the median differ from zero; without it the model takes no view on direction",
    )
    calibrate: bool = Field(
        default=True,
        description="Stretches each quantile so that it is undershot as often as stated on validation days",
    )


class AllocationOptions(ReturnsOptions):
    """Options of ``finance.allocation``: the forecast of volatility, the client's answers, the walk."""

    years: int = Field(default=10, ge=0, le=60, description="Question 1: years until the money is needed")
    bearable_loss: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="Question 2: share of the invested money that may be lost in a year",
    )
    reaction: Literal["sell", "hold", "buy"] = Field(
        default="hold", description="Question 3: what the client does when a fifth is lost within a month"
    )
    experience: Literal["none", "some", "much"] = Field(
        default="some", description="Question 4: experience with shares and funds"
    )
    reserve_months: int = Field(
        default=6, ge=0, le=600, description="Question 5: months of spending held in cash besides"
    )
    share_of_wealth: float = Field(
        default=0.5, gt=0.0, le=1.0, description="Question 6: share of the wealth that is to be invested"
    )
    jurisdiction: str = Field(
        default="European Union (MiFID II)",
        max_length=200,
        description="Where the client is advised; printed with the suitability notes",
    )
    method: Literal["equal", "min_variance", "risk_parity", "cvar", "forecast"] = Field(
        default="min_variance",
        description="How the money is spread; every way is walked forward and shown",
    )
    largest_weight: float = Field(
        default=0.25, ge=0.01, le=1.0, description="Largest share of a single security"
    )
    rebalance_days: int = Field(default=21, ge=1, le=252, description="Trading days between two rebalancings")
    window_days: int = Field(
        default=504, ge=60, le=2520, description="Trading days from which risk is estimated"
    )
    cost: float = Field(
        default=0.001, ge=0.0, le=0.05, description="Cost of buying or selling, per unit of value"
    )
