"""Figures of measures per group, made from findings."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.contracts.finding import CheckStatus, Finding, Section, Unit
from testamur.contracts.report import Report
from testamur.report.charts.forest import Forest, ForestEntry, draw_forest
from testamur.report.names import Names, slug
from testamur.report.numbers import format_count, format_value

DRAWN = {
    "core.data.balance": ("event_share", "target_mean"),
    "core.calibration.groups": ("observed_expected_ratio", "calibration_slope"),
    "core.fairness.rates": (
        "true_positive_rate", "selection_rate", "false_positive_rate", "positive_predictive_value",
    ),
    "core.fairness.gaps": (),
    "core.fairness.unknown": (),
    "core.fairness.intersections": ("true_positive_rate", "selection_rate"),
    "core.fairness.quality": ("auc",),
    "core.fairness.errors": ("mae", "mean_error"),
    "core.fairness.intersection_quality": ("auc", "accuracy", "mae", "mean_error", "ndcg_10", "mase"),
    "core.fairness.ranking": ("ndcg_10",),
    "core.robustness.worst_group": (),
    "core.explanation.counterfactuals": ("group_recourse_cost",),
}  # fmt: skip
"""Measures worth a picture; every measure of a check that is not named here is drawn."""
GAP_OF = {
    "selection_rate": "demographic_parity_gap",
    "true_positive_rate": "equal_opportunity_gap",
    "false_positive_rate": "false_positive_rate_gap",
    "positive_predictive_value": "predictive_parity_gap",
}
IDEAL = {"observed_expected_ratio": 1.0, "calibration_slope": 1.0, "mean_error": 0.0, "exposure_ratio": 1.0}
FEWEST_ROWS = 2
MOST_ROWS = 40


def group_forests(section: Section, report: Report, names: Names) -> list[Forest]:
    """One figure per measure that a check of the section gives for two groups or more."""
    of_section = {entry.check for entry in report.coverage if entry.section is section}
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        of_group = finding.group is not None and finding.reference is None
        drawn = finding.measure in DRAWN.get(finding.check, (finding.measure,))
        if finding.check in of_section and of_group and drawn:
            found.setdefault((finding.check, finding.measure), []).append(finding)
    # What concerns one attribute is seen first, crossings of two after it.
    ordered = sorted(found.items(), key=lambda item: "*" in item[1][0].attribute)
    return [
        _forest(check, measure, rows[:MOST_ROWS], report, names)
        for (check, measure), rows in ordered
        if sum(row.value is not None for row in rows) >= FEWEST_ROWS
    ]


def _forest(check: str, measure: str, rows: Sequence[Finding], report: Report, names: Names) -> Forest:
    unit, label = rows[0].unit, rows[0].label
    reference, reference_words = _reference(measure, unit, report)
    joint = "simultaneous " if all(r.simultaneous for r in rows if r.value is not None) else ""
    caption = (
        f"{_capital(label)} with {joint}{rows[0].level * 100:.0f} % intervals, n beside each{_of(rows)}."
    )
    if reference_words:
        caption += f" Dashed: {reference_words}."
    return draw_forest(
        f"{slug(check)}-{slug(measure)}",
        f"{_capital(label)} by group",
        _entries(rows, names),
        caption=f"{caption} {_detectable_words(check, measure, report, names)}".strip(),
        reference=reference,
        reference_words=reference_words,
        per_cent=unit is Unit.SHARE,
        whole_share=unit is Unit.SHARE,
    )


def _of(rows: Sequence[Finding]) -> str:
    return " (in brackets: entities that the rows come from)" if any(row.n_entities for row in rows) else ""


def _rows(finding: Finding) -> str:
    """Rows beside a group, and of how many entities where rows share them."""
    if not finding.n:
        return ""
    people = f" ({format_count(finding.n_entities)})" if finding.n_entities else ""
    return f"n {format_count(finding.n)}{people}"


def _entries(rows: Sequence[Finding], names: Names) -> list[ForestEntry]:
    entries, last = [], ""
    for row in sorted(rows, key=lambda r: list(dict.fromkeys(x.attribute for x in rows)).index(r.attribute)):
        attribute = row.attribute or (row.group.attribute if row.group else "")
        done = row.status is CheckStatus.DONE
        entries.append(
            ForestEntry(
                label=str(row.group),
                value=row.value if done else None,
                low=row.low,
                high=row.high,
                words=names.interval(row) if done else f"{row.status.value}: {row.reason}",
                n=_rows(row),
                heading=names.attribute(attribute) if attribute != last else "",
            )
        )
        last = attribute
    return entries


def _reference(measure: str, unit: Unit, report: Report) -> tuple[float | None, str]:
    if measure in IDEAL:
        return IDEAL[measure], f"ideal, {IDEAL[measure]:g}"
    same = {"true_positive_rate": ("true_positive_rate", "sensitivity")}.get(measure, (measure,))
    for finding in report.findings:
        plain = not finding.group and not finding.attribute and not finding.subject
        if plain and finding.measure in same and finding.value is not None and finding.unit is unit:
            return finding.value, f"all rows, {format_value(finding.value, unit)}"
    return None, ""


def _detectable_words(check: str, measure: str, report: Report, names: Names) -> str:
    """The smallest gap that each attribute's groups could have shown."""
    if check != "core.fairness.rates":
        return ""
    parts = [
        f"{names.attribute(f.attribute)} {format_value(f.detectable, f.unit)}"
        for f in report.findings
        if f.measure == GAP_OF.get(measure) and f.detectable is not None and "*" not in f.attribute
    ]
    return f"Smallest gap between groups that this sample could show: {', '.join(parts)}." if parts else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
