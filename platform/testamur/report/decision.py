"""The decision view: every limit with the finding it was held against."""

from __future__ import annotations

import re
from dataclasses import dataclass

from testamur.contracts.finding import Finding, Unit
from testamur.contracts.policy import Severity, Verdict, VerdictStatus
from testamur.contracts.report import Report
from testamur.report.charts.interval_bar import IntervalBar, draw_interval_bar
from testamur.report.names import Names, check_anchor, finding_anchor
from testamur.report.numbers import (
    MINUS,
    digits_for,
    format_count,
    format_ends,
    format_limit,
    format_value,
)

MARKS = {VerdictStatus.MET: "met", VerdictStatus.BREACHED: "breached", VerdictStatus.NOT_SHOWN: "open"}
_INTERVAL = re.compile(r"\binterval \([^()]* to [^()]*\)")
_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")
_ORDER = {VerdictStatus.BREACHED: 0, VerdictStatus.NOT_SHOWN: 1, VerdictStatus.MET: 2}

# Slugs that would tell a reader nothing where their check was not run.
_UNMEASURED = {"released_rmia_tpr_1": "members that RMIA finds at 1 % false alarms, audited model"}


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One limit in words and as a bar.

    Attributes:
        anchor: Identifier of the row.
        target: Anchor of the finding, or of the check where it gave none.
        check: Key of the check.
        value: The value, or a dash.
        ends: Its interval in words, or what stands in its place.
        limit: The limit in words.
        about: Whom it is about, or empty.
        basis: On how many it rests.
        power: Smallest gap this sample could show, rows that would settle it; may be empty.
    """

    anchor: str
    target: str
    check: str
    title: str
    question: str
    must: bool
    measure: str
    value: str
    ends: str
    limit: str
    about: str
    basis: str
    power: str
    status: str
    mark: str
    reason: str
    rationale: str
    reference: str
    bar: IntervalBar


def make_decision_rows(report: Report, names: Names) -> tuple[DecisionRow, ...]:
    """All limits: breached ones first, then not shown, then met; ``must`` before ``should``."""
    ordered = sorted(report.verdicts, key=lambda v: (_ORDER[v.status], v.limit.severity is not Severity.MUST))
    return tuple(_row(verdict, report, names) for verdict in ordered)


def _row(verdict: Verdict, report: Report, names: Names) -> DecisionRow:
    limit = verdict.limit
    finding = None if verdict.finding is None else report.findings[verdict.finding]
    unit = Unit.NUMBER if finding is None else finding.unit
    step = 0.0 if finding is None else finding.step
    digits = digits_for(verdict.value, verdict.low, verdict.high, unit, step)
    value = format_value(verdict.value, unit, digits=digits, unit_words=names.target_unit)
    ends = _ends(verdict, finding, unit, digits)
    bound = format_limit(limit.direction.value, limit.value, unit, unit_words=names.target_unit)
    return DecisionRow(
        anchor=f"limit-{limit.id}",
        target=check_anchor(limit.check) if verdict.finding is None else finding_anchor(verdict.finding),
        check=limit.check,
        title=limit.title,
        question=limit.question,
        must=limit.severity is Severity.MUST,
        measure=finding.label if finding is not None else _words_of(limit.measure),
        value=value,
        ends=ends,
        limit=bound,
        about=_about(verdict, names),
        basis=f"n {format_count(verdict.n)}" if verdict.n else "",
        power=_power(verdict, unit),
        status=verdict.status.value,
        mark=MARKS[verdict.status],
        reason=_reason(verdict.reason),
        rationale=limit.rationale,
        reference=limit.reference,
        bar=draw_interval_bar(
            verdict.value,
            verdict.low,
            verdict.high,
            limit=limit.value,
            direction=limit.direction,
            mark=MARKS[verdict.status],
            title=f"{limit.title}: {value}, {ends}; limit {bound}; {verdict.status.value}",
        ),
    )


def _words_of(measure: str) -> str:
    """What was to be measured where no finding says it."""
    return _UNMEASURED.get(measure, measure.replace("_", " "))


def _reason(words: str) -> str:
    """Why, without the interval, which stands beside it with its own digits; with a true minus sign."""
    return _HYPHEN.sub(MINUS, _INTERVAL.sub("interval", words))


def _ends(verdict: Verdict, finding: Finding | None, unit: Unit, digits: int) -> str:
    if verdict.value is None:
        return "not measured"
    if finding is not None and finding.exact:
        return "counted, no interval"
    return format_ends(verdict.low, verdict.high, unit, digits=digits) or "no interval"


def _about(verdict: Verdict, names: Names) -> str:
    if verdict.group is not None:
        against = "" if verdict.reference is None else f", against {verdict.reference}"
        return names.group(verdict.group) + against
    return names.attribute(verdict.attribute) if verdict.attribute else ""


def _power(verdict: Verdict, unit: Unit) -> str:
    parts = []
    if verdict.detectable is not None:
        parts.append(f"smallest gap this sample could show: {format_value(verdict.detectable, unit)}")
    if verdict.rows_to_settle is not None and verdict.status is VerdictStatus.NOT_SHOWN:
        parts.append(f"about {format_count(verdict.rows_to_settle)} rows would settle it")
    return "; ".join(parts)
