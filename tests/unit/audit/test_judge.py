"""Met, breached, not shown."""

from __future__ import annotations

import numpy as np
import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.core_policy import CORE_DEFAULT, CORE_POLICIES
from testamur.audit.golden_world import make_input
from testamur.audit.judge import cleared, judge
from testamur.contracts.check import AuditResult
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding, Group, Section
from testamur.contracts.policy import Direction, Limit, Policy, Severity, VerdictStatus


def _limit(direction=Direction.AT_MOST, value=0.1, severity=Severity.MUST, attribute=""):
    return Limit(
        id="gap",
        check="core.gap",
        measure="gap",
        direction=direction,
        value=value,
        severity=severity,
        title="Gap",
        question="Is it?",
        rationale="because",
        attribute=attribute,
    )


def _policy(*limits):
    return Policy(key="core.test", version="1", title="t", owner="o", rationale="r", limits=limits)


def _found(value=0.05, low=0.01, high=0.09, **more):
    return Finding(
        check="core.gap", measure="gap", label="gap", value=value, low=low, high=high, n=100, **more
    )


def _entry(status=CheckStatus.DONE, reason=""):
    return CoverageEntry(
        check="core.gap", section=Section.FAIRNESS, question="?", status=status, reason=reason
    )


def _verdict(limit, *findings, entry=None):
    return judge(findings, [entry or _entry()], _policy(limit))[0]


@pytest.mark.parametrize(
    ("low", "high", "value", "direction", "status"),
    [
        (0.01, 0.09, 0.05, Direction.AT_MOST, VerdictStatus.MET),
        (0.01, 0.10, 0.05, Direction.AT_MOST, VerdictStatus.MET),
        (0.11, 0.20, 0.15, Direction.AT_MOST, VerdictStatus.BREACHED),
        (0.05, 0.15, 0.08, Direction.AT_MOST, VerdictStatus.NOT_SHOWN),
        (0.11, 0.20, 0.15, Direction.AT_LEAST, VerdictStatus.MET),
        (0.01, 0.09, 0.05, Direction.AT_LEAST, VerdictStatus.BREACHED),
        (0.05, 0.15, 0.08, Direction.AT_LEAST, VerdictStatus.NOT_SHOWN),
        (0.11, None, 0.15, Direction.AT_LEAST, VerdictStatus.MET),
        (0.01, None, 0.05, Direction.AT_MOST, VerdictStatus.NOT_SHOWN),
        (None, None, 0.05, Direction.AT_MOST, VerdictStatus.NOT_SHOWN),
        (0.10, 0.20, 0.15, Direction.AT_LEAST, VerdictStatus.MET),
        (0.10, 0.20, 0.15, Direction.ABOVE, VerdictStatus.NOT_SHOWN),
        (0.11, 0.20, 0.15, Direction.ABOVE, VerdictStatus.MET),
        (0.10, 0.10, 0.10, Direction.ABOVE, VerdictStatus.BREACHED),
        (0.01, 0.10, 0.05, Direction.BELOW, VerdictStatus.NOT_SHOWN),
        (0.01, 0.09, 0.05, Direction.BELOW, VerdictStatus.MET),
        (0.10, 0.12, 0.11, Direction.BELOW, VerdictStatus.BREACHED),
    ],
)
def test_the_whole_interval_decides(low, high, value, direction, status):
    verdict = _verdict(_limit(direction), _found(value, low, high))
    assert verdict.status is status
    assert verdict.reason.endswith(".")
    assert (verdict.beyond is not None) == (status is VerdictStatus.NOT_SHOWN)


def test_not_shown_says_on_which_side_the_value_lies_and_how_many_rows_settle_it():
    verdict = _verdict(_limit(), _found(0.08, 0.04, 0.12))
    assert verdict.beyond is False
    assert verdict.rows_to_settle == 400
    assert _verdict(_limit(), _found(0.12, 0.08, 0.16)).beyond is True


@pytest.mark.parametrize(("value", "status"), [(0.1, VerdictStatus.MET), (0.100001, VerdictStatus.BREACHED)])
def test_exact_values_are_compared_directly(value, status):
    assert _verdict(_limit(), _found(value, None, None, exact=True)).status is status


def test_the_worst_finding_decides():
    met, open_, worse = _found(), _found(0.09, 0.02, 0.2), _found(0.11, 0.02, 0.2)
    assert _verdict(_limit(), met, open_).finding == 1
    assert _verdict(_limit(), met, open_, worse).finding == 2
    breached = _found(0.3, 0.2, 0.4)
    assert _verdict(_limit(), breached, open_, met).status is VerdictStatus.BREACHED


