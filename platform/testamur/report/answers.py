"""The sentence that each section opens with: its answer, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section
from testamur.contracts.policy import Verdict
from testamur.contracts.report import Report
from testamur.report.headline import find_first, list_done, ranking_words, standing_words
from testamur.report.names import Names
from testamur.report.numbers import format_count, format_value
from testamur.report.proof import proof_words
from testamur.report.use_answers import (
    energy_words,
    explanation_words,
    oversight_words,
    privacy_words,
    robustness_words,
)


def section_words(section: Section, report: Report, names: Names, verdicts: Sequence[Verdict]) -> str:
    """The answer a section opens with."""
    told = (say(report, names) for of, say in ANSWERS if of is section)
    sentences = [*told, standing_words(verdicts)]
    return " ".join(s for s in sentences if s) or "No limit of the policy concerns this section."


def _data_words(report: Report, names: Names) -> str:
    data = report.data
    total = data.n_train + data.n_validation + data.n_test
    words = _size_words(report, total)
    missing = next((f for f in list_done(report) if f.measure == "missing_share" and not f.subject), None)
    twins = find_first(report, "twin_with_target_share") or find_first(report, "twin_share")
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
    users, items = find_first(report, "n_users"), find_first(report, "n_items")
    words = f"{format_count(total)} choices"
    if users is not None and items is not None:
        words += f" of {format_value(users.value, users.unit)} users"
        words += f" among {format_value(items.value, items.unit)} items"
    return words


def _series_words(report: Report, total: int) -> str:
    """Windows and series of a forecast, and how much of them is unknown."""
    n_series, unknown = find_first(report, "n_series"), find_first(report, "unknown_share")
    words = f"{format_count(total)} {report.data.subjects}"
    if n_series is not None and unknown is not None:
        words += f", cut from {format_value(n_series.value, n_series.unit)} series"
        words += f"; {format_value(unknown.value, unknown.unit)} of their steps have no value"
    return words


def _calibration_words(report: Report, names: Names) -> str:
    slope = find_first(report, "calibration_slope", check="core.calibration.overall")
    ratio = find_first(report, "observed_expected_ratio", check="core.calibration.overall")
    coverage = find_first(report, "coverage_gap", check="core.forecast.coverage")
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
        f for f in list_done(report)
        if f.check == "core.fairness.gaps" and f.measure == "equal_opportunity_gap"
    ]  # fmt: skip
    parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in gaps]
    if not gaps:
        of_lists = ("core.fairness.ranking", "ndcg_10_gap")
        forecasts = [
            f for f in list_done(report) if (f.check, f.measure) == ("core.fairness.forecast", "mase_gap")
        ]
        if forecasts:
            parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in forecasts]
            return f"Largest gap in scaled forecast error between groups of series: {'; '.join(parts)}."
        lists = [f for f in list_done(report) if (f.check, f.measure) == of_lists]
        parts = [f"{names.attribute(f.attribute)} {names.interval(f)}" for f in lists]
        return f"Largest gap in NDCG@10 between groups of users: {'; '.join(parts)}." if parts else ""
    return f"Largest gap between groups in the share found among those with the event: {'; '.join(parts)}."


ANSWERS: tuple[tuple[Section, Callable[[Report, Names], str]], ...] = (
    (Section.DATA, _data_words),
    (Section.PERFORMANCE, ranking_words),
    (Section.CALIBRATION, _calibration_words),
    (Section.FAIRNESS, _fairness_words),
    (Section.PRIVACY, privacy_words),
    (Section.EXPLANATION, explanation_words),
    (Section.ROBUSTNESS, robustness_words),
    (Section.ENERGY, energy_words),
    (Section.OVERSIGHT, oversight_words),
    (Section.SELF_PROOF, proof_words),
)
"""What opens a section; each says an empty text where it has nothing to say."""
