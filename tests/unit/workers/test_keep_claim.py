"""A claim outlives a copy that takes longer than its lease, and nothing is reported once it is lost."""

import time

from testamur.contracts.errors import StoreError
from testamur.contracts.job import JobSpec
from testamur.store.repository import JobRepository
from testamur_workers.keep_claim import keep_claim

SPEC = JobSpec.parse({"dataset": {"use": "health.example"}})
LEASE_S = 0.3


def test_a_slow_copy_costs_no_job(any_store, monkeypatch):
    jobs = JobRepository(any_store)
    claim = jobs.claim(jobs.add(SPEC).id, worker="w", host="h", pid=1, lease_s=LEASE_S)
    before = jobs.beats()
    heartbeat, n_refused = jobs.heartbeat, []

    def flaky(*arguments, **options):
        if not n_refused:
            n_refused.append(1)
            raise StoreError("the database does not answer")
        return heartbeat(*arguments, **options)

    monkeypatch.setattr(jobs, "heartbeat", flaky)
    with keep_claim(jobs, claim, lease_s=LEASE_S):
        time.sleep(2 * LEASE_S)
    assert n_refused
    assert jobs.beats() != before
    assert jobs.release_silent(before) == []
    assert jobs.peek(claim).held


def test_a_lost_claim_is_left_alone(any_store):
    jobs = JobRepository(any_store)
    claim = jobs.claim(jobs.add(SPEC).id, worker="w", host="h", pid=1, lease_s=LEASE_S)
    jobs.release_silent(jobs.beats())
    newer = jobs.claim(claim.job_id, worker="v", host="h", pid=2, lease_s=LEASE_S)
    beats = jobs.beats()
    with keep_claim(jobs, claim, lease_s=LEASE_S):
        time.sleep(LEASE_S)
    assert jobs.beats() == beats
    assert jobs.peek(newer).held
