"""A fairness constraint in training: what a job asks for, and what it came to."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from testamur.contracts.record import Record


class Constraint(StrEnum):
    """Which rates are to lie close together over the groups of an attribute."""

    DEMOGRAPHIC_PARITY = "demographic_parity"  # selection rates
    EQUALIZED_ODDS = "equalized_odds"  # true-positive rates and false-positive rates


class FairMethod(StrEnum):
    """How a constraint is kept."""

    IN_TRAINING = "in_training"  # a penalty whose weight is steered; groups are not needed to predict
    THRESHOLDS = "thresholds"  # a threshold for each group; the group is needed at every prediction


class FairnessOptions(Record):
    """The ``[training.fairness]`` part of a job."""

    constraint: Constraint
    bound: float = Field(default=0.05, gt=0, lt=1)  # largest gap between two groups, as a share
    attributes: tuple[str, ...] = ()  # protected attributes; empty: every one of the dataset
    method: FairMethod = FairMethod.IN_TRAINING

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(set(self.attributes)) < len(self.attributes):
            raise ValueError(f"each attribute once is required, however: {', '.join(self.attributes)}")
        return self


class FairnessKept(Record):
    """What a constraint came to, as the report tells it; None where none was asked for.

    Gaps are the largest difference of the constrained rates between two groups of an attribute, on the
    validation rows by which the constraint was kept. What it came to on other rows, the audit says.
    """

    constraint: Constraint
    bound: float
    attributes: tuple[str, ...]
    method: FairMethod
    needs_group: bool  # True: the attributes must be known at every prediction
    reached: bool  # every gap of the validation rows lies within the bound
    threshold: float  # decision threshold that the constraint was kept at
    threshold_before: float  # of the model without it
    gap_before: dict[str, float]  # attribute -> gap of the same recipe without the constraint
    gap_after: dict[str, float]
    n_held_out: int  # validation rows
    left_out: tuple[str, ...] = ()  # groups with too few validation rows to steer by: "attribute: level"
    settled: dict[str, float] = Field(default_factory=dict)  # multipliers, or thresholds, by group
