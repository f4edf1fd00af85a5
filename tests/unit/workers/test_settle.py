"""Every way in which a runner can end gives the job the right next state."""

import signal

import pytest

from testamur.contracts.errors import StoreError
from testamur.contracts.job import JobSpec, State
from testamur.store.repository import JobRepository
from testamur_workers.request import Ending
from testamur_workers.settle import settle
from testamur_workers.watch import Departure, Wish

SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}, "job": {"max_attempts": 1}})
DONE = Ending(kind="done", dossier="/d", cleared=False)
FAILED = Ending(kind="diverged", message="the loss is not finite", exit_code=5)
STOPPED = Ending(kind="interrupted", message="asked to stop", exit_code=6)


def claimed(store, *, max_attempts: int = 1):
    jobs = JobRepository(store)
    spec = SPEC.model_copy(update={"job": SPEC.job.model_copy(update={"max_attempts": max_attempts})})
    job = jobs.add(spec)
    return jobs, jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30)


@pytest.mark.parametrize(
    ("wish", "ending", "returncode", "state", "error_kind"),
    [
        (Wish.NONE, DONE, 0, State.DONE, ""),
        (Wish.CANCEL, DONE, 0, State.DONE, ""),  # it was faster than the wish
        (Wish.INTERRUPT, DONE, 0, State.DONE, ""),
        (Wish.CANCEL, STOPPED, 6, State.CANCELLED, "cancelled"),
        (Wish.CANCEL, None, -9, State.CANCELLED, "cancelled"),
        (Wish.CANCEL, FAILED, 5, State.CANCELLED, "cancelled"),
        (Wish.DEADLINE, STOPPED, 6, State.FAILED, "deadline"),
        (Wish.NONE, FAILED, 5, State.FAILED, "diverged"),
        (Wish.TIME, STOPPED, 6, State.FAILED, "time_limit"),
        (Wish.MEMORY, None, -9, State.FAILED, "out_of_memory_host"),
        (Wish.INTERRUPT, FAILED, 5, State.FAILED, "diverged"),
        (Wish.INTERRUPT, STOPPED, 6, State.QUEUED, ""),
        (Wish.INTERRUPT, None, -9, State.QUEUED, ""),
        (Wish.NONE, None, -9, State.FAILED, "attempts_lost"),
        (Wish.NONE, STOPPED, 6, State.FAILED, "attempts_lost"),  # signalled by somebody else
    ],
)
def test_the_next_state(sqlite_store, wish, ending, returncode, state, error_kind):
    jobs, claim = claimed(sqlite_store)
    got, _ = settle(Departure(wish, ending, returncode), claim, jobs, n_oom_kills=0, patience_s=0)
    job = jobs.get(claim.job_id)
    assert (got, job.state, job.error_kind) == (state, state, error_kind)
    assert (job.cleared, job.dossier) == ((False, "/d") if state is State.DONE else (None, ""))


def test_a_lost_attempt_is_tried_again_while_attempts_are_left(sqlite_store):
    jobs, claim = claimed(sqlite_store, max_attempts=2)
    state, reason = settle(Departure(Wish.NONE, None, -11), claim, jobs, n_oom_kills=0, patience_s=0)
    assert (state, reason) == (State.QUEUED, f"the runner was killed by {signal.SIGSEGV.name}")


def test_a_kill_by_the_system_for_memory_is_named(sqlite_store):
    jobs, claim = claimed(sqlite_store)
    settle(Departure(Wish.NONE, None, -9), claim, jobs, n_oom_kills=1, patience_s=0)
    assert "lack of memory" in jobs.get(claim.job_id).error


def test_a_library_that_aborts_for_lack_of_memory_is_not_tried_again(sqlite_store):
    jobs, claim = claimed(sqlite_store, max_attempts=3)
    departure = Departure(Wish.NONE, None, -signal.SIGABRT, refused_memory=True)
    assert settle(departure, claim, jobs, n_oom_kills=0, patience_s=0)[0] is State.FAILED
    assert jobs.get(claim.job_id).error_kind == "out_of_memory_host"


def test_an_old_claim_writes_nothing(sqlite_store):
    jobs, claim = claimed(sqlite_store, max_attempts=3)
    jobs.release_dead("h", lambda pid: False)
    newer = jobs.claim(claim.job_id, worker="w2@h", host="h", pid=2, lease_s=30)
    assert newer.token > claim.token
    for departure in (Departure(Wish.NONE, DONE, 0), Departure(Wish.FENCED, DONE, 0)):
        assert settle(departure, claim, jobs, n_oom_kills=0, patience_s=0)[0] is None
    assert jobs.get(claim.job_id).state is State.RUNNING


def test_a_database_that_refuses_is_tried_again(sqlite_store, monkeypatch):
    jobs, claim = claimed(sqlite_store)
    finish, refusals = jobs.finish, iter([StoreError("locked"), StoreError("locked")])

    def refuse_twice(*args, **options):
        for error in refusals:
            raise error
        return finish(*args, **options)

    monkeypatch.setattr(jobs, "finish", refuse_twice)
    assert settle(Departure(Wish.NONE, DONE, 0), claim, jobs, n_oom_kills=0, patience_s=5)[0] is State.DONE


def test_a_full_device_is_tried_once_more_in_halves(sqlite_store):
    jobs, claim = claimed(sqlite_store)
    full = Ending(kind="out_of_memory_device", message="too much", exit_code=5)
    departure = Departure(Wish.NONE, full, 5)
    state, reason = settle(departure, claim, jobs, n_oom_kills=0, patience_s=0, may_halve=True)
    job = jobs.get(claim.job_id)
    assert (state, job.micro_batches, job.attempts[0].outcome) == (State.QUEUED, 2, "failed")
    assert job.attempts[0].error_kind == "out_of_memory_device"
    assert "half the rows at a time" in reason
    again = jobs.claim_next(worker="w@h", host="h", pid=1, lease_s=30)
    settle(departure, again, jobs, n_oom_kills=0, patience_s=0, may_halve=False)
    job = jobs.get(claim.job_id)
    assert (job.state, job.error_kind) == (State.FAILED, "out_of_memory_device")
    assert [attempt.micro_batches for attempt in job.attempts] == [1, 2]
    assert jobs.retry(job.id).micro_batches == 1


@pytest.mark.parametrize(
    ("departure", "n_oom_kills", "outcome", "kind"),
    [
        (Departure(Wish.INTERRUPT, STOPPED, 6), 0, "interrupted", "drained"),
        (Departure(Wish.NONE, None, -9), 0, "lost", "killed"),
        (Departure(Wish.NONE, None, -9), 1, "lost", "out_of_memory_host"),
        (Departure(Wish.NONE, None, -11), 1, "lost", "killed"),
        (Departure(Wish.NONE, None, 3), 0, "lost", "crashed"),
        (Departure(Wish.NONE, DONE, 0), 0, "done", ""),
        (Departure(Wish.NONE, Ending(kind="configuration"), 2), 0, "failed", "configuration"),
        (Departure(Wish.NONE, Ending(kind="plugin"), 4), 0, "failed", "plugin"),
        (Departure(Wish.CANCEL, STOPPED, 6), 0, "cancelled", "cancelled"),
    ],
)
def test_every_attempt_keeps_the_class_of_its_end(sqlite_store, departure, n_oom_kills, outcome, kind):
    jobs, claim = claimed(sqlite_store, max_attempts=3)
    settle(departure, claim, jobs, n_oom_kills=n_oom_kills, patience_s=0)
    (attempt,) = jobs.get(claim.job_id).attempts
    assert (attempt.outcome, attempt.error_kind) == (outcome, kind)
