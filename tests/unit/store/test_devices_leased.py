"""Devices are leased with the claim, all or none, and a large job is not starved; on both databases."""

from __future__ import annotations

import threading

import pytest

from testamur.contracts.device import Device
from testamur.contracts.job import JobSpec, State
from testamur.store.devices import AGE_S, FRESH_S, HOLD_AFTER_S
from testamur.store.release import Outcome
from testamur.store.repository import JobRepository

WORKER = {"worker": "gpu0@here", "host": "here", "pid": 1, "lease_s": 3600.0}


def device(name: str, free_mib: int = 1000) -> Device:
    return Device(id=f"GPU-{name}", total_mib=1000, free_mib=free_mib)


FOUR = [device(name) for name in "abcd"]


def spec(devices: int = 1, priority: str = "normal", **job) -> JobSpec:
    job = {"devices": devices, "priority": priority, "max_attempts": 9, **job}
    return JobSpec.parse({"dataset": {"use": "health.nhefs"}, "job": job})


def claim(jobs, job, offered=FOUR):
    return jobs.claim(job.id, **WORKER, offered=offered)


def test_all_or_nothing(jobs):
    small, large = jobs.add(spec(2)), jobs.add(spec(3))
    held = claim(jobs, small)
    assert held.devices == ("GPU-a", "GPU-b")
    assert claim(jobs, large) is None
    refused = jobs.get(large.id)
    assert (refused.state, refused.n_attempts, refused.attempts) == (State.QUEUED, 0, ())
    assert jobs.leases() == {"GPU-a": small.id, "GPU-b": small.id}
    assert jobs.is_blocked(large.id)
    assert jobs.claim_refusal(large.id) == "the job waits for devices of here"
    assert jobs.finish(held, State.DONE)
    assert claim(jobs, large).devices == ("GPU-a", "GPU-b", "GPU-c")
    assert not jobs.is_blocked(large.id)


@pytest.mark.parametrize("end", ["finish", "requeue", "expire", "dead"])
def test_devices_go_back_however_the_attempt_ends(jobs, hand_clock, end):
    held = claim(jobs, jobs.add(spec(4)))
    if end == "finish":
        jobs.finish(held, State.FAILED, error="no")
    elif end == "requeue":
        jobs.requeue(held, "killed", outcome=Outcome.LOST)
    elif end == "expire":
        hand_clock.advance(3601)
        jobs.release_silent(jobs.beats())
    else:
        jobs.release_dead("here", lambda pid: False)
    assert jobs.leases() == {}


def test_memory_that_others_use_is_not_free(jobs):
    mine = [device("a", free_mib=300), device("b", free_mib=899), device("c", free_mib=900)]
    assert claim(jobs, jobs.add(spec()), mine).devices == ("GPU-c",)
    modest = jobs.add(spec(device_memory_mib=300))
    assert claim(jobs, modest, mine).devices == ("GPU-a",)
    assert claim(jobs, jobs.add(spec()), mine) is None


def test_a_cpu_leases_nothing(jobs):
    assert claim(jobs, jobs.add(spec(2)), None).devices == ()
    assert jobs.leases() == {}


def test_a_large_job_is_not_starved(jobs, hand_clock):
    running = [claim(jobs, jobs.add(spec())) for _ in range(4)]
    large = jobs.add(spec(4))
    assert claim(jobs, large) is None
    hand_clock.advance(1)
    later = [jobs.add(spec()) for _ in range(3)]
    jobs.finish(running[0], State.DONE)
    passing = claim(jobs, later[0])  # it has not waited long: a small one may pass
    assert passing is not None
    hand_clock.advance(HOLD_AFTER_S)
    assert claim(jobs, large) is None
    jobs.finish(passing, State.DONE)
    assert claim(jobs, later[1]) is None  # a device is free, and kept for the large one
    for one in running[1:]:
        jobs.finish(one, State.DONE)
    assert claim(jobs, later[1]) is None
    assert len(claim(jobs, large).devices) == 4


def test_an_urgent_job_passes_until_the_other_has_aged(jobs, hand_clock):
    small = claim(jobs, jobs.add(spec()))
    large = jobs.add(spec(4, "batch"))
    claim(jobs, large)
    hand_clock.advance(HOLD_AFTER_S)
    claim(jobs, large)
    urgent = claim(jobs, jobs.add(spec(1, "urgent")))
    assert urgent is not None
    jobs.finish(urgent, State.DONE)
    assert claim(jobs, large) is None
    hand_clock.advance(2 * AGE_S)
    claim(jobs, large)
    assert claim(jobs, jobs.add(spec(1, "urgent"))) is None
    jobs.finish(small, State.DONE)
    assert len(claim(jobs, large).devices) == 4


def test_only_a_job_that_we_keep_waiting_holds_a_host(jobs, hand_clock):
    occupied = [device("a", free_mib=0), *FOUR[1:]]  # by somebody else
    for impossible in (jobs.add(spec(4)), jobs.add(spec(5))):
        claim(jobs, impossible, occupied)
    hand_clock.advance(HOLD_AFTER_S)
    for job in jobs.list():
        claim(jobs, job, occupied)
    assert claim(jobs, jobs.add(spec()), occupied) is not None


def test_a_job_that_nobody_tries_any_more_holds_nothing(jobs, hand_clock):
    claim(jobs, jobs.add(spec(2)))
    claim(jobs, jobs.add(spec(3)))
    hand_clock.advance(HOLD_AFTER_S + FRESH_S)
    assert claim(jobs, jobs.add(spec())) is not None


def test_who_waits_for_devices_is_passed_by_a_small_job_of_the_same_owner(jobs, hand_clock):
    running = claim(jobs, jobs.add(spec()))
    large = jobs.add(spec(4))
    hand_clock.advance(1)
    small = jobs.add(spec())
    taken = jobs.claim_next(**WORKER, offered=FOUR)
    assert (taken.job_id, taken.devices) == (small.id, ("GPU-b",))
    assert jobs.is_blocked(large.id)
    for held in (running, taken):
        jobs.finish(held, State.DONE)
    assert jobs.claim_next(**WORKER, offered=FOUR).job_id == large.id


def test_no_device_is_leased_twice_by_threads(any_store):
    jobs = JobRepository(any_store)
    job_ids = [jobs.add(spec(2)).id for _ in range(12)]
    claims = []

    def work(mine: list[str]) -> None:
        for job_id in mine:
            held = jobs.claim(job_id, **WORKER, offered=FOUR)
            if held is not None:
                claims.append(held)

    threads = [threading.Thread(target=work, args=(job_ids[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    leased = [name for held in claims for name in held.devices]
    assert sorted(leased) == sorted(set(leased))
    assert len(claims) == 2


def test_a_job_that_is_tried_again_waits_from_then_on(jobs, hand_clock):
    old = jobs.add(spec(4))
    jobs.finish(claim(jobs, old), State.FAILED)
    hand_clock.advance(20 * AGE_S)
    holder = claim(jobs, jobs.add(spec()))
    urgent = jobs.add(spec(4, "urgent"))
    jobs.retry(old.id)
    for job in (old, urgent):
        assert claim(jobs, job) is None
    hand_clock.advance(HOLD_AFTER_S)
    for job in (old, urgent):
        claim(jobs, job)
    jobs.finish(holder, State.DONE)
    assert claim(jobs, old) is None
    assert len(claim(jobs, urgent).devices) == 4
