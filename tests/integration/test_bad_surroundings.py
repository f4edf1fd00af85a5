"""What fails around a job: memory, disk, broker, database, plugins. One clear error, and nothing is lost."""

import errno
import itertools
import json
import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from testamur.contracts.errors import OutOfMemory, PluginError, StoreError, TrainingDiverged
from testamur.contracts.event import EventKind
from testamur.contracts.job import JobSpec, State
from testamur.contracts.plugin import PluginStatus
from testamur.hooks.discovery import discover
from testamur.hooks.registry import Registry
from testamur.pipeline.run_job import run_job
from testamur.report.keys import load_or_create
from testamur.report.verify import verify_dossier
from testamur.store.repository import JobRepository
from testamur.testing.fakes import RecordingObserver
from testamur_workers.explain import describe_traceback, explain
from testamur_workers.settle import settle
from testamur_workers.watch import Departure, Wish

from .conftest import ROLES, people, write

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
POLICY = """
from testamur import hookimpl
from testamur.contracts.policy import Policy

@hookimpl
def register_policies():
    return [Policy(key="NAME.default", version="1", title="t", owner="o", rationale="r")]
"""
HOOK = "\nfrom testamur import hookimpl\n@hookimpl\ndef {hook}({arguments}):\n    raise ValueError('BOOM')\n"
MODEL = """
import torch
from testamur import hookimpl
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ModelOptions, ModelSpec

class Net(torch.nn.Module):
    def __init__(self, context):
        super().__init__()
        self.line = torch.nn.Linear(context.n_numeric, context.n_outputs)

    def forward(self, numeric, categorical):
        BODY

def build(context, options):
    return Net(context)

@hookimpl
def register_models():
    return [ModelSpec(key="odd.net", title="Odd", summary="Odd.", problems=tuple(ProblemKind),
                      options=ModelOptions, build="PACKAGE.plugin:build")]
"""


def spec_for(tmp_path, **parts) -> JobSpec:
    path = write(tmp_path / "people.csv", people(120))
    tree = {
        "dataset": {"path": str(path), "target": "y", "positive": "yes", "protected": ["sex"]},
        "model": {"options": {"members": 2, "hidden": 8, "bins": 4}},
        "training": {"epochs": 2},
        "audit": {"bootstrap": 100, "self_check": "off", "privacy_attacks": "none"},
    }  # fmt: skip
    return JobSpec.parse({**tree, **parts})


def walk(spec, home, *, observer=None, registry=None):
    return run_job(
        spec,
        job_id="abcdefghijkl",
        attempt=1,
        registry=registry or Registry.load(home),
        observer=observer or RecordingObserver(),
        folder=home / "jobs" / "abcdefghijkl",
        dossier=home / "dossiers" / "abcdefghijkl",
        home=home,
        base=home,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def use_odd_model(install, body: str):
    install("odd", MODEL.replace("BODY", body), offers='models = ["odd.net"]')
    return {"model": {"use": "odd.net"}}


def test_training_that_diverges_to_nan(install, cli, tmp_path):
    model = use_odd_model(install, "return self.line(numeric) * float('nan')")
    with pytest.raises(TrainingDiverged) as caught:
        walk(spec_for(tmp_path, **model), cli.home)
    ending = explain(caught.value)
    assert (ending.kind, ending.exit_code) == ("diverged", 5)
    assert "learning" in ending.message
    assert not (cli.home / "dossiers").exists()
    done = cli.run(tmp_path / "people.csv", "--model", "odd.net", "--set", "model.options={}")
    assert done.exit_code == 5
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("body", "place"),
    [("raise MemoryError", "host"), ("raise torch.OutOfMemoryError('CUDA out of memory')", "device")],
    ids=["host", "gpu"],
)
def test_out_of_memory_in_training(install, home, tmp_path, sqlite_store, body, place):
    spec = spec_for(tmp_path, **use_odd_model(install, body))
    with pytest.raises(OutOfMemory) as caught:
        walk(spec, home)
    ending = explain(caught.value)
    assert (ending.kind, ending.exit_code) == (f"out_of_memory_{place}", 5)
    assert "batch_size" in ending.message
    jobs = JobRepository(sqlite_store)
    claim = jobs.claim(jobs.add(spec).id, worker="w@h", host="h", pid=1, lease_s=30)
    settle(Departure(Wish.NONE, ending, ending.exit_code), claim, jobs, n_oom_kills=0, patience_s=0)
    job = jobs.get(claim.job_id)
    assert (job.state, job.error_kind) == (State.FAILED, f"out_of_memory_{place}")
    assert "batch_size" in job.error


