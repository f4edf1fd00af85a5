from __future__ import annotations

from pathlib import Path

import pytest

import testamur_finance
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.testing.conformance import PluginConformance
from testamur_finance import plugin

PACKAGE = Path(testamur_finance.__file__).parent


class TestFinance(PluginConformance):
    plugin = "finance"


@pytest.mark.parametrize("path", sorted((PACKAGE / "examples").glob("*.toml")), ids=lambda p: p.stem)
def test_every_example_is_a_job_and_uses_what_is_offered(path):
    spec = build_spec(read_job_file(path))
    assert spec.dataset.use in {d.key for d in plugin.register_datasets()}
    assert spec.model.use in {m.key for m in plugin.register_models()}
    assert spec.audit.policy in {p.key for p in plugin.register_policies()}


def test_every_policy_is_dated_referenced_and_names_its_jurisdiction():
    for policy in plugin.register_policies():
        assert policy.expires is not None
        assert policy.jurisdiction != "not stated"
        assert policy.reference
        assert all(limit.reference for limit in policy.limits)
