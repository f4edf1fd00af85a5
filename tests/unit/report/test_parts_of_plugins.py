"""Parts that plugins add to a report: a fault of theirs is a limitation, and costs nothing else."""

from types import SimpleNamespace

import pytest

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.pipeline.plugin_sections import applying, draw_insights, fill_sections

PART = ReportSpec(
    key="health.plan", kind=ReportKind.INSIGHT, title="Care plan", question="Who needs a call?",
    render="parts_of_the_tests:fill", template="testamur:templates/absent.html.j2",
)  # fmt: skip


@pytest.fixture
def registry(monkeypatch):
    import sys

    module = SimpleNamespace(fill=lambda report, evidence: {"n": 3})
    monkeypatch.setitem(sys.modules, "parts_of_the_tests", module)
    return SimpleNamespace(reports=lambda: {PART.key: PART})


def test_an_insight_report_that_cannot_be_drawn_is_a_limitation(report, registry):
    filled, parts = fill_sections(report, {}, registry)
    told, pages = draw_insights(filled, parts)
    assert pages == {}
    assert told.limitations[:-1] == report.limitations
    assert told.limitations[-1] == (
        "Care plan (health.plan) is missing: its plugin failed, FileNotFoundError."
    )


def test_an_insight_report_is_a_page_of_its_own(report, registry, monkeypatch):
    monkeypatch.setattr("testamur.report.render.render_insight", lambda report, spec: "<p>plan</p>")
    filled, parts = fill_sections(report, {}, registry)
    told, pages = draw_insights(filled, parts)
    assert pages == {"health.plan.html": "<p>plan</p>"}
    assert told.limitations == report.limitations


def test_a_part_is_for_its_problems_and_datasets(registry):
    part = PART.model_copy(update={"problems": (ProblemKind.BINARY,), "datasets": ("health.nhefs",)})
    registry.reports = lambda: {part.key: part}
    assert applying(registry, ProblemKind.BINARY, "health.nhefs") == [part]
    assert applying(registry, ProblemKind.BINARY, "") == []
    assert applying(registry, ProblemKind.REGRESSION, "health.nhefs") == []
