from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path

import testamur_health
from testamur.contracts.dataset import Role
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.testing.conformance import PluginConformance
from testamur_health.datasets import NHEFS
from testamur_health.policy import DEFAULT

PACKAGE = Path(testamur_health.__file__).parent


class TestHealth(PluginConformance):
    plugin = "health"


def rows() -> list[dict[str, str]]:
    with (PACKAGE / "data" / "nhefs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_is_the_one_that_was_described():
    content = (PACKAGE / "data" / "nhefs.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == NHEFS.source.sha256
    assert NHEFS.source.sha256 in (PACKAGE / "data" / "nhefs.md").read_text(encoding="utf-8")


def test_the_cohort_is_the_one_of_the_documentation():
    people = rows()
    assert len(people) == len({person["seqn"] for person in people}) == 1629
    assert sum(person["death"] == "1" for person in people) == 318
    assert sum(person["race"] == "1" for person in people) == 215
    assert sum(person["hbp"] == "" for person in people) == 791


def test_every_column_is_declared_documented_and_of_the_baseline():
    columns = list(rows()[0])
    assert {column.name for column in NHEFS.columns} == set(columns)
    documented = (PACKAGE / "data" / "nhefs.md").read_text(encoding="utf-8").partition("## Columns")[2]
    assert all(f"`{name}`" in documented for name in columns)
    assert not set(columns) & set(NHEFS.leaks)
    assert not [name for name in columns if re.search("82|dth", name)]


def test_every_code_has_words():
    people = rows()
    for column in NHEFS.columns:
        if column.values:
            assert {person[column.name] for person in people} - {""} <= column.values.keys(), column.name


def test_sex_race_and_age_are_protected():
    assert [c.name for c in NHEFS.columns if c.role is Role.PROTECTED] == ["sex", "race", "age"]


def test_the_example_is_a_job_and_uses_what_is_offered():
    spec = build_spec(read_job_file(PACKAGE / "examples" / "risk.toml"))
    assert (spec.dataset.use, spec.model.use) == (NHEFS.key, "health.risk")
    assert spec.audit.policy == NHEFS.policy == DEFAULT.key
