"""The core's own checks keep the rules that it asks of a plugin's."""

from __future__ import annotations

import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.core_policy import CORE_POLICIES
from testamur.testing.rules.checks import golden_faults
from testamur.testing.rules.policies import known_measures


@pytest.mark.parametrize("spec", ALL_CHECKS, ids=lambda spec: spec.key)
def test_golden_cases_hold(spec):
    assert spec.golden is not None
    assert list(golden_faults(spec)) == []


@pytest.mark.parametrize("policy", CORE_POLICIES, ids=lambda policy: policy.key)
def test_limits_name_measures_that_exist(policy):
    checks = {spec.key: spec for spec in ALL_CHECKS}
    strangers = [
        limit.id for limit in policy.limits if limit.measure not in known_measures(checks[limit.check])
    ]
    assert strangers == []
