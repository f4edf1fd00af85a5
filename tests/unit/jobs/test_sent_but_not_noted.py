"""A job whose message was sent is submitted, though the database could not note it."""

import logging

from testamur.contracts.errors import StoreError
from testamur.contracts.job import JobSpec, State
from testamur.jobs.submit import _send, send_waiting
from testamur.store.repository import JobRepository
from testamur.testing.fakes import MemoryQueue

SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}})


def test_a_database_that_is_locked_after_sending_raises_nothing(sqlite_store, monkeypatch, caplog):
    jobs, queue = JobRepository(sqlite_store), MemoryQueue()
    job = jobs.add(SPEC)

    def locked(job_id):
        raise StoreError("the database is locked")

    monkeypatch.setattr(jobs, "mark_sent", locked)
    with caplog.at_level(logging.WARNING):
        assert _send(jobs, queue, job).sent is True
    assert "the database is locked" in caplog.text
    monkeypatch.undo()
    assert [sent.id for sent in send_waiting(sqlite_store, queue)] == [job.id]  # once more, by the reaper
    assert jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30) is not None
    assert jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30) is None  # the second message
    assert jobs.get(job.id).state is State.RUNNING
