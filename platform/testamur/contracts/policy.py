"""What must hold, set by whom and why, and how a finding stands against it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from testamur.contracts.finding import Group
from testamur.contracts.record import Key, Record, Slug


class Direction(StrEnum):
    """The allowed side of a limit; *above* and *below* leave the limit itself out.

    "Better than" is *above* 0: what is exactly as good as nothing does not meet it.
    """

    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOVE = "above"
    BELOW = "below"

    @property
    def upwards(self) -> bool:
        """True where larger values lie on the allowed side."""
        return self in (Direction.AT_LEAST, Direction.ABOVE)

    @property
    def strict(self) -> bool:
        """True where the limit itself lies on the forbidden side."""
        return self in (Direction.ABOVE, Direction.BELOW)

    def allows(self, value: float, limit: float) -> bool:
        """True when `value` lies on the allowed side of `limit`."""
        if value == limit:
            return not self.strict
        return value > limit if self.upwards else value < limit


class Severity(StrEnum):
    """``must`` blocks release on breached and on not shown; ``should`` asks for a written reason."""

    MUST = "must"
    SHOULD = "should"


class VerdictStatus(StrEnum):
    """A finding held against a limit."""

    MET = "met"
    BREACHED = "breached"
    NOT_SHOWN = "not shown"


class Limit(Record):
    """One line of a policy: a measure of a check, and the side on which it must lie."""

    id: Slug
    check: Key
    measure: Slug
    direction: Direction
    value: float
    severity: Severity = Severity.MUST
    title: str  # "Equal opportunity"
    question: str  # in words that a non-specialist understands
    attribute: str = ""  # a protected attribute; empty = every finding of the measure, worst one decides
    rationale: str
    reference: str = ""


class Policy(Record):
    """A set of limits with an owner (hook ``register_policies``)."""

    key: Key
    version: str
    title: str
    owner: str
    rationale: str
    reference: str = ""
    jurisdiction: str = "not stated"
    expires: date | None = None
    reaudit: tuple[str, ...] = ()  # events that call for a new audit, in words
    valid_months: int = 6  # a report under this policy expires after so many months
    minimum_group: int = Field(default=20, ge=1)  # denominators below it are not estimable
    minimum_cell: int = Field(default=5, ge=0)  # shared counts below it are suppressed
    level: float = Field(default=0.95, gt=0.5, lt=1)
    primary_measure: str = ""  # named before training, such as auc
    limits: tuple[Limit, ...] = ()


class Verdict(Record):
    """One limit, the worst finding it was held against, and what follows."""

    limit: Limit
    status: VerdictStatus
    reason: str  # one sentence
    finding: int | None = None  # position in the report's findings; None: the check gave none
    value: float | None = None
    low: float | None = None
    high: float | None = None
    group: Group | None = None
    reference: Group | None = None
    attribute: str = ""
    n: int = 0
    beyond: bool | None = None  # not shown: does the point lie on the forbidden side?
    detectable: float | None = None
    rows_to_settle: int | None = None
