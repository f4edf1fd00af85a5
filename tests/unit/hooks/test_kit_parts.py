from __future__ import annotations

import pytest
from hypothesis import given, settings

from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.errors import BrokerUnavailable, Cancelled, ConfigurationError
from testamur.contracts.event import Event, EventKind
from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.policy import Policy
from testamur.testing import strategies
from testamur.testing.rules.imports import imported_modules
from testamur.testing.scaffold import sample_csv, write_plugin


@settings(max_examples=25)
@given(strategies.dataset_specs())
def test_drawn_datasets_survive_json(spec):
    assert DatasetSpec.model_validate_json(spec.model_dump_json()) == spec


@settings(max_examples=25)
@given(strategies.policies())
def test_drawn_policies_survive_json(policy):
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


@settings(max_examples=50)
@given(strategies.findings())
def test_drawn_findings_hold_their_value_or_say_why_not(finding: Finding):
    if finding.status is CheckStatus.DONE:
        assert finding.low <= finding.value <= finding.high
    else:
        assert finding.value is None
        assert finding.reason


def test_a_recording_observer_keeps_and_stops(recording_observer):
    from testamur.testing.fakes import RecordingObserver

    recording_observer.emit(EventKind.STAGE, {"stage": "fit"})
    recording_observer.check_stop()
    assert recording_observer.of_kind(EventKind.STAGE) == [{"stage": "fit"}]
    stopping = RecordingObserver(stop_after=1)
    stopping.check_stop()
    stopping.emit(EventKind.LOG, {})
    with pytest.raises(Cancelled):
        stopping.check_stop()


def test_a_memory_queue_keeps_and_refuses(memory_queue):
    memory_queue.send("a", "normal")
    memory_queue.available = False
    with pytest.raises(BrokerUnavailable):
        memory_queue.send("b", "normal")
    assert memory_queue.sent == [("a", "normal")]
    assert not memory_queue.ping()


def test_memory_events_follow_a_job_to_its_end(memory_events):
    from datetime import UTC, datetime

    for state in ("running", "done", "queued"):
        memory_events.publish(
            Event(job_id="j", kind=EventKind.STATE, at=datetime.now(UTC), data={"state": state})
        )
    assert [event.data["state"] for event in memory_events.follow("j")] == ["running", "done"]
    assert [event.id for event in memory_events.read("j", after="1")] == ["2", "3"]


def test_settings_name_the_home(testamur_settings, testamur_home):
    assert testamur_settings.home == testamur_home


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import torch.nn as nn", ["torch.nn"]),
        ("from testamur import hookimpl, data", ["testamur.hookimpl", "testamur.data"]),
        ("from testamur.data import load", ["testamur.data"]),
        (
            "def f():\n    import importlib\n    importlib.import_module('testamur.store')",
            ["importlib", "testamur.store"],
        ),
        ("__import__('torch')", ["torch"]),
        ("from . import x", []),
    ],
)
def test_imports_are_seen_wherever_they_stand(source, modules):
    assert [module for _, module in imported_modules(source)] == modules


@pytest.mark.parametrize("name", ["Upper", "a-b", "../x", "", "class", "core", "workers", "a" * 41])
def test_a_plugin_name_that_cannot_be_used_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="name"):
        write_plugin(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("")
    with pytest.raises(ConfigurationError, match="empty or new folder"):
        write_plugin("mine", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_the_sample_is_the_same_for_the_same_seed():
    assert sample_csv(0) == sample_csv(0) != sample_csv(1)
    assert len({line.count(",") for line in sample_csv(0).splitlines()}) == 1
