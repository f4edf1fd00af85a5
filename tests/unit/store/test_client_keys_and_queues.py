"""A request sent twice is one job; a job that was moved waits in its new queue."""

from __future__ import annotations

import threading

import pytest

from testamur.contracts.errors import NotFound
from testamur.contracts.job import JobSpec, Priority, State
from testamur.store.repository import JobRepository
from testamur.store.same_request import KeyTaken

WORKER = {"worker": "cpu0@here", "host": "here", "pid": 4711, "lease_s": 30.0}


def spec(key: str | None = None, **job: object) -> JobSpec:
    return JobSpec.parse({"dataset": {"use": "health.nhefs"}, "job": {"client_key": key, **job}})


def test_the_same_key_and_request_give_the_same_job_in_whatever_state(jobs):
    first = jobs.add(spec("order-7"))
    claim = jobs.claim(first.id, **WORKER)
    again = jobs.add(spec("order-7"))
    assert (again.id, again.state) == (first.id, State.RUNNING)
    jobs.finish(claim, State.DONE)
    assert jobs.add(spec("order-7")).state is State.DONE
    assert len(jobs.list()) == 1


def test_without_a_key_every_submission_is_a_job(jobs):
    assert jobs.add(spec()).id != jobs.add(spec()).id


def test_a_key_with_another_request_is_refused_and_nothing_is_stored(jobs):
    first = jobs.add(spec("order-7"))
    with pytest.raises(KeyTaken, match=f"{first.id}.*another job"):
        jobs.add(spec("order-7", seed=1))
    assert len(jobs.list()) == 1


def test_many_who_send_the_same_request_at_once_get_one_job(any_store):
    found: list[str] = []
    start = threading.Barrier(6)

    def send() -> None:
        jobs = JobRepository(any_store)
        start.wait()
        found.append(jobs.add(spec("order-7")).id)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(JobRepository(any_store).list()) == 1


def test_a_moved_job_waits_behind_those_of_its_new_queue_and_its_message_stays(jobs, hand_clock):
    job, other = jobs.add(spec()), jobs.add(spec(priority="urgent"))
    jobs.mark_sent(job.id)
    hand_clock.advance(1)
    moved = jobs.move(job.id, Priority.URGENT)
    assert (moved.priority, moved.sent) == (Priority.URGENT, True)
    assert [waiting.id for waiting in jobs.next_up(Priority.URGENT)] == [other.id, job.id]
    assert jobs.claim_next(**WORKER).job_id == other.id
    assert jobs.claim_next(**WORKER).job_id == job.id


def test_moving_to_where_it_waits_costs_no_place(jobs, hand_clock):
    job = jobs.add(spec())
    hand_clock.advance(1)
    other = jobs.add(spec())
    jobs.move(job.id, Priority.NORMAL)
    assert [waiting.id for waiting in jobs.next_up(Priority.NORMAL)] == [job.id, other.id]


def test_a_job_that_runs_is_not_moved(jobs):
    job = jobs.add(spec())
    jobs.claim(job.id, **WORKER)
    moved = jobs.move(job.id, Priority.BATCH)
    assert (moved.priority, moved.state) == (Priority.NORMAL, State.RUNNING)
    with pytest.raises(NotFound):
        jobs.move("zzzzzzzzzzzz", Priority.BATCH)


def test_the_tally_and_the_order_of_a_queue(jobs, hand_clock):
    ids = []
    for _ in range(3):
        ids.append(jobs.add(spec()).id)
        hand_clock.advance(1)
    jobs.add(spec(priority="batch"))
    jobs.claim(ids[0], **WORKER)
    tally = jobs.tally()
    assert tally[Priority.NORMAL] == {State.QUEUED: 2, State.RUNNING: 1}
    assert tally[Priority.BATCH] == {State.QUEUED: 1, State.RUNNING: 0}
    assert tally[Priority.URGENT] == {State.QUEUED: 0, State.RUNNING: 0}
    assert [job.id for job in jobs.next_up(Priority.NORMAL)] == ids[1:]
    assert [job.id for job in jobs.next_up(Priority.NORMAL, limit=1)] == ids[1:2]
