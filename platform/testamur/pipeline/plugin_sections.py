"""What plugins add: parts of the audit report, insight reports. A fault of theirs is told, never hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.hooks.references import resolve

if TYPE_CHECKING:
    from testamur.contracts.dataset import ProblemKind
    from testamur.contracts.report import Report
    from testamur.hooks.registry import Registry

Evidence = Mapping[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A report part with its content; that of a restricted one stands nowhere but on its page."""

    spec: ReportSpec
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pages:
    """Insight reports by file name: those that may be shared, and those about single people."""

    shared: dict[str, str]
    restricted: dict[str, str]


def fill_sections(
    report: Report, evidence: Evidence, registry: Registry, *, restricted: Evidence | None = None
) -> tuple[Report, tuple[Filled, ...]]:
    """Ask every registered part that applies to the report for its content.

    Args:
        report: The report without plugins' parts.
        evidence: Shared evidence by file name.
        registry: The registered report parts.
        restricted: The same with row-level evidence, for restricted parts.

    Returns:
        The report with the content of each part that may be shared, and a limitation for each that
        failed; and the parts that can be drawn.
    """
    filled: list[Filled] = []
    faults: list[str] = []
    for spec in applying(registry, report.data.problem_kind, report.data.key):
        seen = {**evidence, **(restricted or {})} if spec.restricted else evidence
        try:
            filled.append(Filled(spec, _content(resolve(spec.render)(report, seen))))
        except Exception as error:  # noqa: BLE001 - a plugin's fault must not cost the job its report
            faults.append(_missing(spec, error))
    sections = {part.spec.key: part.content for part in filled if not part.spec.restricted}
    return _limited(report.model_copy(update={"sections": sections}), faults), tuple(filled)


def draw_insights(report: Report, parts: Sequence[Filled]) -> tuple[Report, Pages]:
    """Insight reports as pages of their own.

    Returns:
        The report that names each page, with a limitation for each that cannot be drawn; and the pages.
    """
    from testamur.report.insight.page import card_of
    from testamur.report.render import render_insight

    faults: list[str] = []
    wanted = [part for part in parts if part.spec.kind is ReportKind.INSIGHT]
    while True:  # a page that fails is not linked from the others: they are drawn again without it
        named = report.model_copy(update={"insights": tuple(card_of(part.spec) for part in wanted)})
        pages = Pages({}, {})
        failed = None
        for part in wanted:
            into = pages.restricted if part.spec.restricted else pages.shared
            try:
                into[f"{part.spec.key}.html"] = render_insight(named, part.spec, part.content)
            except Exception as error:  # noqa: BLE001 - a plugin's template must not cost the job its dossier
                failed = part
                faults.append(_missing(part.spec, error))
                break
        if failed is None:
            return _limited(named, faults), pages
        wanted.remove(failed)


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
