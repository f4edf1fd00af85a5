"""One check as the page shows it: its findings, its source, or one line where it does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from testamur.contracts.finding import CheckStatus, CoverageEntry, Evidence, Finding
from testamur.contracts.report import Report
from testamur.report.names import Names, check_anchor, evidence_anchor, evidence_name, finding_anchor
from testamur.report.numbers import NO_NUMBER, format_count, format_value

MOST_ROWS = 150
"""Findings of one check that the page shows; a verdict's finding is always among them."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in words; `evidence` is the anchor of the file that it rests on, or empty."""

    anchor: str
    measure: str
    about: str
    value: str
    n: str
    status: str
    done: bool
    remarks: tuple[str, ...]
    evidence: str


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
    n_rows: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class QuietLine:
    """Checks without findings that share a reason: one line for all of them.

    Attributes:
        status: What became of them.
        reason: Why.
        checks: Anchor, title and question of each.
    """

    status: str
    reason: str
    checks: tuple[tuple[str, str, str], ...]


def is_quiet(entry: CoverageEntry) -> bool:
    """True for a check that has nothing of its own to say: not applicable."""
    return entry.status is CheckStatus.NOT_APPLICABLE


def gather_quiet(entries: Sequence[CoverageEntry], report: Report) -> tuple[QuietLine, ...]:
    """The quiet checks among `entries`, one line per status and reason."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for entry in entries:
        if is_quiet(entry):
            title = str(_described(entry, report).get("title", entry.check))
            found.setdefault((entry.status.value, entry.reason), []).append(
                (check_anchor(entry.check), title, entry.question)
            )
    return tuple(QuietLine(status, reason, tuple(checks)) for (status, reason), checks in found.items())


def view_check(entry: CoverageEntry, report: Report, names: Names) -> CheckView:
    """Everything the page tells of one check."""
    described = _described(entry, report)
    numbered = [(i, f) for i, f in enumerate(report.findings) if f.check == entry.check]
    findings = [finding for _, finding in numbered]
    judged = {v.finding for v in report.verdicts}
    shown = [pair for k, pair in enumerate(numbered) if k < MOST_ROWS or pair[0] in judged]
    known = {evidence_name(e.name): e for e in report.evidence}
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
        rows=tuple(_finding(i, finding, names, known) for i, finding in shown),
        n_rows=len(numbered),
        sources=_sources(findings, known),
    )


def _described(entry: CoverageEntry, report: Report) -> dict[str, Any]:
    return next((c for c in report.checks if c["key"] == entry.check), {})


def _rows(finding: Finding) -> str:
    """Rows, and in brackets the entities that they come from where rows share them."""
    if not finding.n:
        return NO_NUMBER
    people = f" ({format_count(finding.n_entities)} entities)" if finding.n_entities else ""
    return f"{format_count(finding.n)}{people}"


def _finding(position: int, finding: Finding, names: Names, known: dict[str, Evidence]) -> FindingRow:
    done = finding.status is CheckStatus.DONE
    name = evidence_name(finding.evidence) if finding.evidence else ""
    return FindingRow(
        anchor=finding_anchor(position),
        measure=finding.label,
        about=names.about(finding) or "all rows",
        value=names.interval(finding) if done else NO_NUMBER,
        n=_rows(finding),
        status=finding.status.value,
        done=done,
        remarks=_remarks(finding),
        evidence=evidence_anchor(name) if name in known else "",
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


def _sources(findings: Sequence[Finding], known: dict[str, Evidence]) -> tuple[Source, ...]:
    used = dict.fromkeys(evidence_name(f.evidence) for f in findings if f.evidence)
    return tuple(
        Source(known[name].name, evidence_anchor(name), known[name].sha256) for name in used if name in known
    )
