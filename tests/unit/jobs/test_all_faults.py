"""A job file with faults of form and faulty names is told everything at once."""

from pathlib import Path

import pytest

from testamur.contracts.errors import ConfigurationError
from testamur.hooks.registry import Registry
from testamur.jobs.all_faults import build_or_explain


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(None)


def test_faults_of_form_and_of_names_come_together(registry, tmp_path):
    tree = {
        "dataset": {"use": "health.nhfes"},
        "model": {"use": "health.risk", "options": {"hidden": "wide"}},
        "training": {"epochs": "many", "epoch": 3},
    }
    with pytest.raises(ConfigurationError) as caught:
        build_or_explain(tree, lambda: registry, base=tmp_path)
    found = {problem.where for problem in caught.value.problems}
    assert found == {"dataset.use", "model.options.hidden", "training.epochs", "training.epoch"}
    remedies = " ".join(problem.remedy for problem in caught.value.problems)
    assert "health.nhefs" in remedies
    assert "epochs" in remedies


def test_a_fault_is_told_once(registry):
    with pytest.raises(ConfigurationError) as caught:
        build_or_explain({"dataset": {"use": 3}}, lambda: registry, base=Path("/"))
    places = [problem.where for problem in caught.value.problems]
    assert len(places) == len(set(places))


def test_a_sound_file_becomes_a_request_without_loading_a_plugin(tmp_path):
    assert (
        build_or_explain({"dataset": {"use": "health.nhefs"}}, lambda: registry, base=tmp_path).dataset.use
        == "health.nhefs"
    )
