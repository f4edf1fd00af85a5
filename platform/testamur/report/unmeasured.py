"""What could not be measured: never hidden, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur.report.names import Names, check_anchor

_OPEN = (CheckStatus.FAILED, CheckStatus.NOT_RUN, CheckStatus.NOT_ESTIMABLE)
LONGEST_LIST = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is not known.

    Attributes:
        what: The question, or whom nothing can be said about.
        measures: The measures that are not known for them; empty for a whole question.
        reason: Why.
        status: Status in words.
        target: Anchor of the check.
    """

    what: str
    measures: str
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
    """Findings that could not be given: a line per group or crossing, or per check and reason."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for finding in report.findings:
        if finding.status is not CheckStatus.DONE and finding.check not in silent:
            whom = _whom(finding, names)
            found.setdefault((whom,) if whom else ("", finding.check, finding.reason), []).append(finding)
    return [_gap(whom[0], findings) for whom, findings in found.items()]


def _gap(whom: str, findings: list[Finding]) -> Gap:
    measures = _enumerate([f.label for f in findings if f.label != whom])
    return Gap(
        what=whom or measures,
        measures=measures if whom else "",
        reason=_enumerate([f.reason for f in findings if f.reason], most=2),
        status=_enumerate([f.status.value for f in findings]),
        target=check_anchor(findings[0].check),
    )


def _whom(finding: Finding, names: Names) -> str:
    """The group a finding is about, groups of several attributes taken together; empty for all rows."""
    if "*" in finding.attribute:
        return f"{names.attribute(finding.attribute)}: small groups among them"
    if finding.group is not None:
        return names.group(finding.group)
    return names.about(finding)


def _enumerate(words: list[str], *, most: int = LONGEST_LIST) -> str:
    """Different words, in order, the last of many counted only."""
    different = list(dict.fromkeys(words))
    rest = len(different) - most
    shown = "; ".join(different[:most])
    return f"{shown}; and {rest} more" if rest > 0 else shown
