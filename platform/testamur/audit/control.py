"""A control: a copy of what is audited, with a planted fault or with nothing to find, and who must tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from testamur.audit.past_shape import Shape
from testamur.audit.run import run_check
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec
from testamur.contracts.finding import CheckStatus, Finding

Alter = Callable[[AuditInput, np.random.Generator], AuditInput]
Alarm = Callable[[CheckOutcome], Finding | None]

_APART = (CheckStatus.NOT_APPLICABLE, CheckStatus.NOT_RUN)


@dataclass(frozen=True, slots=True)
class Control:
    """One trial of one check.

    Attributes:
        name: Slug.
        title: What is planted, or that nothing is, in words.
        check: The check that is tried, as it runs in the audit itself.
        alter: Makes the copy; raises `Skip` where the control does not apply.
        alarm: The finding that tells of a fault, or None where the check tells of none.
        rule: When it counts as an alarm, in words.
        repeats: Copies in the full trial; a quick one makes a fifth.
        only: What rows must look back on; None: anything.
    """

    name: str
    title: str
    check: CheckSpec
    alter: Alter
    alarm: Alarm
    rule: str
    repeats: int = 1
    only: Shape | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a control.

    Attributes:
        control: Which.
        n: Copies made; 0 where the control does not apply.
        alarms: Copies on which the check told of a fault.
        seen: The finding that told of it first, or None.
        status: Of the trial.
        reason: Why it was not done, or why nothing was told.
    """

    control: Control
    n: int = 0
    alarms: int = 0
    seen: Finding | None = None
    status: CheckStatus = CheckStatus.DONE
    reason: str = ""


def try_control(given: AuditInput, control: Control, rng: np.random.Generator, *, repeats: int) -> Trial:
    """Run the control's check on altered copies.

    A check that fails or cannot estimate anything on the copy has told of nothing; one that does not
    apply, or lacks what it needs, cannot be tried.

    Args:
        given: What is audited; it is not changed.
        control: What is planted, and which check must tell.
        rng: Draws of the copies.
        repeats: Copies to make.
    """
    alarms, seen, reason = 0, None, ""
    for _ in range(repeats):
        try:
            copy = control.alter(given, rng)
        except Skip as skipped:
            return Trial(control, status=skipped.status, reason=skipped.reason)
        entry, outcome = run_check(copy, control.check)
        if entry.status in _APART:
            return Trial(control, status=entry.status, reason=entry.reason)
        told = control.alarm(outcome)
        alarms += told is not None
        seen = seen or told
        reason = reason or entry.reason
    return Trial(control, n=repeats, alarms=alarms, seen=seen, reason=reason)


def find_alarm(
    outcome: CheckOutcome, measure: str, wrong: Callable[[Finding], bool], **about: object
) -> Finding | None:
    """The first finding of `measure` that was measured and is `wrong`.

    Args:
        outcome: What the check found.
        measure: Slug.
        wrong: True for a finding that tells of a fault.
        about: Fields that the finding must carry, such as ``subject``.
    """
    return next(
        (
            finding
            for finding in outcome.findings
            if finding.measure == measure
            and finding.status is CheckStatus.DONE
            and all(getattr(finding, name) == value for name, value in about.items())
            and wrong(finding)
        ),
        None,
    )


def above(limit: float) -> Callable[[Finding], bool]:
    """True where the whole interval lies above `limit`."""
    return lambda finding: finding.low is not None and finding.low > limit


def below(limit: float) -> Callable[[Finding], bool]:
    """True where the whole interval lies below `limit`."""
    return lambda finding: finding.high is not None and finding.high < limit


def apart_from(ideal: float) -> Callable[[Finding], bool]:
    """True where the interval leaves `ideal` out."""
    return lambda f: (f.low is not None and f.low > ideal) or (f.high is not None and f.high < ideal)


def at_least(limit: float) -> Callable[[Finding], bool]:
    """True where the value reaches `limit`."""
    return lambda finding: finding.value is not None and finding.value >= limit
