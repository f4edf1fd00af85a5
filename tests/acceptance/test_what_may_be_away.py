"""The broker or a plugin's good will may be missing; the job is kept."""

import pytest

from testamur.contracts.errors import BrokerUnavailable
from testamur.contracts.job import State
from testamur.jobs.submit import retry_job
from testamur.store.repository import JobRepository
from testamur.store.session import open_store

from .conftest import House, make_house

pytestmark = pytest.mark.acceptance


def test_a_job_submitted_while_the_broker_is_down_is_kept_and_sent_by_up(shared_house):
    house = shared_house
    house.fleet.down()
    job_id = house.add(house.spec(small=True, epochs=2), send=False)
    with pytest.raises(BrokerUnavailable, match="testamur up"):
        house.queue.send(job_id, "normal")
    house.cancel(job_id)
    with open_store(house.settings) as store:
        assert retry_job(job_id, store=store, queue=house.queue).sent is False
        assert JobRepository(store).get(job_id).state is State.QUEUED
    house.fleet.up()
    assert house.wait_final(job_id).state is State.DONE, house.logs()


def test_urgent_jobs_overtake_normal_ones_and_those_overtake_the_batch(busy_house):
    house = busy_house
    busy = house.add(house.spec(small=True, epochs=100_000))
    house.wait_epoch(busy, 1)
    ids = {}
    for priority in ("batch", "normal", "urgent"):
        spec = house.spec(small=True, epochs=1)
        job = spec.job.model_validate_json(f'{{"seed": 7, "priority": "{priority}"}}')
        ids[priority] = house.add(spec.model_copy(update={"job": job}))
    house.cancel(busy)
    started = {priority: house.wait_final(job_id).started_at for priority, job_id in ids.items()}
    assert sorted(started, key=started.get) == ["urgent", "normal", "batch"]


def test_up_twice_starts_nothing_twice_and_down_leaves_nothing(busy_house):
    house = busy_house
    first = house.fleet.up()
    assert house.fleet.up() == first
    stopped = house.fleet.down()
    assert sorted(stopped["stopped"]) == ["broker", "cpu0", "reaper"]
    assert house.fleet.status()["workers"] == []
    assert house.fleet.status()["broker"]["answers"] is False
    assert house.processes("testamur_workers") == []


@pytest.mark.postgres
def test_the_same_walk_with_postgresql(tmp_path, postgres_url):
    house: House = make_house(tmp_path, database_url=postgres_url)
    try:
        house.fleet.up()
        job_id = house.add(house.spec(small=True, epochs=3))
        assert house.wait_final(job_id).state is State.DONE, house.logs()
        running = house.add(house.spec(small=True, epochs=100_000))
        house.wait_epoch(running, 1)
        house.cancel(running)
        assert house.wait_final(running).state is State.CANCELLED
    finally:
        house.events.close()
        house.fleet.down(wait_s=5)


def test_a_silent_supervisor_loses_its_job_to_the_reaper(tmp_path):
    """A stopped supervisor keeps its processes but sends no heartbeat: the lease runs out."""
    import os
    import signal

    house = make_house(tmp_path, lease_s=2.0)
    try:
        house.fleet.up(workers=2)
        job_id = house.add(house.spec(small=True, epochs=100_000, max_attempts=2))
        house.wait_epoch(job_id, 2)
        silent = house.job(job_id).attempts[0].pid
        os.kill(silent, signal.SIGSTOP)
        house.wait_for(lambda: house.job(job_id).n_attempts == 2, timeout_s=20, what="the second attempt")
        os.kill(silent, signal.SIGCONT)
        house.cancel(job_id)
        job = house.wait_final(job_id)
        assert [a.outcome for a in job.attempts] == ["lost", "cancelled"]
        assert "silent" in job.attempts[0].reason
    finally:
        house.events.close()
        house.fleet.down(wait_s=5)
