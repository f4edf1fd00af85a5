"""Every check of the core is held against closed forms."""

from __future__ import annotations

import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.run import run_check
from testamur.contracts.check import Need
from testamur.contracts.finding import CheckStatus
from testamur.hooks.references import resolve

CASES = [(check, case) for check in ALL_CHECKS for case in resolve(check.golden)()]


@pytest.mark.parametrize(("check", "case"), CASES, ids=[f"{check.key}-{case.name}" for check, case in CASES])
def test_a_check_gives_the_known_answer(check, case):
    entry, outcome = run_check(case.given, check)
    assert entry.status in (CheckStatus.DONE, CheckStatus.NOT_ESTIMABLE), entry.reason
    for measure, group, value in case.expected:
        found = [
            f for f in outcome.findings if f.measure == measure and (str(f.group) if f.group else "") == group
        ]
        assert found, f"{measure} of {group!r} is missing"
        if value is None:
            assert found[0].status is CheckStatus.NOT_ESTIMABLE
            assert found[0].value is None
            assert found[0].reason
        else:
            assert found[0].value == pytest.approx(value, abs=case.tolerance)
            assert found[0].exact or found[0].low is None or found[0].low <= found[0].value
            assert found[0].exact or found[0].high is None or found[0].value <= found[0].high


def test_every_check_is_documented_and_has_golden_cases():
    for check in ALL_CHECKS:
        assert check.question.endswith("?"), check.key
        assert check.formula, check.key
        assert check.citation, check.key
        assert check.golden, check.key
        assert Need.DATA in check.needs or Need.PREDICTIONS in check.needs, check.key
    assert len({check.key for check in ALL_CHECKS}) == len(ALL_CHECKS)
