"""The sections of the report: an answer, pictures, and every finding with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding, Section
from testamur.contracts.report import Report
from testamur.report.curves import Figure, evidence_figures
from testamur.report.forests import group_forests
from testamur.report.headline import section_words
from testamur.report.names import Names, check_anchor, evidence_anchor, evidence_name, finding_anchor
from testamur.report.numbers import NO_NUMBER, format_count, format_value

TITLES = {
    Section.DATA: "Quality of the data",
    Section.PERFORMANCE: "Performance",
    Section.CALIBRATION: "Calibration: do the stated risks mean what they say?",
    Section.FAIRNESS: "Groups: is it as good for everyone?",
    Section.PRIVACY: "Privacy",
    Section.EXPLANATION: "Explanation",
    Section.ROBUSTNESS: "Robustness",
    Section.ENERGY: "Energy",
    Section.OVERSIGHT: "Oversight",
    Section.PROVENANCE: "Origin",
    Section.SELF_PROOF: "How far this audit can be trusted",
}

MOST_ROWS = 150
"""Findings of one check that the page shows; a verdict's finding is always among them."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in words."""

    anchor: str
    measure: str
    about: str
    value: str
    n: str
    status: str
    done: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """An evidence file as a check points to it."""

    name: str
    anchor: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check with its findings."""

    anchor: str
    key: str
    title: str
    question: str
    formula: str
    citation: str
    status: str
    done: bool
    reason: str
    seconds: float
    seeds: str
    methods: str
    rows: tuple[FindingRow, ...]
    n_more: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the page."""

    anchor: str
    section: Section
    title: str
    answer: str
    figures: tuple[Figure, ...]
    checks: tuple[CheckView, ...]


def make_sections(report: Report, evidence: Mapping[str, Any], names: Names) -> tuple[SectionView, ...]:
    """Every section that a check of the ledger belongs to, in the report's order."""
    present = {entry.section for entry in report.coverage}
    return tuple(_section(s, report, evidence, names) for s in Section if s in present)


def _section(section: Section, report: Report, evidence: Mapping[str, Any], names: Names) -> SectionView:
    entries = [entry for entry in report.coverage if entry.section is section]
    keys = {entry.check for entry in entries}
    verdicts = [v for v in report.verdicts if v.limit.check in keys]
    return SectionView(
        anchor=f"section-{section.value}",
        section=section,
        title=TITLES[section],
        answer=section_words(section, report, names, verdicts),
        figures=(*evidence_figures(section, evidence, names), *group_forests(section, report, names)),
        checks=tuple(_check(entry, report, names) for entry in entries),
    )


def _check(entry: CoverageEntry, report: Report, names: Names) -> CheckView:
    described: dict[str, Any] = next((c for c in report.checks if c["key"] == entry.check), {})
    numbered = [(i, f) for i, f in enumerate(report.findings) if f.check == entry.check]
    findings = [finding for _, finding in numbered]
    judged = {v.finding for v in report.verdicts}
    shown = [pair for k, pair in enumerate(numbered) if k < MOST_ROWS or pair[0] in judged]
    seeds = sorted({f.seed for f in findings if f.seed is not None})
    return CheckView(
        anchor=check_anchor(entry.check),
        key=entry.check,
        title=str(described.get("title", entry.check)),
        question=entry.question,
        formula=str(described.get("formula", "")),
        citation=str(described.get("citation", "")),
        status=entry.status.value,
        done=entry.status is CheckStatus.DONE,
        reason=entry.reason,
        seconds=entry.seconds,
        seeds=", ".join(str(seed) for seed in seeds) or "none used",
        methods="; ".join(dict.fromkeys(f.method for f in findings if f.method)),
        rows=tuple(_finding(i, finding, names) for i, finding in shown),
        n_more=len(numbered) - len(shown),
        sources=_sources(findings, report),
    )


def _finding(position: int, finding: Finding, names: Names) -> FindingRow:
    done = finding.status is CheckStatus.DONE
    return FindingRow(
        anchor=finding_anchor(position),
        measure=finding.label,
        about=names.about(finding) or "all rows",
        value=names.interval(finding) if done else NO_NUMBER,
        n=format_count(finding.n) if finding.n else NO_NUMBER,
        status=finding.status.value,
        done=done,
        remarks=_remarks(finding),
    )


def _remarks(finding: Finding) -> tuple[str, ...]:
    cells = ", ".join(f"{name} {format_count(count)}" for name, count in finding.cells.items())
    p_value = finding.p_value
    return tuple(
        text
        for text in (
            finding.reason,
            "counted, no interval" if finding.exact else "",
            ""
            if finding.detectable is None
            else f"could show {format_value(finding.detectable, finding.unit)}",
            "" if p_value is None else "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}",
            cells,
            finding.note,
        )
        if text
    )


def _sources(findings: Sequence[Finding], report: Report) -> tuple[Source, ...]:
    known = {evidence_name(e.name): e for e in report.evidence}
    used = dict.fromkeys(evidence_name(f.evidence) for f in findings if f.evidence)
    return tuple(
        Source(known[name].name, evidence_anchor(name), known[name].sha256) for name in used if name in known
    )
