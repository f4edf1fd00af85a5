"""What is lost, wiped, stopped or full does not cost a job: real processes, one accident each."""

import json
import os
import signal
import time

import pytest
from tests.chaos.database import KillableDatabase

from testamur.contracts.job import State
from testamur.report.keys import load_or_create
from testamur.report.verify import verify_dossier
from testamur_workers.connection import connect

from .conftest import make_house

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

FULL = """
import torch
import testamur.train.rows_form as form

real = form.training_loss

def training_loss(output, *rest):
    if len(output) > 8:
        raise torch.OutOfMemoryError("CUDA out of memory")
    return real(output, *rest)

form.training_loss = training_loss
"""

CURIOUS = """
import os
from pathlib import Path

for name in ("keys/signing.pem", "testamur.db"):
    try:
        Path(os.environ["TESTAMUR_HOME"], name).read_bytes()
    except OSError as error:
        print(f"{name}: {type(error).__name__}")
    else:
        print(f"{name}: read")
"""


def install(folder, source: str, monkeypatch) -> None:
    """Install a plugin that only has this code."""
    info = folder / "site" / "full-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: full\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[testamur.plugins]\nfull = full_plugin.plugin\n")
    package = folder / "site" / "full_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(source)
    (package / "plugin.toml").write_text('[plugin]\napi = [1, 1]\ntitle = "Full"\n[offers]\n')
    monkeypatch.setenv("PYTHONPATH", str(folder / "site"))


def test_a_wiped_broker_loses_no_queued_job(house):
    house.fleet.up()
    busy = house.add(house.spec(epochs=100_000))
    house.wait_epoch(busy, 1)
    waiting = [house.add(house.spec(epochs=1, n_rows=100, small=True)) for _ in range(2)]
    with connect(house.settings) as client:
        client.flushall()
    assert sum(house.queue.depths().values()) == 0
    house.cancel(busy)
    assert [house.wait_final(job_id, timeout_s=240).state for job_id in waiting] == [State.DONE] * 2
    with connect(house.settings) as client:  # and when all workers are idle
        lost = house.add(house.spec(epochs=1, n_rows=100, small=True), send=False)
        client.flushall()
    assert house.wait_final(lost, timeout_s=240).state is State.DONE, house.logs()


def test_a_stopped_worker_hands_its_job_to_another_one(house):
    house.fleet.up(workers=2)
    job_id = house.add(house.spec(epochs=400, n_rows=100, small=True))
    house.wait_checkpoint(job_id)
    attempt = house.job(job_id).attempts[0]
    name = attempt.worker.partition("@")[0]
    (worker,) = [w["pid"] for w in house.fleet.status()["workers"] if w["name"] == name]
    os.kill(worker, signal.SIGTERM)
    job = house.wait_final(job_id, timeout_s=240)
    assert job.state is State.DONE, house.logs()
    assert [(a.outcome, a.error_kind) for a in job.attempts] == [("interrupted", "drained"), ("done", "")]
    assert job.attempts[1].worker != attempt.worker
    assert job.attempts[1].resumed_from_epoch > 0
    report = json.loads((house.settings.dossier_folder(job_id) / "report.json").read_text())
    epochs = [epoch["epoch"] for epoch in report["training"]["history"]]
    assert epochs == list(range(1, len(epochs) + 1))  # what came after the checkpoint was rolled back


def test_a_full_device_is_tried_again_in_halves_and_the_report_says_so(house, monkeypatch):
    install(house.folder, FULL, monkeypatch)
    house.fleet.up()
    job = house.wait_final(
        house.add(house.spec(epochs=2, n_rows=100, small=True, batch_size=16)), timeout_s=240
    )
    assert job.state is State.DONE, house.logs()
    assert [(a.outcome, a.error_kind) for a in job.attempts] == [
        ("failed", "out_of_memory_device"),
        ("done", ""),
    ]
    folder = house.settings.dossier_folder(job.id)
    training = json.loads((folder / "report.json").read_text())["training"]
    assert (training["batch_size"], training["micro_batches"]) == (16, 2)
    assert "each in 2 parts" in (folder / "report.html").read_text()


def test_a_plugin_cannot_read_the_signing_key_and_the_supervisor_seals(house, monkeypatch, tmp_path):
    install(house.folder, CURIOUS, monkeypatch)
    house.fleet.up()
    job = house.wait_final(house.add(house.spec(epochs=1, n_rows=100, small=True)), timeout_s=240)
    assert job.state is State.DONE, house.logs()
    folder = house.settings.dossier_folder(job.id)
    report = json.loads((folder / "report.json").read_text())
    walls = {wall["name"]: wall["enforced"] for wall in report["provenance"]["walls"]}
    log = (house.settings.job_folder(job.id) / "attempt-1.log").read_text()
    word = "PermissionError" if walls["signing key"] else "read"
    assert f"keys/signing.pem: {word}" in log
    public = tmp_path / "key.pub"
    public.write_bytes(load_or_create(house.settings.home).public_pem)
    found = verify_dossier(folder, key=public)
    assert (found.ok, found.sealed_by) == (True, "supervisor"), str(found)


def test_limits_of_time_and_memory_end_an_attempt_with_their_name(house):
    house.fleet.up()
    for limit, kind in (
        ({"time_limit_s": 2.0}, "time_limit"),
        ({"memory_limit_mb": 256}, "out_of_memory_host"),
    ):
        spec = house.spec(epochs=100_000, n_rows=20_000 if "memory_limit_mb" in limit else 300)
        section = spec.job.model_copy(update={**limit, "max_attempts": 1})
        job = house.wait_final(house.add(spec.model_copy(update={"job": section})), timeout_s=240)
        assert (job.state, job.error_kind) == (State.FAILED, kind), house.logs()


@pytest.mark.postgres
def test_a_database_that_is_killed_and_started_again_costs_no_job(tmp_path):
    database = KillableDatabase()
    try:
        database.start()
        database.create()
        house = make_house(tmp_path, database_url=database.url)
        try:
            house.fleet.up()
            job_id = house.add(house.spec(epochs=400, n_rows=100, small=True))
            house.wait_epoch(job_id, 3)
            assert database.kill()
            time.sleep(1.0)
            database.start()
            job = house.wait_final(job_id, timeout_s=240)
            assert (job.state, job.n_attempts) == (State.DONE, 1), house.logs()
        finally:
            house.events.close()
            house.fleet.down(wait_s=5)
    finally:
        database.close()