@pytest.mark.parametrize("place", ["testamur.data.load.load_source", "testamur.report.render.render_html"])
def test_out_of_memory_elsewhere(cli, tmp_path, monkeypatch, place):
    def fails(*arguments, **named):
        raise MemoryError

    monkeypatch.setattr(place, fails)
    done = cli.run(write(tmp_path / "people.csv", people(120)))
    assert done.exit_code == 5
    assert "no memory left" in done.stderr
    assert not list((cli.home).glob("dossiers/*"))


def test_a_disk_that_fills_in_a_checkpoint_spares_the_one_before(home, tmp_path, monkeypatch):
    spec = spec_for(tmp_path, training={"epochs": 3, "checkpoint_every_s": 0.0})
    seconds = itertools.count()  # so that every epoch is long enough for a checkpoint of its own
    monkeypatch.setattr("testamur.train.loop.time", SimpleNamespace(perf_counter=lambda: next(seconds)))
    real, calls = os.fsync, []

    def full_in_the_second_epoch(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise FULL
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_in_the_second_epoch)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        walk(spec, home)
    assert "retry" in caught.value.remedy
    (kept,) = (home / "jobs" / "abcdefghijkl" / "checkpoint").iterdir()
    assert kept.name == "checkpoint.safetensors"
    monkeypatch.undo()
    monkeypatch.setenv("TESTAMUR_HOME", str(home))
    observer = RecordingObserver()
    resumed = walk(spec, home, observer=observer)
    assert resumed.report.training.resumed_from_epoch == 1
    assert any("resumes after epoch 1" in data["message"] for data in observer.of_kind(EventKind.LOG))


def test_a_disk_that_fills_in_the_signing_key_leaves_no_half_of_it(home, tmp_path, monkeypatch):
    def fails(descriptor):
        raise FULL

    home.mkdir()
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(StoreError, match="signing key"):
        load_or_create(home)
    assert list((home / "keys").iterdir()) == []
    monkeypatch.undo()
    assert load_or_create(home).fingerprint == load_or_create(home).fingerprint


@pytest.mark.parametrize("refusing", ["write_bytes", "fsync", "mkdtemp", "rename"])
def test_a_disk_that_fills_while_the_dossier_is_written_spares_the_one_before(
    home, tmp_path, monkeypatch, refusing
):
    spec = spec_for(tmp_path)
    first = walk(spec, home)
    before = contents(first.dossier)

    def fails(*arguments, **named):
        raise FULL

    def begin(kind, data, emit=RecordingObserver.emit):
        if kind is EventKind.STAGE and data["stage"] == "seal":
            target = {"write_bytes": (Path, "write_bytes"), "rename": (Path, "rename")}
            holder, name = target.get(refusing, (None, refusing))
            holder = holder or (os if refusing == "fsync" else __import__("tempfile"))
            monkeypatch.setattr(holder, name, fails)

    observer = RecordingObserver()
    observer.emit = begin
    with pytest.raises(StoreError, match="No space left") as caught:
        walk(spec, home, observer=observer)
    assert explain(caught.value).kind == "store"
    monkeypatch.undo()
    assert contents(first.dossier) == before
    assert [path.name for path in first.dossier.parent.iterdir()] == ["abcdefghijkl"]
    assert verify_dossier(first.dossier, key=None).ok


def test_a_home_that_cannot_be_made(cli, tmp_path):
    write(tmp_path / "people.csv", people(120))
    (tmp_path / "file").write_text("")
    cli.home = tmp_path / "file" / "home"
    done = cli.run(tmp_path / "people.csv")
    assert done.exit_code == 7
    assert "set TESTAMUR_HOME" in done.stderr


def test_a_broker_that_is_down_at_submit_keeps_the_job_and_it_is_sent_later(cli, tmp_path):
    from testamur.jobs.submit import send_waiting
    from testamur.settings import Settings
    from testamur.store.session import open_store

    path = write(tmp_path / "people.csv", people(120))
    cli.queue.available = False
    done = cli("job", "submit", "--data", path, *ROLES)
    assert done.exit_code == 0
    assert "is kept" in done.stderr
    (job,) = json.loads(cli("job", "list", "--json").stdout)
    assert job["state"] == "queued"
    cli.queue.available = True
    with open_store(Settings.from_environment({"TESTAMUR_HOME": str(cli.home)})) as store:
        assert [sent.id for sent in send_waiting(store, cli.queue)] == [job["id"]]
    assert cli.queue.sent == [(job["id"], "normal")]