def test_a_group_that_could_not_be_measured_is_not_shown():
    blank = Finding(
        check="core.gap",
        measure="gap",
        label="gap",
        status=CheckStatus.NOT_ESTIMABLE,
        reason="3 rows",
        group=Group(levels={"race": "other"}),
    )
    verdict = _verdict(_limit(), _found(), blank)
    assert verdict.status is VerdictStatus.NOT_SHOWN
    assert "other" in verdict.reason
    assert _verdict(_limit(), _found(0.3, 0.2, 0.4), blank).status is VerdictStatus.BREACHED


def test_a_limit_on_one_attribute_looks_at_no_other():
    bad, good = _found(0.3, 0.2, 0.4, attribute="race"), _found(attribute="sex")
    assert _verdict(_limit(attribute="sex"), bad, good).status is VerdictStatus.MET
    assert _verdict(_limit(), bad, good).status is VerdictStatus.BREACHED
    assert _verdict(_limit(attribute="age"), bad, good).status is VerdictStatus.NOT_SHOWN


@pytest.mark.parametrize("status", [CheckStatus.FAILED, CheckStatus.NOT_RUN, CheckStatus.NOT_ESTIMABLE])
def test_a_check_that_was_not_done_is_not_shown_and_blocks(status):
    verdicts = judge([], [_entry(status, "broken")], _policy(_limit()))
    assert verdicts[0].status is VerdictStatus.NOT_SHOWN
    assert "broken" in verdicts[0].reason
    assert not cleared(verdicts)


def test_a_check_that_was_not_planned_is_not_shown():
    (verdict,) = judge([], [], _policy(_limit()))
    assert verdict.status is VerdictStatus.NOT_SHOWN
    assert "not planned" in verdict.reason


def test_a_check_that_does_not_apply_has_no_verdict():
    assert judge([], [_entry(CheckStatus.NOT_APPLICABLE, "no")], _policy(_limit())) == ()


@pytest.mark.parametrize(
    ("severity", "value", "expected"),
    [
        (Severity.MUST, 0.05, True),
        (Severity.MUST, 0.3, False),
        (Severity.SHOULD, 0.3, True),
    ],
)
def test_only_must_limits_block(severity, value, expected):
    finding = _found(value, value - 0.01, value + 0.01)
    assert cleared(judge([finding], [_entry()], _policy(_limit(severity=severity)))) is expected


def test_the_core_policy_speaks_of_checks_and_measures_that_exist():
    from pathlib import Path

    table = (Path(__file__).parents[3] / "docs" / "measures.md").read_text(encoding="utf-8")
    keys = {check.key for check in ALL_CHECKS}
    assert CORE_POLICIES == (CORE_DEFAULT,)
    for limit in CORE_DEFAULT.limits:
        assert limit.check in keys
        assert limit.rationale
        assert limit.reference
        assert f"`{limit.id}`" in table
        assert f"`{limit.measure}`" in table.replace("{name}", "naive") + table.replace("{name}", "boosting")
    for key in keys:
        assert f"`{key}`" in table


@pytest.mark.parametrize("status", [CheckStatus.FAILED, CheckStatus.NOT_RUN, CheckStatus.NOT_ESTIMABLE])
def test_findings_added_to_a_check_that_was_not_done_show_nothing(status):
    verdict = _verdict(_limit(), _found(), entry=_entry(status, "broken"))
    assert verdict.status is VerdictStatus.NOT_SHOWN
    assert "broken" in verdict.reason
    assert verdict.finding is None


def test_findings_of_a_check_that_was_not_planned_show_nothing():
    (verdict,) = judge([_found()], [], _policy(_limit()))
    assert verdict.status is VerdictStatus.NOT_SHOWN


def test_added_findings_are_judged_with_the_rest_and_everything_follows_from_them():
    result = AuditResult(
        findings=(_found(),),
        coverage=(_entry(),),
        verdicts=(),
        evidence=(),
        limitations=(),
        cleared=False,
        seconds=0.0,
    )
    given = make_input(np.arange(40) % 2, {"model": np.full(40, 0.5)}, policy=_policy(_limit()))
    alone = conclude(given, result)
    assert alone.cleared
    together = conclude(given, result, [_found(0.09, 0.02, 0.2)])
    assert together.verdicts[0].finding == 1
    assert together.verdicts[0].status is VerdictStatus.NOT_SHOWN
    assert together.findings[1].rows_to_settle == together.verdicts[0].rows_to_settle is not None
    assert together.findings[0].rows_to_settle is None
    assert any("1 of 1 limits" in line for line in together.limitations)
    assert not together.cleared
