"""The TOML beside a file fills up what the job leaves open, and its faults are told."""

import pytest

from testamur.contracts.dataset import SplitKind, SplitRule
from testamur.contracts.errors import ConfigurationError, DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source

ROWS = "who,sex,wealth,y\n" + "".join(
    f"p{i // 3},{'mf'[i % 2]},{i % 13},{['no', 'yes'][i % 3 == 0]}\n" for i in range(90)
)
BESIDE = """
target = "y"
protected = ["sex"]
entity = "who"
title = "Beside"
event = "said yes"
quasi_identifiers = ["sex"]
caveats = ["small"]
[split]
kind = "random"
[columns.sex]
label = "Sex"
values = { m = "men", f = "women" }
[columns.wealth]
unit = "kEUR"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.csv").write_text(ROWS)
    return tmp_path


def load(folder, **asked):
    return load_source(DatasetRequest(path="t.csv", **asked), None, base=folder)


@pytest.mark.parametrize("name", ["t.toml", "t.csv.toml"])
def test_roles_and_words_travel_with_the_data(folder, name):
    (folder / name).write_text(BESIDE)
    spec = load(folder).spec
    assert spec.problem.event == "said yes"
    assert spec.column("sex").label == "Sex"
    assert spec.column("sex").role == "protected"
    assert spec.column("who").role == "entity"
    assert spec.column("wealth").unit == "kEUR"
    assert spec.title == "Beside"
    assert spec.caveats == ("small",)
    assert spec.split.kind is SplitKind.RANDOM


def test_the_jobs_own_words_win(folder):
    (folder / "t.toml").write_text(BESIDE)
    spec = load(folder, target="sex", protected=("y",), title="Mine", split=SplitRule(test=0.4)).spec
    assert spec.problem.target == "sex"
    assert spec.column("y").role == "protected"
    assert spec.title == "Mine"
    assert spec.split.test == 0.4


def test_unknown_keys_and_types_are_all_told(folder):
    (folder / "t.toml").write_text('targett = "y"\nprotected = "sex"\n[columns.sex]\nlable = "x"\n')
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    told = str(caught.value)
    assert "did you mean target?" in told
    assert "did you mean label?" in told
    assert "t.toml: protected" in told


def test_notes_on_absent_columns_are_told(folder):
    (folder / "t.toml").write_text('target = "y"\n[columns.sexx]\nlabel = "x"\n')
    with pytest.raises(DataError, match="did you mean sex"):
        load(folder)


def test_broken_toml_names_the_file(folder):
    (folder / "t.toml").write_text("target = \n")
    with pytest.raises(ConfigurationError, match=r"t\.toml: TOML is required"):
        load(folder, target="y")


def test_a_job_file_of_the_same_name_is_not_read(folder):
    (folder / "t.toml").write_text('[dataset]\npath = "t.csv"\ntarget = "wealth"\n')
    assert load(folder, target="y").spec.problem.target == "y"


def test_declared_leaks_are_refused_until_ignored(folder):
    (folder / "t.toml").write_text('target = "y"\n[leaks]\nwealth = "known only afterwards"\n')
    with pytest.raises(DataError, match="known only afterwards"):
        load(folder)
    assert load(folder, ignore=("wealth",)).spec.column("wealth").role == "ignored"
