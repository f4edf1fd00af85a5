"""Whatever dies, the job goes on, and its model is the one of an undisturbed run, byte for byte."""

import os
import signal
import time

import pytest

from testamur.contracts.job import State

pytestmark = pytest.mark.acceptance
EPOCHS = 120  # a checkpoint is written at most twice a second, about every 30 of these epochs


def weights(house, job_id: str) -> dict[str, bytes]:
    folder = house.settings.dossier_folder(job_id)
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.safetensors")}
    assert found, f"the dossier holds no weights: {sorted(p.name for p in folder.rglob('*'))}"
    return found


def test_kill_9_of_the_worker_then_up_gives_the_same_weights(busy_house):
    house = busy_house
    undisturbed = house.add(house.spec(epochs=EPOCHS))
    assert house.wait_final(undisturbed).state is State.DONE, house.logs()

    worker = house.worker_pid()
    disturbed = house.add(house.spec(epochs=EPOCHS))
    house.wait_checkpoint(disturbed)
    os.kill(worker, signal.SIGKILL)
    house.wait_for(lambda: not house.processes("runner"), timeout_s=5, what="the end of the runner")
    house.fleet.up()
    job = house.wait_final(disturbed)

    assert job.state is State.DONE, house.logs()
    assert [a.outcome for a in job.attempts] == ["lost", "done"]
    assert 0 < job.attempts[1].resumed_from_epoch < EPOCHS
    assert weights(house, disturbed) == weights(house, undisturbed)


def test_a_stopped_worker_keeps_the_checkpoint_and_the_next_one_goes_on(busy_house):
    house = busy_house
    job_id = house.add(house.spec(epochs=EPOCHS))
    house.wait_epoch(job_id, 10)
    assert house.fleet.down()["killed"] == []
    assert house.job(job_id).state is State.QUEUED
    assert house.processes("testamur_workers") == []
    house.fleet.up()
    job = house.wait_final(job_id)
    assert job.state is State.DONE, house.logs()
    assert [a.outcome for a in job.attempts] == ["interrupted", "done"]
    assert job.attempts[1].resumed_from_epoch >= 9


def test_a_killed_runner_is_tried_again_until_no_attempt_is_left(busy_house):
    house = busy_house
    job_id = house.add(house.spec(epochs=100_000, max_attempts=2))
    for attempt in (1, 2):
        house.wait_for(lambda n=attempt: house.job(job_id).n_attempts == n and is_training(house, job_id, n))
        for pid in house.processes("testamur_workers.runner"):
            os.kill(pid, signal.SIGKILL)
    job = house.wait_final(job_id)
    assert (job.state, job.error_kind) == (State.FAILED, "attempts_lost")
    assert [a.outcome for a in job.attempts] == ["lost", "lost"]
    assert "SIGKILL" in job.error


def is_training(house, job_id: str, attempt: int) -> bool:
    return any(e.attempt == attempt and e.data.get("epoch") for e in house.events.read(job_id))


def test_the_broker_killed_in_mid_job_loses_nothing(busy_house):
    house = busy_house
    job_id = house.add(house.spec(epochs=150))
    house.wait_epoch(job_id, 3)
    os.kill(house.fleet.status()["broker"]["pid"], signal.SIGKILL)
    time.sleep(0.5)
    house.fleet.up()
    assert house.wait_final(job_id).state is State.DONE, house.logs()
    assert house.wait_final(house.add(house.spec(epochs=2))).state is State.DONE, house.logs()
    assert house.job(job_id).n_attempts == 1
