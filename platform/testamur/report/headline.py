"""The first sentences of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.policy import Severity, Verdict, VerdictStatus
from testamur.contracts.report import Report
from testamur.report.names import Names
from testamur.report.numbers import format_count
from testamur.report.series import name_series

_STANDINGS = (
    (VerdictStatus.BREACHED, "is breached", "are breached"),
    (VerdictStatus.NOT_SHOWN, "is not shown", "are not shown"),
    (VerdictStatus.MET, "is met", "are met"),
)
_OTHER_MEASURES = (
    "mase",
    "ndcg_10",
    "rmse",
    "macro_auc",
    "accuracy",
)  # where the primary one was not measured
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def spell(count: int) -> str:
    """A small count as a capitalised word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else format_count(count)


def release_words(report: Report) -> str:
    """Whether the policy stands in the way of release."""
    if not report.verdicts:
        return "The policy sets no limit that applies here: nothing was decided."
    if report.cleared:
        return "Every binding limit is met."
    blocking = sum(
        v.limit.severity is Severity.MUST and v.status is not VerdictStatus.MET for v in report.verdicts
    )
    noun = "binding limit stands" if blocking == 1 else "binding limits stand"
    return f"Not cleared for release: {spell(blocking).lower()} {noun} in the way."


def standing_words(verdicts: Sequence[Verdict]) -> str:
    """How many limits are breached (with their names), not shown, met."""
    parts = []
    for status, one, many in _STANDINGS:
        held = [v.limit.title for v in verdicts if v.status is status]
        if held:
            named = f" ({'; '.join(held)})" if status is not VerdictStatus.MET and len(held) <= 3 else ""
            parts.append(f"{len(held)} {one if len(held) == 1 else many}{named}")
    if not parts:
        return ""
    noun = "limit" if len(verdicts) == 1 else "limits"
    return f"Of {len(verdicts)} {noun}, {', '.join(parts)}."


def count_coverage(report: Report) -> tuple[tuple[str, int], ...]:
    """Checks by what became of them, in the order of `CheckStatus`."""
    counts = Counter(entry.status for entry in report.coverage)
    return tuple((status.value, counts[status]) for status in CheckStatus)


def ranking_words(report: Report, names: Names) -> str:
    """The primary measure beside its baselines, or empty where it was not measured."""
    measure = report.policy.primary_measure or "auc"
    own = find_first(report, measure)
    if own is None:
        measured = (find_first(report, name) for name in _OTHER_MEASURES)
        own = next((finding for finding in measured if finding is not None), None)
    if own is None:
        return ""
    beside = [
        f"{names.value(f)} of {name_series(f.subject)}"
        for f in list_done(report)
        if f.measure == f"baseline_{own.measure}" and f.subject
    ]
    tail = f"; baselines on the same rows: {', '.join(beside)}" if beside else ""
    return f"The {own.label} of the model is {names.interval(own)} on {format_count(own.n)} test rows{tail}."


def list_done(report: Report) -> list[Finding]:
    """Every finding that has a value."""
    return [f for f in report.findings if f.status is CheckStatus.DONE]


def find_first(report: Report, measure: str, *, check: str = "") -> Finding | None:
    """The first finding of a measure over all rows, or None."""
    return next(
        (
            f for f in list_done(report)
            if f.measure == measure and not f.group and not f.attribute and check in ("", f.check)
        ),
        None,
    )  # fmt: skip
