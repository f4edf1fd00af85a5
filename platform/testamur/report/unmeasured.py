"""What could not be measured: never hidden, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.finding import CheckStatus
from testamur.contracts.report import Report
from testamur.report.names import Names, check_anchor

_OPEN = (CheckStatus.FAILED, CheckStatus.NOT_RUN, CheckStatus.NOT_ESTIMABLE)
LONGEST_LIST = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is not known.

    Attributes:
        what: The question or measure.
        whom: The groups or columns it is not known for; empty for all.
        reason: Why.
        status: Status in words.
        target: Anchor of the check.
    """

    what: str
    whom: str
    reason: str
    status: str
    target: str


def list_gaps(report: Report, names: Names) -> tuple[Gap, ...]:
    """Failed checks first, then those not run, then what these rows could not give."""
    whole = [
        Gap(entry.question, "", entry.reason, entry.status.value, check_anchor(entry.check))
        for status in _OPEN
        for entry in report.coverage
        if entry.status is status
    ]
    silent = {entry.check for entry in report.coverage if entry.status in _OPEN}
    return (*whole, *_finding_gaps(report, names, silent))


def _finding_gaps(report: Report, names: Names, silent: set[str]) -> list[Gap]:
    """Findings that could not be given, gathered by check, measure and reason."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for finding in report.findings:
        if finding.status is CheckStatus.DONE or finding.check in silent:
            continue
        key = (finding.check, finding.label, finding.reason, finding.status.value)
        found.setdefault(key, []).append(names.about(finding))
    return [
        Gap(label, _enumerate([w for w in dict.fromkeys(whom) if w]), reason, status, check_anchor(check))
        for (check, label, reason, status), whom in found.items()
    ]


def _enumerate(words: list[str]) -> str:
    rest = len(words) - LONGEST_LIST
    shown = "; ".join(words[:LONGEST_LIST])
    return f"{shown}; and {rest} more" if rest > 0 else shown
