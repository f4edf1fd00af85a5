"""The coverage ledger as a compact table: what gave findings line by line, the rest by reason."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.finding import CheckStatus, CoverageEntry
from testamur.contracts.report import Report
from testamur.report.check_views import is_quiet
from testamur.report.names import check_anchor


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One check, or several with the same reason.

    Attributes:
        checks: Anchor and key of each.
        section: Section, or sections.
        status: What became of them.
        reason: Why, or empty.
        n_findings: Findings, where there is one check.
        n_not_estimable: Of them not estimable.
    """

    checks: tuple[tuple[str, str], ...]
    section: str
    status: str
    reason: str
    n_findings: int = 0
    n_not_estimable: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every planned check once."""

    lines: tuple[LedgerLine, ...]
    n_checks: int


def make_ledger(report: Report) -> Ledger:
    """The ledger: quiet checks last, gathered by status and reason."""
    loud = [_line([entry]) for entry in report.coverage if not is_quiet(entry)]
    quiet: dict[tuple[CheckStatus, str], list[CoverageEntry]] = {}
    for entry in report.coverage:
        if is_quiet(entry):
            quiet.setdefault((entry.status, entry.reason), []).append(entry)
    return Ledger((*loud, *(_line(entries) for entries in quiet.values())), len(report.coverage))


def _line(entries: list[CoverageEntry]) -> LedgerLine:
    return LedgerLine(
        checks=tuple((check_anchor(entry.check), entry.check) for entry in entries),
        section=", ".join(dict.fromkeys(entry.section.value for entry in entries)),
        status=entries[0].status.value,
        reason=entries[0].reason,
        n_findings=sum(entry.n_findings for entry in entries),
        n_not_estimable=sum(entry.n_not_estimable for entry in entries),
    )
