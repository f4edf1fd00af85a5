"""Changes between two reports in words: for the page and for terminals."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.change import Change, ChangeKind, FindingChange
from testamur.contracts.finding import Unit
from testamur.report.names import Names
from testamur.report.numbers import NO_NUMBER, digits_for, format_count, format_ends, format_value

_ORDER = (
    ChangeKind.CHANGED,
    ChangeKind.DIFFERS,
    ChangeKind.NOT_SHOWN,
    ChangeKind.NOT_TESTED,
    ChangeKind.APPEARED,
    ChangeKind.GONE,
    ChangeKind.SAME,
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One finding of two reports in words."""

    measure: str
    about: str
    old: str
    new: str
    difference: str
    kind: str
    changed: bool
    note: str


def change_sentence(change: Change) -> str:
    """What a comparison comes to, in a sentence."""
    verdicts = sum(v.old is not v.new for v in change.verdicts)
    return (
        f"Of {format_count(change.n_tested)} findings that can be tested, {format_count(change.n_changed)} "
        f"changed by more than chance (Holm, level {change.level:g} within those under limits and within the "
        f"others); different: verdicts {format_count(verdicts)}, stated facts "
        f"{format_count(len(change.facts))}, entries of the ledger {format_count(len(change.coverage))}. "
        f"Compared on {change.basis}."
    )


def change_rows(change: Change, names: Names, *, every: bool = False) -> tuple[ChangeRow, ...]:
    """Findings that changed and those under limits, the changed ones first; all of them when `every`."""
    shown = [
        c for c in change.findings
        if every or c.limited or c.kind in (ChangeKind.CHANGED, ChangeKind.DIFFERS)
    ]  # fmt: skip
    shown.sort(key=lambda c: (_ORDER.index(c.kind), not c.limited))
    return tuple(_row(c, names) for c in shown)


def _row(c: FindingChange, names: Names) -> ChangeRow:
    digits = digits_for(c.difference, c.low, c.high, c.unit)
    return ChangeRow(
        measure=c.label,
        about=_about(c, names),
        old=format_value(c.old, c.unit, unit_words=names.target_unit),
        new=format_value(c.new, c.unit, unit_words=names.target_unit),
        difference=_difference(c, digits, names),
        kind=c.kind.value,
        changed=c.kind is ChangeKind.CHANGED,
        note="; ".join(filter(None, (_p_words(c), c.reason or c.method))),
    )


def _about(c: FindingChange, names: Names) -> str:
    if c.group is not None:
        against = "" if c.reference is None else f", against {c.reference}"
        return names.group(c.group) + against
    if c.attribute:
        return names.attribute(c.attribute)
    return names.column(c.subject) if c.subject else "all rows"


def _difference(c: FindingChange, digits: int, names: Names) -> str:
    if c.difference is None:
        return NO_NUMBER
    unit = Unit.POINTS if c.unit is Unit.SHARE else c.unit
    point = format_value(c.difference, unit, digits=digits, unit_words=names.target_unit)
    ends = format_ends(c.low, c.high, unit, digits=digits)
    return f"{point} ({ends})" if ends else point


def _p_words(c: FindingChange) -> str:
    if c.p_value is None:
        return ""
    return "joint p < 0.001" if c.p_value < 0.001 else f"joint p = {c.p_value:.3f}"
