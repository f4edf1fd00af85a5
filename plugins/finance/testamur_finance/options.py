"""The options of the finance domain's models; torch-free, so that listing them is cheap."""

from __future__ import annotations

from typing import Annotated

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
