"""A policy as a file: read with all its faults at once, written so that it reads back, used by a job."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.policy import Direction, Severity
from testamur.hooks.registry import Registry
from testamur.jobs.jobfile import build_spec
from testamur.jobs.policyfile import policy_faults, read_policy_file, write_policy
from testamur.jobs.validate import named_plugins, resolve_job
from testamur.pipeline import core_plugin

GOOD = """
key = "board.credit"
version = "1"
title = "Credit, our board"
owner = "The ethics board"
rationale = "Nobody is turned down for what they are."
jurisdiction = "EU"
expires = 2999-12-31
minimum_group = 30

[[limits]]
id = "alike"
check = "core.fairness.gaps"
measure = "equal_opportunity_gap"
at_most = 0.1
severity = "should"
attribute = "sex"
title = "Finds women and men alike"
question = "Does it find the same share of both?"
rationale = "Whoever is not found gets no letter."
"""


@pytest.fixture
def write(tmp_path):
    def call(text: str, name: str = "board.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return call


def faults(path) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        read_policy_file(path)
    return {problem.where: problem.message for problem in caught.value.problems}


def test_a_policy_file_is_a_policy(write):
    policy = read_policy_file(write(GOOD))
    (limit,) = policy.limits
    assert (policy.key, policy.expires, policy.minimum_group) == ("board.credit", date(2999, 12, 31), 30)
    assert (limit.direction, limit.value, limit.severity) == (Direction.AT_MOST, 0.1, Severity.SHOULD)


def test_what_is_written_reads_back_as_the_same(write):
    assert read_policy_file(write(write_policy(CORE_DEFAULT))) == CORE_DEFAULT
    mine = read_policy_file(write(GOOD))
    assert read_policy_file(write(write_policy(mine))) == mine


def test_all_faults_come_at_once(write):
    found = faults(
        write(
            GOOD.replace('owner = "The ethics board"', "")
            .replace("at_most = 0.1", 'at_most = 0.1\nat_least = "much"')
            .replace("minimum_group = 30", "minimum_grup = 30")
            + '[[limits]]\nid = "alike"\ncheck = "core.x"\n'
        )
    )
    assert found["owner"] == "a value is required, however: none was given"
    assert found["minimum_grup"] == "the key is not known"
    assert found["limits[0].value"].startswith("a number is required")
    assert found["limits[0]"] == "one side is required, however: at_least, at_most"
    assert found["limits"] == "each limit needs an id of its own, however: alike comes twice"
    assert found["limits[1].direction"] == "a value is required, however: none was given"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('title = "Credit, our board"', 'title = " "'), "title"),
        (('rationale = "Whoever is not found gets no letter."', 'rationale = ""'), "limits[0].rationale"),
        ((GOOD[GOOD.index("[[limits]]") :], ""), "limits"),
    ],
)
def test_who_and_why_cannot_be_left_out(write, change, where):
    assert list(faults(write(GOOD.replace(*change)))) == [where]


def test_a_policy_that_has_ended_is_not_used(write):
    policy = read_policy_file(write(GOOD.replace("2999-12-31", "2026-01-31")))
    assert policy_faults(policy, date(2026, 1, 31)) == []
    (fault,) = policy_faults(policy, date(2026, 2, 1))
    assert "board.credit ended on 2026-01-31" in fault.message


@pytest.fixture
def core() -> Registry:
    return Registry.from_objects({"core": core_plugin})


@pytest.fixture
def job(tmp_path):
    (tmp_path / "mine.csv").write_text("y,x\n0,1\n1,2\n")
    return {"dataset": {"path": "mine.csv", "target": "y"}, "audit": {"policy_file": "board.toml"}}


def test_a_job_carries_the_policy_of_its_file(write, core, job, tmp_path):
    write(GOOD)
    resolved = resolve_job(build_spec(job), core, base=tmp_path)
    asked = resolved.spec.audit
    assert (resolved.policy, asked.policy_file) == ("board.credit", None)
    assert asked.own_policy == read_policy_file(tmp_path / "board.toml")
    (tmp_path / "board.toml").unlink()
    assert resolve_job(resolved.spec, core, base=tmp_path).policy == "board.credit"


def test_faults_of_the_file_are_faults_of_the_job(write, core, job, tmp_path):
    write(GOOD.replace("core.fairness.gaps", "core.fairness.gap"))
    with pytest.raises(ConfigurationError, match="limit alike: a registered check is required") as caught:
        resolve_job(build_spec(job), core, base=tmp_path)
    assert "core.fairness.gaps" in str(caught.value)
    write(GOOD.replace("at_most = 0.1", ""))
    with pytest.raises(ConfigurationError, match=r"audit.policy_file: limits\[0\].value"):
        resolve_job(build_spec(job), core, base=tmp_path)
    (tmp_path / "board.toml").unlink()
    with pytest.raises(ConfigurationError, match="No such file"):
        resolve_job(build_spec(job), core, base=tmp_path)


def test_an_ended_policy_is_refused_at_submission(write, core, job, tmp_path):
    write(GOOD.replace("2999-12-31", "2026-01-31"))
    with pytest.raises(ConfigurationError, match="ended on 2026-01-31"):
        resolve_job(build_spec(job), core, base=tmp_path, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))


def test_two_policies_are_refused(job):
    job["audit"]["policy"] = "core.default"
    with pytest.raises(ConfigurationError, match="one policy is required, however: policy, policy_file"):
        build_spec(job)


def test_the_plugins_of_its_checks_are_loaded(write, job, tmp_path):
    policy = read_policy_file(write(GOOD.replace("core.fairness.gaps", "health.alarms")))
    spec = build_spec(job)
    audit = spec.audit.model_copy(update={"policy_file": None, "own_policy": policy})
    assert named_plugins(spec.model_copy(update={"audit": audit})) == {"health"}
