"""What the first page says of the audit's trial on itself."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.report import Report
from testamur.report.names import Names, check_anchor

PLANTED, PLACEBO = "core.self_proof.planted", "core.self_proof.placebo"
_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class ProofView:
    """The trial in words.

    Attributes:
        words: What was found and what was not.
        warning: What follows where the audit failed its own trial; empty where it did not.
        target: Anchor of the check to read on.
    """

    words: str
    warning: str
    target: str


def view_proof(report: Report) -> ProofView | None:
    """How the audit did on its own planted faults and placebos; None for a report without that trial."""
    entries = {entry.check: entry for entry in report.coverage}
    if PLANTED not in entries:
        return None
    planted, placebo = _whole(report, "planted_found"), _whole(report, "placebo_alarms")
    if planted is None and placebo is None:
        reason = entries[PLANTED].reason or "no reason was given"
        return ProofView("", f"This audit was not tried on itself: {reason}.", check_anchor(PLANTED))
    words = [f"{_of(planted)} planted faults were found" if planted else ""]
    words.append(f"{_of(placebo)} placebos raised an alarm" if placebo else "")
    warning = _warning(report, placebo)
    return ProofView(
        f"This audit was tried on itself: {' and '.join(word for word in words if word)}.",
        warning,
        check_anchor(PLACEBO if warning and not _lost(report) else PLANTED),
    )


def proof_words(report: Report, _names: Names) -> str:
    """The sentence that the section opens with."""
    view = view_proof(report)
    return "" if view is None else " ".join(text for text in (view.words, view.warning) if text)


def _warning(report: Report, placebo: Finding | None) -> str:
    lost, parts = _lost(report), []
    if lost:
        parts.append(f"It did not find: {'; '.join(lost)}. That it found nothing of that kind says little")
    if placebo is not None and placebo.p_value is not None and placebo.p_value < _CHANCE:
        parts.append("It raises more alarms where nothing is than chance explains")
    return ". ".join(parts) + "." if parts else ""


def _lost(report: Report) -> list[str]:
    return [
        f.subject
        for f in report.findings
        if (f.check, f.measure) == (PLANTED, "fault_found") and f.status is CheckStatus.DONE and f.value == 0
    ]


def _whole(report: Report, measure: str) -> Finding | None:
    return next(
        (f for f in report.findings if f.measure == measure and f.status is CheckStatus.DONE and f.n), None
    )


def _of(finding: Finding) -> str:
    return f"{round((finding.value or 0.0) * finding.n)} of {finding.n}"
