"""A job is sent, run, watched and ended, through a real broker and a real worker."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from testamur.contracts.event import EventKind
from testamur.contracts.job import State

pytestmark = [pytest.mark.acceptance, pytest.mark.alone]

STUCK = """
import time
from pathlib import Path
from testamur import hookimpl

stage = Path(__file__).with_name("stage").read_text()

def sleep(*arguments, **options):
    time.sleep(600)

if stage == "report":
    import testamur.report.render
    testamur.report.render.render_html = sleep
elif stage == "seal":
    import testamur.report.dossier
    testamur.report.dossier._fill = sleep

@hookimpl
def after_audit(attempt, findings):
    if stage == "audit":
        sleep()
"""


@pytest.fixture(scope="module")
def where_it_sticks(shared_house) -> Path:
    """Installs a plugin that sleeps, and hears no signal, in the stage that this file names."""
    folder = shared_house.folder / "site"
    info = folder / "stuck-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stuck\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[testamur.plugins]\nstuck = stuck_plugin.plugin\n")
    package = folder / "stuck_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(STUCK)
    (package / "plugin.toml").write_text('[plugin]\napi = [1, 1]\ntitle = "Stuck"\n[offers]\n')
    (package / "stage").write_text("")
    return package / "stage"


@pytest.fixture(autouse=True)
def house(shared_house, where_it_sticks, monkeypatch):
    """One house for all tests here: what a worker lives through in one, it takes into the next."""
    monkeypatch.setenv("PYTHONPATH", str(where_it_sticks.parents[1]))
    shared_house.fleet.up()
    yield shared_house
    where_it_sticks.write_text("")
    shared_house.rest()


def test_a_job_goes_from_submit_to_dossier_and_is_watched_on_its_way(house):
    job_id = house.add(house.spec(epochs=4, small=True))
    events = list(house.events.follow(job_id))
    job = house.job(job_id)
    assert job.state is State.DONE, house.logs()
    assert (house.settings.dossier_folder(job_id) / "report.html").is_file()
    assert job.dossier == str(house.settings.dossier_folder(job_id))
    assert [e.data["epoch"] for e in events if e.kind is EventKind.EPOCH] == [1, 2, 3, 4]
    stages = [e.data["stage"] for e in events if e.kind is EventKind.STAGE]
    assert stages == ["load", "split", "fit", "predict", "audit", "judge", "report", "seal"]
    assert events[0].data["state"] == "running"
    assert events[-1].data["state"] == "done"
    assert [e.id for e in events] == sorted(
        {e.id for e in events}, key=lambda i: [int(p) for p in i.split("-")]
    )
    log = (house.settings.job_folder(job_id) / "attempt-1.log").read_text()
    assert "epoch 4 training loss" in log
    assert log.splitlines()[-1].endswith("state done")
    assert (job.attempts[0].outcome, job.n_attempts) == ("done", 1)
    for middle in (0, len(events) // 2, len(events) - 2):  # a watcher that comes back
        assert list(house.events.follow(job_id, after=events[middle].id)) == events[middle + 1 :]


@pytest.mark.parametrize("stage", ["load", "fit", "predict", "audit", "report", "seal"])
def test_cancel_ends_a_running_job_within_two_seconds(house, where_it_sticks, stage):
    if stage in ("audit", "report", "seal"):
        where_it_sticks.write_text(stage)
    dossiers = sorted(house.settings.home.glob("dossiers/*"))
    epochs = 100_000 if stage in ("load", "fit") else 2
    job_id = house.add(house.spec(epochs=epochs, small=stage != "predict"))
    house.wait_for(
        lambda: any(e.data.get("stage") == stage for e in house.events.read(job_id)), what=f"stage {stage}"
    )
    if stage in ("audit", "report", "seal"):
        time.sleep(1.0)  # it is in the plugin's sleep by now
        assert house.job(job_id).stage == stage
    asked = time.monotonic()
    house.cancel(job_id)
    job = house.wait_final(job_id)
    assert time.monotonic() - asked < 2.0
    assert (job.state, job.attempts[0].outcome) == (State.CANCELLED, "cancelled")
    assert sorted(house.settings.home.glob("dossiers/*")) == dossiers  # not even a draft came


def test_a_queued_job_is_cancelled_at_once_and_never_runs(house):
    busy = house.add(house.spec(epochs=100_000, small=True))
    house.wait_epoch(busy, 2)
    waiting = house.add(house.spec(small=True))
    asked = time.monotonic()
    house.cancel(waiting)
    assert house.job(waiting).state is State.CANCELLED
    assert time.monotonic() - asked < 2.0
    house.cancel(busy)
    house.wait_final(busy)
    last = house.add(house.spec(epochs=2, small=True))
    assert house.wait_final(last).state is State.DONE
    assert house.job(waiting).n_attempts == 0


def test_a_cancelled_job_can_be_tried_again(house):
    job_id = house.add(house.spec(epochs=60))
    house.wait_epoch(job_id, 3)
    house.cancel(job_id)
    assert house.wait_final(job_id).state is State.CANCELLED
    house.retry(job_id)
    job = house.wait_final(job_id)
    assert (job.state, job.n_attempts) == (State.DONE, 2)
    assert job.attempts[1].resumed_from_epoch >= 3
    assert [e.data["state"] for e in house.events.follow(job_id) if e.kind is EventKind.STATE] == [
        "running",
        "cancelled",
        "running",
        "done",
    ]


def test_a_job_that_cannot_be_run_fails_with_every_fault_named(house):
    spec = house.spec(small=True)
    wrong = spec.model_copy(update={"dataset": spec.dataset.model_copy(update={"target": "dies"})})
    job = house.wait_final(house.add(wrong))
    assert (job.state, job.n_attempts) == (State.FAILED, 1)
    assert job.error_kind in ("data", "configuration")
    assert "dies" in job.error


def test_a_passed_deadline_ends_a_running_job(house):
    spec = house.spec(epochs=100_000, small=True)
    soon = datetime.now(UTC) + timedelta(seconds=4)
    job_id = house.add(spec.model_copy(update={"job": spec.job.model_copy(update={"deadline": soon})}))
    job = house.wait_final(job_id)
    assert (job.state, job.error_kind, job.n_attempts) == (State.FAILED, "deadline", 1)
