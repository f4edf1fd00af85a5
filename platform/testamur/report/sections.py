"""The sections of the report: an answer, pictures, and every check with its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testamur.contracts.finding import CheckStatus, CoverageEntry, Section
from testamur.contracts.report import Report
from testamur.report.answers import section_words
from testamur.report.charts.figure import Figure
from testamur.report.check_views import CheckView, QuietLine, gather_quiet, is_quiet, view_check
from testamur.report.figures import AFTER_GROUPS, evidence_figures
from testamur.report.forests import group_forests
from testamur.report.names import Names
from testamur.report.robustness_figures import loss_forests

TITLES = {
    Section.DATA: "Quality of the data",
    Section.PERFORMANCE: "Performance",
    Section.CALIBRATION: "Calibration: do the stated risks mean what they say?",
    Section.FAIRNESS: "Groups: is it as good for everyone?",
    Section.PRIVACY: "Privacy: what does the model give away?",
    Section.EXPLANATION: "Explanation: what does the answer rest on?",
    Section.ROBUSTNESS: "Robustness: does the answer hold?",
    Section.ENERGY: "Energy",
    Section.OVERSIGHT: "Oversight and work",
    Section.PROVENANCE: "Origin",
    Section.SELF_PROOF: "How far this audit can be trusted",
}
MOST_FIGURES = 4
"""Figures of a section that are seen at once; the others are folded."""


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the page.

    Attributes:
        standing: How many of its checks gave findings, and what became of the others.
        figures: Seen at once.
        more_figures: Folded.
        checks: Those that say something of their own.
        quiet: The others, one line per reason.
    """

    anchor: str
    section: Section
    title: str
    answer: str
    standing: str
    figures: tuple[Figure, ...]
    more_figures: tuple[Figure, ...]
    checks: tuple[CheckView, ...]
    quiet: tuple[QuietLine, ...]


def section_anchor(section: Section) -> str:
    """Anchor of a section."""
    return f"section-{section.value}"


def make_sections(report: Report, evidence: Mapping[str, Any], names: Names) -> tuple[SectionView, ...]:
    """Every section that a check of the ledger belongs to, in the report's order."""
    present = {entry.section for entry in report.coverage}
    return tuple(_section(s, report, evidence, names) for s in Section if s in present)


def count_words(entries: Sequence[CoverageEntry]) -> str:
    """What became of some checks: ``6 checks: 4 done, 2 not applicable``."""
    counts = Counter(entry.status for entry in entries)
    parts = ", ".join(f"{counts[status]} {status.value}" for status in CheckStatus if counts[status])
    return f"{len(entries)} check{'' if len(entries) == 1 else 's'}: {parts}"


def _section(section: Section, report: Report, evidence: Mapping[str, Any], names: Names) -> SectionView:
    entries = [entry for entry in report.coverage if entry.section is section]
    keys = {entry.check for entry in entries}
    verdicts = [v for v in report.verdicts if v.limit.check in keys]
    figures = (
        *loss_forests(section, report, names),
        *evidence_figures(section, evidence, names),
        *group_forests(section, report, names),
        *evidence_figures(section, evidence, names, AFTER_GROUPS),
    )
    return SectionView(
        anchor=section_anchor(section),
        section=section,
        title=TITLES[section],
        answer=section_words(section, report, names, verdicts),
        standing=count_words(entries),
        figures=figures[:MOST_FIGURES],
        more_figures=figures[MOST_FIGURES:],
        checks=tuple(view_check(entry, report, names) for entry in entries if not is_quiet(entry)),
        quiet=gather_quiet(entries, report),
    )
