"""What could not be measured: planned checks a line per section, measures of a check together by reason."""

from __future__ import annotations

from testamur.audit.planned import NOT_BUILT
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding, Section
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


def test_measures_of_a_check_with_one_reason_share_a_line_that_names_each_once(report):
    check = next(entry.check for entry in report.coverage if entry.status is CheckStatus.DONE)
    labels = ("gases of training", "gases of the audit")
    silent = [
        Finding(
            check=check, measure=f"m_{i}", label=label, status=CheckStatus.NOT_ESTIMABLE, reason="no factor"
        )
        for i, label in enumerate((*labels, labels[0]))
    ]
    more = report.model_copy(update={"findings": (*report.findings, *silent)})
    added = [gap for gap in unmeasured.list_gaps(more, Names(more)) if gap.reason == "no factor"]
    assert [(gap.what, gap.measures) for gap in added] == [("; ".join(labels), "")]
