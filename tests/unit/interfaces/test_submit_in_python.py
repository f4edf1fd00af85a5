"""`testamur.submit` and the handle it returns."""

from datetime import UTC, datetime

import pytest

import testamur
from testamur.contracts.errors import Cancelled, ConfigurationError, JobFailed, TestamurError
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import JobSpec, State
from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import Invocation


@pytest.fixture
def job(surroundings, table, home):
    return testamur.submit(table, name="From Python", home=home)


def end(home, job, state, **how):
    with Desk(Invocation(home=home).settings()) as desk:
        claim = desk.jobs.claim(job.id, worker="cpu0@here", host="here", pid=1, lease_s=30.0)
        desk.jobs.finish(claim, state, **how)


def test_a_submitted_job_is_queued_under_its_name(job, home, surroundings):
    assert job.state is State.QUEUED
    assert surroundings.memory_queue.sent == [(job.id, "normal")]
    with Desk(Invocation(home=home).settings()) as desk:
        assert desk.jobs.get(job.id).name == "From Python"


@pytest.mark.parametrize("kind", ["path", "dictionary", "record"])
def test_a_job_may_be_a_file_a_dictionary_or_a_record(surroundings, table, home, kind):
    tree = {"dataset": {"path": str(table.parent / "mine.csv"), "target": "left", "positive": "yes"}}
    given = {"path": str(table), "dictionary": tree, "record": JobSpec.parse(tree)}[kind]
    assert testamur.submit(given, home=home).state is State.QUEUED


def test_a_frame_is_written_where_a_worker_can_read_it(surroundings, home):
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2, 3] * 20, "y": ["a", "b", "a"] * 20})
    job = testamur.submit(data=frame, target="y", home=home)
    with Desk(Invocation(home=home).settings()) as desk:
        path = desk.jobs.get(job.id).spec.dataset.path
    assert path.startswith(str(home / "frames"))
    assert path.endswith(".parquet")


def test_waiting_raises_what_the_job_ended_with(job, home):
    with pytest.raises(TimeoutError):
        job.wait(timeout_s=0.05)
    end(home, job, State.FAILED, error="the loss is not finite any more", error_kind="diverged")
    with pytest.raises(JobFailed, match="not finite"):
        job.wait()


def test_a_cancelled_job_says_so(job):
    job.cancel()
    assert job.state is State.CANCELLED
    with pytest.raises(Cancelled):
        job.wait()


def test_a_job_that_is_done_has_a_dossier(job, home, tmp_path):
    with pytest.raises(TestamurError, match="is queued"):
        _ = job.dossier
    assert job.cleared is None
    end(home, job, State.DONE, dossier=str(tmp_path / "dossier"), cleared=False)
    assert job.wait() is job
    assert job.dossier == tmp_path / "dossier"
    assert job.cleared is False


def test_events_and_logs_of_a_job(job, home, surroundings):
    stage = Event(job_id=job.id, kind=EventKind.STAGE, at=datetime.now(UTC), data={"stage": "fit"})
    surroundings.memory_events.publish(stage)
    end(home, job, State.FAILED, error="x", error_kind="diverged")
    assert [event.data for event in job.events()] == [{"stage": "fit"}]
    assert job.logs() == ""
    folder = home / "jobs" / job.id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "attempt-1.log").write_text("it began\n")
    assert job.logs() == "it began\n"


def test_nothing_is_stored_when_the_job_cannot_be_used(surroundings, home):
    with pytest.raises(ConfigurationError):
        testamur.submit(dataset="nowhere.data", home=home)
    with Desk(Invocation(home=home).settings()) as desk:
        assert desk.jobs.list() == []


def test_submit_and_run_take_the_same_arguments():
    from inspect import signature

    submit, run = (dict(signature(function).parameters) for function in (testamur.submit, testamur.run))
    del submit["wait"]
    assert {name: str(p) for name, p in submit.items()} == {name: str(p) for name, p in run.items()}
