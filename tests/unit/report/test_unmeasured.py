"""What could not be measured: measures of a check stand together by reason."""

from __future__ import annotations

from testamur.contracts.finding import CheckStatus, Finding
from testamur.report import unmeasured
from testamur.report.names import Names


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
