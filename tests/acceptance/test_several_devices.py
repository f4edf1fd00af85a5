"""A job on two devices, here two processes of a CPU: torchrun, one dossier, walls in its report."""

import json
import os
import threading

import pytest

from testamur.contracts.job import Claim
from testamur.hooks.registry import Registry
from testamur.jobs.validate import resolve_job
from testamur.report.keys import load_or_create
from testamur.settings import make_home
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.bounds import bounds_of
from testamur_workers.hand_in import attempt_folder
from testamur_workers.request import AttemptRequest, Ending
from testamur_workers.team_start import run_team
from testamur_workers.wire import read_line

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


def request_of(house, devices: int) -> AttemptRequest:
    spec = house.spec(epochs=2, n_rows=100, small=True, batch_size=16)
    spec = spec.model_copy(update={"job": spec.job.model_copy(update={"devices": devices})})
    make_home(house.settings.home)
    load_or_create(house.settings.home)
    spec = resolve_job(spec, Registry.load(house.settings.home), base=house.folder).spec
    with open_store(house.settings) as store:
        job = JobRepository(store).add(spec, base=str(house.folder))
    claim = Claim(job_id=job.id, attempt=1, token=1, worker="w", lease_until=job.created_at)
    folder = house.settings.job_folder(job.id)
    folder.mkdir(parents=True)
    return AttemptRequest(
        spec=spec, job_id=job.id, attempt=1, folder=str(folder), home=str(house.settings.home),
        dossier=str(attempt_folder(house.settings.dossier_folder(job.id), 1)), base=str(house.folder),
        device="cpu", threads=1, lease_s=30.0, bounds=bounds_of(job, claim, house.settings),
        sealer=load_or_create(house.settings.home).public_pem.decode(),
    )  # fmt: skip


def test_two_processes_train_and_one_leaves_the_dossier(house):
    request = request_of(house, 2)
    reading, writing = os.pipe()
    lines: list[bytes] = []

    def listen() -> None:
        with os.fdopen(reading, "rb") as pipe:
            lines.extend(pipe)

    listener = threading.Thread(target=listen)
    listener.start()
    code = run_team(request, writing)
    os.close(writing)
    listener.join()
    said = [read_line(line) for line in lines]
    assert isinstance(said[-1], Ending)
    assert (said[-1].kind, code) == ("done", 0), said[-1].message
    assert sum(isinstance(one, Ending) for one in said) == 1
    dossier = attempt_folder(house.settings.dossier_folder(request.job_id), 1)
    report = json.loads((dossier / "report.json").read_bytes())
    assert report["training"]["batch_size"] == 32
    walls = {wall["name"]: wall for wall in report["provenance"]["walls"]}
    assert walls["network"]["detail"] == "processes of one job talk over the loopback"
