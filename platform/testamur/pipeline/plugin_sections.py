"""What plugins add: parts of the audit report, insight reports. A fault of theirs is told, never hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.hooks.references import resolve

if TYPE_CHECKING:
    from testamur.contracts.dataset import ProblemKind
    from testamur.contracts.report import Report
    from testamur.hooks.registry import Registry

Evidence = Mapping[str, dict[str, Any]]


def fill_sections(
    report: Report, evidence: Evidence, registry: Registry
) -> tuple[Report, tuple[ReportSpec, ...]]:
    """Ask every registered part that applies to the report for its content.

    Args:
        report: The report without plugins' parts.
        evidence: Shared evidence by file name.
        registry: The registered report parts.

    Returns:
        The report with the content of each part, and a limitation for each that failed; and the
        parts that can be drawn.
    """
    filled: dict[str, Any] = {}
    faults: list[str] = []
    parts = applying(registry, report.data.problem_kind, report.data.key)
    for spec in parts:
        try:
            filled[spec.key] = _content(resolve(spec.render)(report, evidence))
        except Exception as error:  # noqa: BLE001 - a plugin's fault must not cost the job its report
            faults.append(_missing(spec, error))
    return _limited(report.model_copy(update={"sections": filled}), faults), tuple(
        spec for spec in parts if spec.key in filled
    )


def draw_insights(report: Report, parts: tuple[ReportSpec, ...]) -> tuple[Report, dict[str, str]]:
    """Insight reports as pages of their own.

    Returns:
        The report with a limitation for each that cannot be drawn, and the others by file name.
    """
    from testamur.report.render import render_insight

    pages: dict[str, str] = {}
    faults: list[str] = []
    for spec in parts:
        if spec.kind is not ReportKind.INSIGHT:
            continue
        try:
            pages[f"{spec.key}.html"] = render_insight(report, spec)
        except Exception as error:  # noqa: BLE001 - a plugin's template must not cost the job its dossier
            faults.append(_missing(spec, error))
    return _limited(report, faults), pages


def applying(registry: Registry, problem: ProblemKind, dataset: str) -> list[ReportSpec]:
    """The registered parts for a problem and the key of a dataset (empty: data of one's own)."""
    return [
        spec
        for spec in registry.reports().values()
        if (not spec.problems or problem in spec.problems) and (not spec.datasets or dataset in spec.datasets)
    ]


def _missing(spec: ReportSpec, error: Exception) -> str:
    return f"{spec.title} ({spec.key}) is missing: its plugin failed, {type(error).__name__}."


def _limited(report: Report, faults: list[str]) -> Report:
    return report.model_copy(update={"limitations": (*report.limitations, *faults)})


def _content(value: object) -> dict[str, Any]:
    """The content as it will stand in the report; refuses what JSON cannot hold."""
    content = json.loads(json.dumps(value, allow_nan=False))
    if not isinstance(content, dict):
        raise TypeError(f"a dictionary is required, however: {type(value).__name__}")
    return content
