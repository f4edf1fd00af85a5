"""Checks that are planned and not built stand among what could not be measured, one line per section."""

from __future__ import annotations

from testamur.audit.planned import NOT_BUILT
from testamur.contracts.finding import CheckStatus, CoverageEntry, Section
from testamur.report import unmeasured
from testamur.report.names import Names


def test_planned_checks_are_named_once_per_section(report):
    entries = tuple(
        CoverageEntry(
            check=f"core.later_{i}",
            section=section,
            question=f"Number {i}?",
            status=CheckStatus.NOT_RUN,
            reason=NOT_BUILT,
        )
        for i, section in enumerate((Section.PRIVACY, Section.PRIVACY, Section.ENERGY))
    )
    more = report.model_copy(update={"coverage": (*report.coverage, *entries)})
    before = unmeasured.list_gaps(report, Names(report))
    after = unmeasured.list_gaps(more, Names(more))
    added = [gap for gap in after if gap not in before]
    assert len(added) == len({entry.section for entry in entries})
    text = " ".join(gap.what for gap in added)
    assert all(entry.question in text for entry in entries)
    assert {gap.reason for gap in added} == {NOT_BUILT} == {unmeasured.NOT_BUILT}
