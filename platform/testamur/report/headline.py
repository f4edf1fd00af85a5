"""The first sentences of the report, and the sentence each section opens with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Section
from testamur.contracts.policy import Severity, Verdict, VerdictStatus
from testamur.contracts.report import Report
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_value
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
    own = _first(report, measure)
    if own is None:
        measured = (_first(report, name) for name in _OTHER_MEASURES)
        own = next((finding for finding in measured if finding is not None), None)
    if own is None:
        return ""
    beside = [
        f"{names.value(f)} of {name_series(f.subject)}"
        for f in _done(report)
        if f.measure == f"baseline_{own.measure}" and f.subject
    ]
    tail = f"; baselines on the same rows: {', '.join(beside)}" if beside else ""
    return f"The {own.label} of the model is {names.interval(own)} on {format_count(own.n)} test rows{tail}."


def section_words(section: Section, report: Report, names: Names, verdicts: Sequence[Verdict]) -> str:
    """The answer a section opens with."""
    facts = {
        Section.DATA: _data_words,
        Section.PERFORMANCE: ranking_words,
        Section.CALIBRATION: _calibration_words,
        Section.FAIRNESS: _fairness_words,
    }.get(section)
    sentences = [facts(report, names) if facts else "", standing_words(verdicts)]
    return " ".join(s for s in sentences if s) or "No limit of the policy concerns this section."


def _data_words(report: Report, names: Names) -> str:
    data = report.data
    total = data.n_train + data.n_validation + data.n_test
    words = _size_words(report, total)
    missing = next((f for f in _done(report) if f.measure == "missing_share" and not f.subject), None)
    twins = _first(report, "twin_with_target_share") or _first(report, "twin_share")
    if missing is not None:
        words += f"; {format_value(missing.value, missing.unit)} of all cells are missing"
    if twins is not None:
        words += f"; {format_value(twins.value, twins.unit)} of the test rows also occur in training"
    return f"{words}."


def _size_words(report: Report, total: int) -> str:
    """How much there is: rows and features, or choices, users and items."""
    data = report.data
    if data.problem_kind is ProblemKind.FORECAST:
        return _series_words(report, total)
    if data.problem_kind is not ProblemKind.RANKING:
        return f"{format_count(total)} {data.subjects}, {data.n_features} features"
    users, items = _first(report, "n_users"), _first(report, "n_items")
    words = f"{format_count(total)} choices"
    if users is not None and items is not None:
        words += f" of {format_value(users.value, users.unit)} users"
        words += f" among {format_value(items.value, items.unit)} items"
    return words


def _series_words(report: Report, total: int) -> str:
    """Windows and series of a forecast, and how much of them is unknown."""
    n_series, unknown = _first(report, "n_series"), _first(report, "unknown_share")
    words = f"{format_count(total)} {report.data.subjects}"
    if n_series is not None and unknown is not None:
        words += f", cut from {format_value(n_series.value, n_series.unit)} series"
        words += f"; {format_value(unknown.value, unknown.unit)} of their steps have no value"
    return words


def _calibration_words(report: Report, names: Names) -> str:
    slope = _first(report, "calibration_slope", check="core.calibration.overall")
    ratio = _first(report, "observed_expected_ratio", check="core.calibration.overall")
    coverage = _first(report, "coverage_gap", check="core.forecast.coverage")
    parts = []
    if coverage is not None:
        parts.append(f"{coverage.label}: {names.interval(coverage)}")
    if ratio is not None:
        parts.append(f"observed events are {names.interval(ratio)} times the expected ones (ideal 1)")
    if slope is not None:
        parts.append(f"the calibration slope is {names.interval(slope)} (ideal 1)")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _fairness_words(report: Report, names: Names) -> str:
    gaps = [
        f for f in _done(report)
        if f.check == "core.fairness.gaps" and f.measure == "equal_opportunity_gap"
    ]  # fmt: skip
    parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in gaps]
    if not gaps:
        of_lists = ("core.fairness.ranking", "ndcg_10_gap")
        forecasts = [
            f for f in _done(report) if (f.check, f.measure) == ("core.fairness.forecast", "mase_gap")
        ]
        if forecasts:
            parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in forecasts]
            return f"Largest gap in scaled forecast error between groups of series: {'; '.join(parts)}."
        lists = [f for f in _done(report) if (f.check, f.measure) == of_lists]
        parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in lists]
        return f"Largest gap in NDCG@10 between groups of users: {'; '.join(parts)}." if parts else ""
    return f"Largest gap between groups in the share found among those with the event: {'; '.join(parts)}."


def _done(report: Report) -> list[Finding]:
    return [f for f in report.findings if f.status is CheckStatus.DONE]


def _first(report: Report, measure: str, *, check: str = "") -> Finding | None:
    return next(
        (
            f for f in _done(report)
            if f.measure == measure and not f.group and not f.attribute and check in ("", f.check)
        ),
        None,
    )  # fmt: skip
