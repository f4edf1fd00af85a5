"""What plugins add to the audit report. A fault of theirs is shown in its place, never hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.hooks.references import resolve

if TYPE_CHECKING:
    from testamur.contracts.report import Report
    from testamur.hooks.registry import Registry


def fill_sections(report: Report, evidence: Mapping[str, dict[str, Any]], registry: Registry) -> Report:
    """The report with a section for each part that applies to its problem and dataset.

    Args:
        report: The report without plugins' parts.
        evidence: Shared evidence by file name.
        registry: The registered report parts.
    """
    parts = [spec for spec in registry.reports().values() if _applies(spec, report)]
    return report.model_copy(update={"sections": {spec.key: _fill(spec, report, evidence) for spec in parts}})


def _applies(spec: ReportSpec, report: Report) -> bool:
    return (
        spec.kind is ReportKind.SECTION
        and (not spec.problems or report.data.problem_kind in spec.problems)
        and (not spec.datasets or report.data.key in spec.datasets)
    )


def _fill(spec: ReportSpec, report: Report, evidence: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    assert spec.section is not None, "sections have a place; ReportSpec checks it"
    shown: dict[str, Any] = {
        "title": spec.title,
        "question": spec.question,
        "section": spec.section.value,
        "template": spec.template,
        "content": {},
        "fault": "",
    }
    try:
        content = resolve(spec.render)(report, evidence)
        shown["content"] = json.loads(json.dumps(content, allow_nan=False))
    except Exception as error:  # noqa: BLE001 - a plugin's fault must not cost the job its report; it is printed there
        shown["fault"] = f"{type(error).__name__}: {error}"
    return shown
