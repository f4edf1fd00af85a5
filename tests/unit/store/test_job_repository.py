"""What anyone may ask of stored jobs, and what only the holder of the claim may change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from testamur.contracts.errors import NotFound, StoreError
from testamur.contracts.job import JobSpec, Stage, State
from testamur.store import repository
from testamur.store.release import Outcome
from testamur.store.tables import JobRow

WORKER = {"worker": "cpu0@here", "host": "here", "pid": 4711, "lease_s": 30.0}


def test_a_job_comes_back_as_it_was_stored(jobs, small_spec, hand_clock):
    added = jobs.add(small_spec, base="/data/größe", plugins={"health": "1.0"})
    hand_clock.advance(1)
    found = jobs.get(added.id)
    assert found == added
    assert (found.spec, found.name, found.base) == (small_spec, "Büro 病 'x'", "/data/größe")
    assert found.plugins == {"health": "1.0"}
    assert found.created_at == hand_clock.now - timedelta(seconds=1)
    assert found.created_at.utcoffset() == timedelta(0)


def test_a_walk_from_claim_to_end(jobs, small_spec, hand_clock):
    job = jobs.add(small_spec)
    claim = jobs.claim(job.id, **WORKER)
    assert (claim.attempt, claim.token) == (1, 1)
    assert claim.lease_until == hand_clock.now + timedelta(seconds=30)
    assert jobs.claim(job.id, **WORKER) is None
    assert jobs.claim_refusal(job.id) == "the job is running on cpu0@here, attempt 1"
    assert jobs.report(
        claim, stage=Stage.FIT, progress={"epoch": 3, "loss": float("nan")}, resumed_from_epoch=2
    )
    running = jobs.get(job.id)
    assert (running.state, running.stage, running.progress) == (
        State.RUNNING,
        Stage.FIT,
        {"epoch": 3, "loss": None},
    )
    hand_clock.advance(5)
    assert jobs.heartbeat(claim, lease_s=30).held
    assert jobs.finish(claim, State.DONE, dossier="/d", cleared=False)
    done = jobs.get(job.id)
    assert (done.state, done.stage, done.dossier, done.cleared) == (State.DONE, None, "/d", False)
    assert done.ended_at == hand_clock.now
    (attempt,) = done.attempts
    assert (attempt.outcome, attempt.resumed_from_epoch, attempt.heartbeat_at) == ("done", 2, hand_clock.now)
    assert jobs.claim_refusal(job.id) == "the job is done"


def test_an_older_token_changes_nothing(jobs, small_spec):
    job = jobs.add(small_spec)
    old = jobs.claim(job.id, **WORKER)
    assert jobs.requeue(old, "drained") is State.QUEUED
    refused = jobs.get(job.id)
    new = None
    for _ in range(2):  # once while it is queued, once while another holds it
        assert not jobs.heartbeat(old, lease_s=30).held
        assert not jobs.peek(old).held
        assert not jobs.report(old, stage=Stage.SEAL)
        assert not jobs.finish(old, State.DONE, dossier="/stolen")
        assert jobs.requeue(old, "again") is None
        if new is None:
            assert jobs.get(job.id) == refused
            new = jobs.claim(job.id, **WORKER)
    assert new.token > old.token
    assert jobs.get(job.id).attempts[-1].outcome == "running"
    assert jobs.finish(new, State.DONE, dossier="/mine")
    assert jobs.get(job.id).dossier == "/mine"


def test_draining_is_not_counted_and_loss_is(jobs, small_spec):
    job = jobs.add(small_spec)
    for _ in range(5):
        assert jobs.requeue(jobs.claim(job.id, **WORKER), "worker stopped") is State.QUEUED
    assert jobs.requeue(jobs.claim(job.id, **WORKER), "killed", outcome=Outcome.LOST) is State.QUEUED
    assert jobs.requeue(jobs.claim(job.id, **WORKER), "killed again", outcome=Outcome.LOST) is State.FAILED
    failed = jobs.get(job.id)
    assert failed.error == "2 of at most 2 attempts were lost, the last because: killed again"
    assert failed.error_kind == "attempts_lost"
    assert [attempt.outcome for attempt in failed.attempts] == ["interrupted"] * 5 + ["lost"] * 2
    again = jobs.retry(job.id)
    assert (again.state, again.error, again.n_attempts) == (State.QUEUED, "", 7)
    assert jobs.requeue(jobs.claim(job.id, **WORKER), "killed", outcome=Outcome.LOST) is State.QUEUED


def test_jobs_that_gave_no_sign_of_life_are_taken_back(jobs, small_spec, hand_clock):
    job = jobs.add(small_spec)
    jobs.mark_sent(job.id)
    claim = jobs.claim(job.id, **WORKER)
    earlier = jobs.beats()
    hand_clock.advance(20)
    jobs.heartbeat(claim, lease_s=30)
    assert jobs.release_silent(earlier) == []  # it has been heard of since
    (beat,) = jobs.beats()
    assert (beat.job_id, beat.token, beat.lease_s) == (job.id, claim.token, 30)
    (released,) = jobs.release_silent([beat])
    assert (released.state, released.sent) == (State.QUEUED, False)
    assert released.attempts[0].reason == "worker cpu0@here was silent for more than its lease of 30 s"
    assert released.attempts[0].error_kind == "worker_lost"
    assert jobs.beats() == []
    assert [waiting.id for waiting in jobs.waiting_to_send()] == [job.id]


def test_dead_supervisors_of_this_host_lose_their_jobs_at_once(jobs, small_spec):
    here, there, alive = (jobs.add(small_spec).id for _ in range(3))
    jobs.claim(here, **WORKER)
    jobs.claim(there, **(WORKER | {"host": "there"}))
    jobs.claim(alive, **(WORKER | {"pid": 1}))
    released = jobs.release_dead("here", lambda pid: pid == 1)
    assert [job.id for job in released] == [here]
    assert "process 4711" in released[0].attempts[0].reason
    assert jobs.get(alive).state is jobs.get(there).state is State.RUNNING


def test_a_cancelled_job_is_not_queued_again(jobs, small_spec, hand_clock):
    queued, running = jobs.add(small_spec), jobs.add(small_spec)
    claim = jobs.claim(running.id, **WORKER)
    assert jobs.request_cancel(queued.id).state is State.CANCELLED
    assert jobs.claim(queued.id, **WORKER) is None
    assert jobs.request_cancel(running.id).state is State.RUNNING
    assert jobs.peek(claim).cancel_requested
    assert jobs.heartbeat(claim, lease_s=30).cancel_requested
    hand_clock.advance(31)
    assert jobs.release_silent(jobs.beats())[0].state is State.CANCELLED
    assert jobs.retry(running.id).cancel_requested is False


def test_final_jobs_are_left_as_they_are(jobs, small_spec):
    job = jobs.add(small_spec)
    jobs.finish(jobs.claim(job.id, **WORKER), State.DONE, dossier="/d", cleared=True)
    done = jobs.get(job.id)
    assert jobs.request_cancel(job.id) == done
    assert jobs.retry(job.id) == done


def test_waiting_to_send(jobs, small_spec, hand_clock):
    first, second = jobs.add(small_spec), jobs.add(small_spec)
    jobs.mark_sent(first.id)
    hand_clock.advance(61)
    assert [job.id for job in jobs.waiting_to_send()] == [second.id]
    assert {job.id for job in jobs.waiting_to_send(resend_after_s=60)} == {first.id, second.id}
    assert {job.id for job in jobs.waiting_to_send(resend_after_s=90)} == {second.id}


def test_listing_is_newest_first_and_can_be_narrowed(jobs, small_spec, hand_clock):
    ids = []
    for _ in range(5):
        ids.append(jobs.add(small_spec).id)
        hand_clock.advance(1)
    jobs.claim(ids[2], **WORKER)
    assert [job.id for job in jobs.list()] == ids[::-1] == sorted(ids, reverse=True)
    assert [job.id for job in jobs.list([State.RUNNING])] == [ids[2]]
    page = jobs.list(limit=2)
    assert [job.id for job in jobs.list(limit=2, before=page[-1].created_at)] == ids[2:0:-1]


def test_ids_can_be_shortened_and_mistyped(jobs, small_spec, hand_clock):
    first = jobs.add(small_spec)
    hand_clock.advance(3600 * 24 * 400)
    second = jobs.add(small_spec)
    assert jobs.get(first.id[:8]) == first
    with pytest.raises(NotFound, match="several begin") as caught:
        jobs.get(second.id[0])
    assert first.id in caught.value.remedy
    mistyped = first.id[:-1] + ("0" if first.id[-1] != "0" else "1")
    with pytest.raises(NotFound) as caught:
        jobs.get(mistyped)
    assert f"did you mean {first.id}" in caught.value.remedy


@pytest.mark.parametrize(
    "text", ["", "../../../etc", "a/b", "ABC", "a%", "x" * 13, "é", "0" * 11 + "\n", "_" * 12]
)
def test_what_is_no_id_reaches_no_path(jobs, text):
    for question in (jobs.get, jobs.request_cancel, jobs.retry, jobs.claim_refusal):
        with pytest.raises(NotFound):
            question(text)
    with pytest.raises(NotFound):
        jobs.claim(text, **WORKER)


def test_hostile_texts_are_stored(jobs, small_spec):
    job = jobs.add(small_spec)
    claim = jobs.claim(job.id, **WORKER)
    jobs.report(claim, progress={"a\x00": ["b\x00", "\ud800", float("inf")]})
    error = "NUL \x00, surrogate \udcff, '; DROP TABLE job; --" + "x" * 50_000
    jobs.finish(claim, State.FAILED, error=error, error_kind="plugin")
    failed = jobs.get(job.id)
    assert failed.error.startswith("NUL \\x00, surrogate \\udcff, '; DROP")
    assert len(failed.error) < 21_000
    assert failed.progress == {"a\\x00": ["b\\x00", "\\ud800", None]}


def test_a_job_cannot_end_in_a_state_that_is_not_final(jobs, small_spec):
    claim = jobs.claim(jobs.add(small_spec).id, **WORKER)
    with pytest.raises(ValueError, match="final state"):
        jobs.finish(claim, State.QUEUED)
    with pytest.raises(ValueError, match="interrupted or lost"):
        jobs.requeue(claim, "x", outcome=Outcome.DONE)


def test_a_request_of_another_version_hides_no_other(jobs, any_store, small_spec, hand_clock):
    old, new = jobs.add(small_spec), jobs.add(small_spec)
    with any_store.write() as session:
        session.get(JobRow, old.id).spec = {"dataset": {"use": "a.b", "gone": 1}}
    assert [job.id for job in jobs.list()] == [new.id]
    assert [job.id for job in jobs.waiting_to_send()] == [new.id]
    with pytest.raises(StoreError, match=f"job {old.id} cannot be read by this version: dataset.gone"):
        jobs.get(old.id)
    for job in (old, new):
        jobs.claim(job.id, **WORKER)
    hand_clock.advance(31)
    assert [job.id for job in jobs.release_silent(jobs.beats())] == [new.id]
    assert jobs.claim_refusal(old.id) == ""


def test_the_longest_name_is_kept_whole(jobs):
    spec = JobSpec.parse({"dataset": {"use": "a.b"}, "job": {"name": "x" * 200}})
    assert jobs.get(jobs.add(spec).id).name == "x" * 200


def test_an_id_that_is_drawn_twice_is_drawn_again(jobs, small_spec, monkeypatch):
    drawn = iter(["0" * 12, "0" * 12, "0" * 11 + "1"])
    monkeypatch.setattr(repository, "new_job_id", lambda now: next(drawn))
    assert [jobs.add(small_spec).id for _ in range(2)] == ["0" * 12, "0" * 11 + "1"]
