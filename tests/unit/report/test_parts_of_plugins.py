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
    assert (pages.shared, pages.restricted) == ({}, {})
    assert told.insights == ()
    assert told.limitations[:-1] == report.limitations
    assert told.limitations[-1] == (
        "Care plan (health.plan) is missing: its plugin failed, FileNotFoundError."
    )


def test_an_insight_report_is_a_page_of_its_own(report, registry, monkeypatch):
    monkeypatch.setattr(
        "testamur.report.render.render_insight", lambda report, spec, part: f"<p>{part['n']}</p>"
    )
    filled, parts = fill_sections(report, {}, registry)
    told, pages = draw_insights(filled, parts)
    assert (pages.shared, pages.restricted) == ({"health.plan.html": "<p>3</p>"}, {})
    assert told.limitations == report.limitations
    assert [card.path for card in told.insights] == ["pages/health.plan.html"]
    assert told.sections == {"health.plan": {"n": 3}}


def test_a_restricted_page_sees_rows_and_leaves_nothing_in_the_report(report, registry, monkeypatch):
    import sys

    seen = {}

    def fill(report, evidence):
        seen.update(evidence)
        return {"names": sorted(evidence)}

    sys.modules["parts_of_the_tests"].fill = fill
    monkeypatch.setattr("testamur.report.render.render_insight", lambda report, spec, part: str(part))
    registry.reports = lambda: {PART.key: PART.model_copy(update={"restricted": True})}
    filled, parts = fill_sections(report, {"roc.json": {}}, registry, restricted={"rows.json": {"a": 1}})
    told, pages = draw_insights(filled, parts)
    assert set(seen) == {"roc.json", "rows.json"}
    assert told.sections == {}
    assert pages.shared == {}
    assert pages.restricted == {"health.plan.html": "{'names': ['roc.json', 'rows.json']}"}
    assert told.insights[0].path == "restricted/pages/health.plan.html"
    assert told.insights[0].restricted


def test_a_page_that_fails_is_not_linked_from_the_others(report, registry, monkeypatch):
    other = PART.model_copy(update={"key": "health.other", "title": "Other"})
    registry.reports = lambda: {PART.key: PART, other.key: other}

    def draw(report, spec, part):
        if spec.key == "health.plan":
            raise ValueError("broken")
        return ", ".join(card.key for card in report.insights)

    monkeypatch.setattr("testamur.report.render.render_insight", draw)
    told, pages = draw_insights(*fill_sections(report, {}, registry))
    assert pages.shared == {"health.other.html": "health.other"}
    assert told.limitations[-1].startswith("Care plan (health.plan) is missing")


def test_a_part_is_for_its_problems_and_datasets(registry):
    part = PART.model_copy(update={"problems": (ProblemKind.BINARY,), "datasets": ("health.nhefs",)})
    registry.reports = lambda: {part.key: part}
    assert applying(registry, ProblemKind.BINARY, "health.nhefs") == [part]
    assert applying(registry, ProblemKind.BINARY, "") == []
    assert applying(registry, ProblemKind.REGRESSION, "health.nhefs") == []
