from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

import testamur_finance
from testamur.contracts.dataset import Role
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur_finance.datasets.german import GERMAN

FILE = Path(testamur_finance.__file__).parent / "data" / "german.csv"


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_is_the_one_that_was_described():
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest == GERMAN.source.sha256
    assert digest in FILE.with_suffix(".md").read_text(encoding="utf-8")


def test_the_counts_are_those_of_the_documentation():
    people = rows()
    assert len(people) == len({p["applicant"] for p in people}) == 1000
    assert sum(p["risk"] == "bad" for p in people) == 300
    assert sum(p["sex"] == "female" for p in people) == 310
    assert sum(p["foreign_worker"] == "no" for p in people) == 37


def test_every_column_is_declared_and_documented():
    columns = list(rows()[0])
    assert {c.name for c in GERMAN.columns} == set(columns)
    documented = FILE.with_suffix(".md").read_text(encoding="utf-8").partition("## Columns")[2]
    assert all(f"`{name}`" in documented for name in columns)


def test_sex_age_and_foreign_worker_are_protected_and_marriage_is_gone():
    assert {c.name for c in GERMAN.columns if c.role is Role.PROTECTED} == {"sex", "age", "foreign_worker"}
    assert not any("marit" in c.name or "status" in c.name for c in GERMAN.columns)


def test_what_is_no_missing_value_is_not_read_as_one():
    loaded = load_source(DatasetRequest(use=GERMAN.key), GERMAN, base=Path.cwd())
    assert sum(loaded.frame.null_count().row(0)) == 0


def test_a_credit_file_without_the_protected_column_is_refused_by_name(tmp_path):
    people = rows()
    path = tmp_path / "own.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [n for n in people[0] if n != "sex"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(people)
    with pytest.raises(DataError, match="sex"):
        load_source(DatasetRequest(use=GERMAN.key, path=str(path)), GERMAN, base=tmp_path)