def test_a_locked_database_is_told_and_nothing_is_half_stored(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("testamur.store.engine.BUSY_TIMEOUT_MS", 50)
    path = write(tmp_path / "people.csv", people(120))
    assert cli("job", "submit", "--data", path, *ROLES).exit_code == 0
    holder = sqlite3.connect(cli.home / "testamur.db", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE").close()
        done = cli("job", "submit", "--data", path, *ROLES)
        assert done.exit_code == 7
        assert "locked" in done.stderr
        assert len(cli.queue.sent) == 1
        assert cli("job", "list").exit_code == 0  # readers do not wait
    finally:
        holder.close()
    assert len(json.loads(cli("job", "list", "--json").stdout)) == 1


REGISTRATIONS = [f"register_{kind}" for kind in ("datasets", "models", "checks", "policies", "reports")]


@pytest.mark.parametrize("hook", ["import", *REGISTRATIONS])
def test_a_plugin_that_raises_harms_only_the_jobs_that_name_it(install, cli, tmp_path, hook):
    source = "raise ValueError('BOOM')\n" if hook == "import" else HOOK.format(hook=hook, arguments="")
    install("bad", source, offers='policies = ["bad.default"]')
    install("good", POLICY.replace("NAME", "good"), offers='policies = ["good.default"]')
    path = write(tmp_path / "people.csv", people(120))
    assert cli.check(path, "--policy", "good.default").exit_code == 0
    done = cli.check(path, "--policy", "bad.default")
    assert done.exit_code == 2
    assert "audit.policy" in done.stderr
    assert "plugin bad is broken" in done.stderr
    assert "BOOM" in done.stderr
    listed = {info["name"]: info for info in json.loads(cli("plugin", "list", "--json").stdout)}
    assert listed["bad"]["status"] == "broken"
    assert "BOOM" in listed["bad"]["error"]
    assert listed["good"]["status"] == "active"


def test_watchers_that_raise_in_each_hook_do_not_end_the_walk(install, home, tmp_path, caplog):
    hooks = {"on_job_state": "event", "on_epoch": "event", "after_audit": "attempt, findings"}
    source = POLICY.replace("NAME", "bad") + "".join(
        HOOK.format(hook=hook, arguments=arguments) for hook, arguments in hooks.items()
    )
    install("bad", source, offers='policies = ["bad.default"]')
    registry = Registry.load(home)
    outcome = walk(spec_for(tmp_path), home, registry=registry)
    assert verify_dossier(outcome.dossier, key=None).ok
    assert {fault.hook for fault in registry.watcher_faults} == {"on_epoch", "after_audit"}
    assert all("plugin bad" in fault.message for fault in registry.watcher_faults)
    assert len([r for r in caplog.records if "a watcher failed" in r.message]) == 2  # once, not each epoch


CHECK = """
from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section
from testamur.contracts.report_spec import ReportKind, ReportSpec

def fails(*arguments):
    raise ValueError("could not convert string to float: " + "-".join(("CELL", "4711")))

@hookimpl
def register_checks():
    return [CheckSpec(key="bad.check", section=Section.DATA, title="Fails", question="Does it fail?",
                      formula="none", citation="none", problems=tuple(ProblemKind),
                      run="PACKAGE.plugin:fails")]

@hookimpl
def register_reports():
    return [ReportSpec(key="bad.part", kind=ReportKind.SECTION, title="Part", question="What?",
                       render="PACKAGE.plugin:fails", template="PACKAGE:x.html.j2", section=Section.DATA)]
"""


def test_a_check_and_a_report_part_that_raise_are_told_without_their_words(install, home, tmp_path):
    install("bad", CHECK, offers='checks = ["bad.check"]\nreports = ["bad.part"]')
    outcome = walk(spec_for(tmp_path), home)
    (entry,) = [entry for entry in outcome.report.coverage if entry.check == "bad.check"]
    assert entry.status == "failed"
    assert "ValueError at plugin.py, line" in entry.reason
    assert any("bad.part" in line for line in outcome.report.limitations)
    shared = [
        path for path in outcome.dossier.rglob("*") if path.is_file() and "restricted" not in path.parts
    ]
    assert not [path for path in shared if b"CELL-4711" in path.read_bytes()]


def test_a_plugin_of_another_api_version_is_not_imported(install, cli, tmp_path):
    install("new", "raise SystemExit(9)", offers='policies = ["new.default"]', api="[7, 9]")
    done = cli.check(write(tmp_path / "people.csv", people(120)), "--policy", "new.default")
    assert done.exit_code == 2
    assert "plugin new is incompatible" in done.stderr
    assert "plugin API 7 to 9" in done.stderr
    (info,) = [info for info in discover(cli.home) if info.name == "new"]
    assert info.status is PluginStatus.INCOMPATIBLE


def test_an_unexpected_error_of_a_plugin_names_its_place_and_no_cell(install, home, tmp_path):
    model = use_odd_model(install, "raise KeyError('-'.join(('CELL', '4711')))")
    with pytest.raises((KeyError, PluginError)) as caught:
        walk(spec_for(tmp_path, **model), home)
    assert "CELL-4711" not in describe_traceback(caught.value)
    if isinstance(caught.value, KeyError):
        assert "CELL-4711" not in explain(caught.value).message
