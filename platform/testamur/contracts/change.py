"""How one report differs from an earlier one: facts, verdicts, coverage, and findings with a test."""

from __future__ import annotations

from enum import StrEnum

from testamur.contracts.finding import CheckStatus, Group, Unit
from testamur.contracts.policy import Severity, VerdictStatus
from testamur.contracts.record import Key, Record, Slug


class ChangeKind(StrEnum):
    """What can be said of a finding that is in one of two reports or in both."""

    CHANGED = "changed"  # by more than two samples like these differ by chance, jointly with its family
    NOT_SHOWN = "no change shown"  # it may have changed all the same
    DIFFERS = "differs"  # counted or rounded values that are not alike; nothing to be tested
    SAME = "same"  # the same value
    NOT_TESTED = "not tested"  # without an interval, or with intervals that cannot be compared
    APPEARED = "only in the new report"
    GONE = "only in the old report"


class FindingChange(Record):
    """One finding in an old and in a new report."""

    check: Key
    measure: Slug
    label: str
    unit: Unit
    attribute: str = ""
    group: Group | None = None
    reference: Group | None = None
    subject: str = ""
    old: float | None = None
    new: float | None = None
    n_old: int = 0
    n_new: int = 0
    difference: float | None = None  # new minus old
    low: float | None = None  # of the difference, by itself; `kind` is corrected for the whole family
    high: float | None = None
    p_value: float | None = None  # Holm's, within its family
    kind: ChangeKind
    method: str = ""
    reason: str = ""  # where it is not tested
    limited: bool = False  # a limit of one of the policies rests on it


class FactChange(Record):
    """Something that both reports state, and state differently."""

    what: str  # "data, SHA-256"
    old: str
    new: str


class VerdictChange(Record):
    """One limit in an old and in a new report; None: the policy of that report does not have it."""

    limit: Slug
    title: str
    severity: Severity
    old: VerdictStatus | None
    new: VerdictStatus | None
    demand: str = ""  # how the limit itself changed, or empty


class CoverageChange(Record):
    """One planned check in an old and in a new report; None: it was not planned there."""

    check: Key
    question: str
    old: CheckStatus | None
    new: CheckStatus | None
    reason: str = ""  # of the new one


class Change(Record):
    """Everything in which a new report differs from an old one."""

    old_report: str
    new_report: str
    old_manifest_sha256: str = ""  # of the earlier dossier, where it was at hand
    old_decision: str = ""  # what persons signed on the earlier one, in words
    basis: str  # on what findings are compared: the same test rows, or two samples
    level: float = 0.95
    facts: tuple[FactChange, ...] = ()
    verdicts: tuple[VerdictChange, ...] = ()
    coverage: tuple[CoverageChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    n_tested: int = 0
    n_changed: int = 0
