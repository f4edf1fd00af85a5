"""The core's own checks keep the rules that it asks of a plugin's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.core_policy import CORE_POLICIES
from testamur.contracts.check import CheckOutcome
from testamur.contracts.finding import CheckStatus
from testamur.hooks.references import resolve
from testamur.testing.rules import checks
from testamur.testing.rules.checks import golden_faults
from testamur.testing.rules.policies import known_measures


@pytest.mark.parametrize("spec", ALL_CHECKS, ids=lambda spec: spec.key)
def test_golden_cases_hold(spec):
    assert spec.golden is not None
    assert list(golden_faults(spec)) == []


@pytest.mark.parametrize("spec", ALL_CHECKS, ids=lambda spec: spec.key)
def test_a_check_that_is_wrong_is_caught(spec, monkeypatch):
    """Each value off by a little, and each thing that cannot be estimated called 0: the kit must complain."""
    cases = resolve(spec.golden)()
    right = {id(case): resolve(spec.run)(case.given) for case in cases}
    for wrong in (_shifted, _claimed):
        told = [replace(case, given=_Replayed(wrong(right[id(case)]))) for case in cases]
        answers = {spec.run: lambda given: given.outcome, spec.golden: lambda told=told: told}
        monkeypatch.setattr(checks, "resolve", answers.__getitem__)
        estimable = any(value is not None for case in cases for _, _, value in case.expected)
        unknown = any(value is None for case in cases for _, _, value in case.expected)
        if unknown if wrong is _claimed else estimable:
            assert list(golden_faults(spec)), wrong.__name__
    monkeypatch.undo()
    assert any(value is not None for case in cases for _, _, value in case.expected), "no number is held"


@dataclass(frozen=True)
class _Replayed:
    outcome: CheckOutcome


def _shifted(outcome):
    return _changed(
        outcome, lambda f: {} if f.value is None else {"value": f.value + 0.01 + 0.5 * abs(f.value)}
    )


def _claimed(outcome):
    unknown = (CheckStatus.NOT_ESTIMABLE,)
    return _changed(
        outcome, lambda f: {"value": 0.0, "status": CheckStatus.DONE} if f.status in unknown else {}
    )


def _changed(outcome, change):
    return replace(outcome, findings=tuple(f.model_copy(update=change(f)) for f in outcome.findings))


@pytest.mark.parametrize("policy", CORE_POLICIES, ids=lambda policy: policy.key)
def test_limits_name_measures_that_exist(policy):
    checks = {spec.key: spec for spec in ALL_CHECKS}
    strangers = [
        limit.id for limit in policy.limits if limit.measure not in known_measures(checks[limit.check])
    ]
    assert strangers == []
