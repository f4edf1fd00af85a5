"""What a report comes down to, as plain records: the headline, the verdicts, what could not be measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testamur.contracts.finding import CheckStatus, Unit
from testamur.contracts.policy import Severity, Verdict, VerdictStatus

if TYPE_CHECKING:
    from testamur.contracts.report import Report

_ORDER = (VerdictStatus.BREACHED, VerdictStatus.NOT_SHOWN, VerdictStatus.MET)


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict, in words.

    Attributes:
        status: met, breached or not shown.
        severity: must or should.
        question: What the limit asks.
        about: Group and what it is compared with, or empty.
        value: Value with its interval, or a dash.
        limit: The allowed side.
        n: Rows it rests on.
        reason: One sentence.
    """

    status: VerdictStatus
    severity: Severity
    question: str
    about: str
    value: str
    limit: str
    n: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Checks that gave no number, with one reason they share.

    Attributes:
        status: not applicable, not estimable, failed or not run.
        reason: Why.
        checks: Their keys.
    """

    status: CheckStatus
    reason: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a report comes down to.

    Attributes:
        cleared: No ``must`` limit stands in the way of release.
        headline: One plain sentence.
        examined: What was examined, by which policy.
        verdicts: The worst first.
        unmeasured: Checks without a number, the most frequent reason first.
        n_checks: Planned checks.
        n_done: Checks that gave a number.
        n_not_estimable: Findings that rest on too few rows.
    """

    cleared: bool
    headline: str
    examined: str
    verdicts: tuple[VerdictLine, ...]
    unmeasured: tuple[Unmeasured, ...]
    n_checks: int
    n_done: int
    n_not_estimable: int


def view_report(report: Report) -> DecisionView:
    """Bring a report to its decision view."""
    ranked = sorted(report.verdicts, key=_rank)
    done = [entry for entry in report.coverage if entry.status is CheckStatus.DONE]
    return DecisionView(
        cleared=report.cleared,
        headline=_headline(report),
        examined=_examined(report),
        verdicts=tuple(_line(verdict, report) for verdict in ranked),
        unmeasured=_unmeasured(report),
        n_checks=len(report.coverage),
        n_done=len(done),
        n_not_estimable=sum(entry.n_not_estimable for entry in report.coverage),
    )


def _rank(verdict: Verdict) -> tuple[int, int]:
    return _ORDER.index(verdict.status), int(verdict.limit.severity is not Severity.MUST)


def _headline(report: Report) -> str:
    must = [verdict for verdict in report.verdicts if verdict.limit.severity is Severity.MUST]
    should = [verdict for verdict in report.verdicts if verdict.limit.severity is Severity.SHOULD]
    if not report.verdicts:
        return "The policy sets no limit, so nothing was judged."
    words = f"{_tally(must)} of the limits that must hold"
    if should:
        words += f"; {_tally(should)} of those that should"
    return ("Cleared: " if report.cleared else "Not cleared: ") + words + "."


def _tally(verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.status for verdict in verdicts)
    parts = [f"{counts[status]} {status.value}" for status in _ORDER if counts[status]]
    return ", ".join(parts) if parts else "none"


def _examined(report: Report) -> str:
    data = report.data
    return (
        f"{report.model_title} on {data.title}: {data.n_test:,} test rows of {data.subjects} "
        f"({data.n_train:,} to train, {data.n_validation:,} to validate); policy {report.policy.key} "
        f"{report.policy.version}, set by {report.policy.owner}"
    )


def _line(verdict: Verdict, report: Report) -> VerdictLine:
    from testamur.report.numbers import format_interval, format_limit

    unit = report.findings[verdict.finding].unit if verdict.finding is not None else Unit.NUMBER
    limit = verdict.limit
    return VerdictLine(
        status=verdict.status,
        severity=limit.severity,
        question=limit.question,
        about=_about(verdict),
        value=format_interval(verdict.value, verdict.low, verdict.high, unit),
        limit=format_limit(limit.direction.value, limit.value, unit),
        n=verdict.n,
        reason=verdict.reason,
    )


def _about(verdict: Verdict) -> str:
    if verdict.group is None:
        return verdict.attribute
    against = f" against {verdict.reference}" if verdict.reference else ""
    return f"{verdict.group}{against}"


def _unmeasured(report: Report) -> tuple[Unmeasured, ...]:
    groups: dict[tuple[CheckStatus, str], list[str]] = {}
    for entry in report.coverage:
        if entry.status is not CheckStatus.DONE:
            groups.setdefault((entry.status, entry.reason), []).append(entry.check)
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    return tuple(Unmeasured(status, reason, tuple(checks)) for (status, reason), checks in ranked)
