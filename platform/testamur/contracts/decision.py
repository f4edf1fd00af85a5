"""What a person decides on a report, and answers for with a name and a signature."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from testamur.contracts.record import Record, Sha256, Slug


class DecisionKind(StrEnum):
    """The three answers."""

    RELEASE = "release"
    CONDITIONAL = "release with conditions"
    REFUSE = "do not release"


class Decision(Record):
    """One person's decision on one report.

    Raises:
        ValueError: A release with conditions names none.
    """

    schema_version: Literal["1.0"] = "1.0"
    report_id: str
    kind: DecisionKind
    name: str = Field(min_length=1, max_length=200)
    role: str = Field(min_length=1, max_length=200)
    conditions: tuple[str, ...] = ()
    reasons: dict[Slug, str] = Field(default_factory=dict)  # limit that is not met -> why all the same
    residual_risk: str = ""  # what remains, and who bears it
    expires: date  # the last day it holds; never after the report's own
    decided_at: datetime  # with its zone
    signer: Sha256  # fingerprint of the person's public key

    @model_validator(mode="after")
    def _conditions_where_said(self) -> Self:
        if (self.kind is DecisionKind.CONDITIONAL) != bool(self.conditions):
            raise ValueError(
                "a release with conditions names them and the other decisions have none, "
                f"however: {self.kind.value}, {len(self.conditions)} conditions"
            )
        return self
