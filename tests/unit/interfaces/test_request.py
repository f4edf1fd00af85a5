"""Flags, a job file and Python arguments make the same request."""

import pytest

from testamur.contracts.errors import ConfigurationError
from testamur.contracts.job import JobSpec
from testamur.interfaces.request import FLAGS, put_flags
from testamur.jobs.jobfile import build_spec


def test_every_flag_names_an_entry_of_a_job_file():
    sections = JobSpec.model_fields
    for flag in FLAGS:
        section, entry = flag.path
        assert entry in sections[section].annotation.model_fields, flag
        assert flag.help.endswith(".")


def test_flags_alone_make_a_job():
    given = {"data": "/x/my.csv", "target": "y", "protected": ["a", "b"], "threshold": "0.3", "epochs": 7}
    spec = build_spec(put_flags({}, given))
    assert (spec.dataset.path, spec.dataset.target, spec.dataset.protected) == ("/x/my.csv", "y", ("a", "b"))
    assert (spec.audit.threshold, spec.training.epochs) == (0.3, 7)


def test_a_rule_stays_a_rule():
    assert put_flags({}, {"threshold": "sensitivity>=0.8"})["audit"]["threshold"] == "sensitivity>=0.8"


def test_a_flag_goes_over_the_file_and_leaves_the_rest():
    tree = {"job": {"name": "old", "seed": 4}, "dataset": {"path": "mine.csv", "target": "y"}}
    changed = put_flags(tree, {"name": "new"})
    assert changed["job"] == {"name": "new", "seed": 4}
    assert tree["job"]["name"] == "old"


def test_a_dataset_beside_a_file_takes_the_place_of_the_files_own():
    tree = {"dataset": {"path": "mine.csv", "target": "y"}}
    assert put_flags(tree, {"dataset": "health.nhefs"})["dataset"] == {"use": "health.nhefs", "target": "y"}


def test_two_origins_on_the_command_line_are_both_refused():
    with pytest.raises(ConfigurationError, match="use, path or query is required"):
        build_spec(put_flags({}, {"query": "SELECT 1", "url": "sqlite:///x", "data": "my.csv"}))


def test_a_file_and_the_dataset_it_is_read_as_go_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = put_flags(
        {}, {"dataset": "health.nhefs", "data": "my.csv", "columns": ("sex=Geschlecht", "a = b=c")}
    )
    assert both["dataset"] == {
        "use": "health.nhefs",
        "path": str(tmp_path / "my.csv"),
        "columns": {"sex": "Geschlecht", "a": "b=c"},
    }
    mapped = put_flags(both, {"data": "other.csv", "columns": {"age": "Alter"}})["dataset"]
    assert (mapped["use"], mapped["path"]) == ("health.nhefs", str(tmp_path / "other.csv"))
    assert mapped["columns"] == {"sex": "Geschlecht", "a": "b=c", "age": "Alter"}
    with pytest.raises(ConfigurationError, match="declared=own is required"):
        put_flags({}, {"dataset": "health.nhefs", "data": "my.csv", "columns": ("sex",)})


def test_a_relative_path_in_a_flag_counts_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert put_flags({}, {"data": "my.csv"})["dataset"]["path"] == str(tmp_path / "my.csv")


def test_a_section_that_is_no_table_is_a_clear_error():
    with pytest.raises(ConfigurationError, match="job: a table is required"):
        put_flags({"job": 3}, {"name": "x"})
