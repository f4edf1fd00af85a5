"""The first page: per risk the worst finding, or why there is no verdict on it."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.finding import CheckStatus, Section
from testamur.contracts.report import Report
from testamur.report.decision import DecisionRow
from testamur.report.sections import count_words, section_anchor

RISKS = {
    Section.DATA: "Data",
    Section.PERFORMANCE: "Performance",
    Section.CALIBRATION: "Calibration",
    Section.FAIRNESS: "Groups",
    Section.PRIVACY: "Privacy",
    Section.EXPLANATION: "Explanation",
    Section.ROBUSTNESS: "Robustness",
    Section.ENERGY: "Energy",
    Section.OVERSIGHT: "Oversight",
    Section.PROVENANCE: "Origin",
    Section.SELF_PROOF: "The audit itself",
}


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk on the first page.

    Attributes:
        name: The risk in a word.
        anchor: Its section.
        rows: Limits to be seen at once: the worst one, and every other that is not met.
        rest: Limits that are met, folded.
        words: What is known where no limit concerns it.
    """

    name: str
    anchor: str
    rows: tuple[DecisionRow, ...]
    rest: tuple[DecisionRow, ...]
    words: str

    @property
    def n_rest(self) -> int:
        """How many limits are folded."""
        return len(self.rest)


def make_risks(report: Report, decisions: tuple[DecisionRow, ...]) -> tuple[Risk, ...]:
    """Every section of the ledger as a risk, in the report's order.

    Args:
        report: The report.
        decisions: Its limits, the worst first.
    """
    section_of = {entry.check: entry.section for entry in report.coverage}
    found = []
    for section in Section:
        entries = [entry for entry in report.coverage if entry.section is section]
        own = tuple(row for row in decisions if section_of.get(row.check) is section)
        if not entries:
            continue
        seen = tuple(row for i, row in enumerate(own) if i == 0 or row.mark != "met")
        applying = [entry for entry in entries if entry.status is not CheckStatus.NOT_APPLICABLE]
        words = f"no limit of the policy; {count_words(applying)}" if applying else "no check applies"
        found.append(
            Risk(
                name=RISKS[section],
                anchor=section_anchor(section),
                rows=seen,
                rest=tuple(row for row in own if row not in seen),
                words="" if own else words,
            )
        )
    return (*found, *_strays(decisions, section_of))


def _strays(decisions: tuple[DecisionRow, ...], section_of: dict[str, Section]) -> tuple[Risk, ...]:
    """Limits on checks that the ledger does not know: they must not vanish."""
    rows = tuple(row for row in decisions if row.check not in section_of)
    return (Risk("Not in the ledger", "coverage", rows, (), ""),) if rows else ()
