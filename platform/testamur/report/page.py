"""Everything the template of the audit report sees, gathered in one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testamur.contracts.dataset import Role
from testamur.contracts.policy import VerdictStatus
from testamur.contracts.report import ColumnCard, Report
from testamur.report.change_words import ChangeRow, change_rows, change_sentence
from testamur.report.charts.figure import Figure
from testamur.report.crosswalk import CrosswalkSheet, make_crosswalk
from testamur.report.decision import MARKS, DecisionRow, make_decision_rows
from testamur.report.glossary import TERMS
from testamur.report.headline import count_coverage, ranking_words, release_words, standing_words
from testamur.report.learning_figure import learning_lines
from testamur.report.ledger import Ledger, make_ledger
from testamur.report.names import Names, evidence_anchor, evidence_name
from testamur.report.numbers import NO_NUMBER, format_bytes, format_count
from testamur.report.proof import ProofView, view_proof
from testamur.report.risks import Risk, make_risks
from testamur.report.sections import SectionView, make_sections
from testamur.report.unmeasured import Gap, list_gaps

NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One evidence file in the list of evidence."""

    anchor: str
    name: str
    sha256: str
    size: str
    description: str
    restricted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The audit report, ready to be drawn.

    Attributes:
        counts: (mark, words, count) of the verdicts: breached, not shown, met.
        coverage_counts: (status, count) of the checks.
        purpose: (label, text) of the officer's part; blanks read "not stated".
        columns: (card, missing in words) per column.
    """

    report: Report
    names: Names
    release: str
    standing: str
    ranking: str
    proof: ProofView | None
    counts: tuple[tuple[str, str, int], ...]
    coverage_counts: tuple[tuple[str, int], ...]
    decisions: tuple[DecisionRow, ...]
    risks: tuple[Risk, ...]
    gaps: tuple[Gap, ...]
    ledger: Ledger
    sections: tuple[SectionView, ...]
    purpose: tuple[tuple[str, str], ...]
    columns: tuple[tuple[ColumnCard, str], ...]
    learning: Figure | None
    evidence: tuple[EvidenceView, ...]
    terms: tuple[tuple[str, str], ...]
    change_words: str
    crosswalk: tuple[CrosswalkSheet, ...]
    changes: tuple[ChangeRow, ...]


def make_page(report: Report, evidence: Mapping[str, Any]) -> Page:
    """Work out every sentence, number and picture of the report.

    Args:
        report: The report as data.
        evidence: Parsed JSON by file name, with or without its folder.
    """
    names = Names(report)
    decisions = make_decision_rows(report, names)
    by_name = {evidence_name(name): tree for name, tree in evidence.items()}
    return Page(
        report=report,
        names=names,
        release=release_words(report),
        standing=standing_words(report.verdicts),
        ranking=ranking_words(report, names),
        proof=view_proof(report),
        counts=_counts(report),
        coverage_counts=count_coverage(report),
        decisions=decisions,
        risks=make_risks(report, decisions),
        gaps=list_gaps(report, names),
        ledger=make_ledger(report),
        sections=make_sections(report, by_name, names),
        purpose=_purpose(report),
        columns=tuple((card, _missing_words(card, report)) for card in report.data.columns),
        learning=learning_lines(report.training) if report.training else None,
        evidence=_evidence(report),
        terms=TERMS,
        crosswalk=make_crosswalk(report),
        change_words=change_sentence(report.change) if report.change else "",
        changes=change_rows(report.change, names) if report.change else (),
    )


def _counts(report: Report) -> tuple[tuple[str, str, int], ...]:
    order = (VerdictStatus.BREACHED, VerdictStatus.NOT_SHOWN, VerdictStatus.MET)
    return tuple(
        (MARKS[status], status.value, sum(v.status is status for v in report.verdicts)) for status in order
    )


def _purpose(report: Report) -> tuple[tuple[str, str], ...]:
    given = report.purpose
    fields = (
        ("Intended use", given.intended),
        ("Excluded uses", given.excluded),
        ("Legal basis", given.legal_basis),
        ("Controller", given.controller),
        ("Data subjects", given.data_subjects),
        ("Retention", given.retention),
        ("Reviewers", ", ".join(given.reviewers)),
        ("Who can overrule the model, and how", given.override),
        ("Minutes to review a case", _number(given.minutes_per_case)),
        ("Cases a month", _number(given.cases_per_month)),
        ("Tasks that move, change or end", given.tasks),
        ("Who was consulted", given.consultation),
    )
    return tuple((label, text.strip() or NOT_STATED) for label, text in fields)


def _number(given: float | None) -> str:
    return "" if given is None else f"{given:,g}"


def _missing_words(card: ColumnCard, report: Report) -> str:
    if card.n_missing is not None:
        return format_count(card.n_missing)
    counted = card.role in (Role.FEATURE.value, Role.PROTECTED.value)
    return f"fewer than {report.policy.minimum_cell}" if counted else NO_NUMBER


def _evidence(report: Report) -> tuple[EvidenceView, ...]:
    return tuple(
        EvidenceView(
            anchor=evidence_anchor(item.name),
            name=item.name,
            sha256=item.sha256,
            size=format_bytes(item.n_bytes),
            description=item.description,
            restricted=item.restricted,
        )
        for item in report.evidence
    )
