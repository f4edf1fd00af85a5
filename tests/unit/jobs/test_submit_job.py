"""Submission: checked, stored, then sent; what the broker does not take waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from testamur.contracts.errors import ConfigurationError, NotFound
from testamur.contracts.job import Priority, State
from testamur.jobs.jobfile import build_spec
from testamur.jobs.states import TRANSITIONS, WrongState, check_transition
from testamur.jobs.submit import cancel_job, move_job, retry_job, send_waiting, submit_job
from testamur.store.repository import JobRepository
from testamur.testing.fakes import MemoryQueue


@pytest.fixture
def queue():
    return MemoryQueue()


@pytest.fixture
def submit(registry, sqlite_store, queue, tmp_path):
    def call(**job):
        spec = build_spec({"dataset": {"use": "health.nhefs"}, "job": job})
        return submit_job(spec, registry=registry, store=sqlite_store, queue=queue, base=tmp_path)

    return call


def test_a_submitted_job_is_stored_and_sent(submit, sqlite_store, queue, tmp_path):
    job = submit(priority="urgent", name="first")
    assert queue.sent == [(job.id, "urgent")]
    assert JobRepository(sqlite_store).get(job.id) == job
    assert (job.sent, job.state, job.name, job.base) == (True, State.QUEUED, "first", str(tmp_path))
    assert job.plugins == {"health": "0"}


def test_a_job_that_cannot_be_used_is_not_stored(registry, sqlite_store, queue, tmp_path):
    spec = build_spec({"dataset": {"use": "health.nothing"}})
    with pytest.raises(ConfigurationError):
        submit_job(spec, registry=registry, store=sqlite_store, queue=queue, base=tmp_path)
    assert queue.sent == []
    assert JobRepository(sqlite_store).list() == []


def test_a_broker_that_is_away_loses_nothing(submit, sqlite_store, queue):
    queue.available = False
    first, second = submit(), submit()
    assert not first.sent
    assert send_waiting(sqlite_store, queue) == []
    queue.available = True
    assert [job.id for job in send_waiting(sqlite_store, queue)] == [first.id, second.id]
    assert [job_id for job_id, _ in queue.sent] == [first.id, second.id]
    assert send_waiting(sqlite_store, queue) == []
    assert JobRepository(sqlite_store).get(first.id).sent


def test_a_message_that_was_lost_is_sent_again(submit, sqlite_store, queue):
    job = submit()
    later = datetime.now(UTC) + timedelta(seconds=61)
    assert send_waiting(sqlite_store, queue, resend_after_s=60) == []
    assert [
        sent.id for sent in send_waiting(sqlite_store, queue, resend_after_s=60, clock=lambda: later)
    ] == [job.id]


def test_cancel_and_retry(submit, sqlite_store, queue):
    job = submit()
    assert cancel_job(job.id, store=sqlite_store).state is State.CANCELLED
    assert cancel_job(job.id, store=sqlite_store).state is State.CANCELLED
    again = retry_job(job.id[:10], store=sqlite_store, queue=queue)
    assert (again.id, again.state, again.sent) == (job.id, State.QUEUED, True)
    assert len(queue.sent) == 2
    with pytest.raises(WrongState, match="queued job can become"):
        retry_job(job.id, store=sqlite_store, queue=queue)


def test_a_running_job_is_asked_to_end(submit, sqlite_store):
    job = submit()
    claim = JobRepository(sqlite_store).claim(job.id, worker="w", host="h", pid=1, lease_s=30)
    asked = cancel_job(job.id, store=sqlite_store)
    assert (asked.state, asked.cancel_requested) == (State.RUNNING, True)
    assert JobRepository(sqlite_store).peek(claim).cancel_requested


def test_a_done_job_is_left_alone(submit, sqlite_store, queue):
    job, jobs = submit(), JobRepository(sqlite_store)
    jobs.finish(jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30), State.DONE, dossier="/d")
    for wish in (
        lambda: cancel_job(job.id, store=sqlite_store),
        lambda: retry_job(job.id, store=sqlite_store, queue=queue),
    ):
        with pytest.raises(WrongState, match="no other state"):
            wish()
    assert jobs.get(job.id).dossier == "/d"


def test_a_job_that_is_not_there(sqlite_store, queue):
    for wish in (
        lambda: cancel_job("nothing", store=sqlite_store),
        lambda: retry_job("nothing", store=sqlite_store, queue=queue),
    ):
        with pytest.raises(NotFound):
            wish()


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_the_table_of_states(before, after):
    if after in TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(WrongState, match=f"{after.value} was asked for"):
            check_transition(before, after)


def test_a_request_sent_again_under_its_key_is_sent_to_the_workers_once(submit, queue):
    first, again = submit(client_key="order-7"), submit(client_key="order-7")
    assert (again.id, again.sent) == (first.id, True)
    assert queue.sent == [(first.id, "normal")]


def test_a_moved_job_needs_no_second_message(submit, sqlite_store, queue):
    job = submit()
    moved = move_job(job.id, Priority.URGENT, store=sqlite_store)
    assert (moved.priority, moved.sent) == (Priority.URGENT, True)
    assert queue.sent == [(job.id, "normal")]


def test_a_job_that_does_not_wait_cannot_be_moved(submit, sqlite_store, queue):
    job = submit()
    cancel_job(job.id, store=sqlite_store)
    with pytest.raises(WrongState, match="a job that waits is required, however: it is cancelled"):
        move_job(job.id, Priority.BATCH, store=sqlite_store)


def test_a_job_may_not_name_a_variable_of_the_platform_itself(registry, sqlite_store, queue, tmp_path):
    request = {"url": "env:TESTAMUR_DATABASE_URL", "query": "select * from job", "target": "state"}
    spec = build_spec({"dataset": request})
    with pytest.raises(ConfigurationError) as caught:
        submit_job(spec, registry=registry, store=sqlite_store, queue=queue, base=tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["dataset.url"]
    assert JobRepository(sqlite_store).list() == []
