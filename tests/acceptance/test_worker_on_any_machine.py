"""A worker in the foreground that needs no broker, and a dossier that another machine brings."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.s3_server import VARIABLES, serving, store

from testamur.pipeline.erase import erase, find_by_dataset
from testamur.report.verify import verify_dossier
from testamur.store.session import open_store
from testamur.testing.fakes import MemoryEvents
from testamur_workers.fleet import settings_environment

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


def call(settings, artifacts, *arguments: str, **further: str) -> subprocess.CompletedProcess[str]:
    own = {**settings_environment(settings), "TESTAMUR_ARTIFACTS": str(artifacts), **further}
    return subprocess.run(
        [sys.executable, "-m", "testamur", *arguments],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def test_a_worker_runs_what_waits_ends_and_leaves_the_dossier_to_all(house, tmp_path):
    job_id = house.add(house.spec(epochs=1, n_rows=100, small=True), send=False)
    artifacts = tmp_path / "shared"
    done = call(house.settings, artifacts, "worker", "--until-idle", "--name", "pod-1")
    assert done.returncode == 0, done.stderr + house.logs()
    job = house.job(job_id)
    assert (job.state.value, job.attempts[0].worker.partition("@")[0]) == ("done", "pod-1"), house.logs()
    own = house.settings.dossier_folder(job_id)
    own.rename(tmp_path / "as-made")  # as on a machine that did not run the job
    fetched = call(house.settings, artifacts, "report", "fetch", job_id, "--json")
    assert json.loads(fetched.stdout) == {"id": job_id, "dossier": str(own), "fetched": True}, fetched.stderr
    assert verify_dossier(own).problems == ()
    walls = json.loads((own / "report.json").read_bytes())["provenance"]["walls"]
    assert {"environment", "files", "network", "limits"} <= {wall["name"] for wall in walls}
    assert not list(house.settings.job_folder(job_id).glob("scratch-*"))


def test_a_worker_reads_from_an_object_store_and_leaves_its_dossier_there(house, tmp_path):
    with serving() as bucket:
        spec = house.spec(epochs=1, n_rows=100, small=True)
        store().put_file(spec.dataset.path, f"{bucket}/wards/people.csv")
        digest = hashlib.sha256(house.data(100).read_bytes()).hexdigest()
        data = spec.dataset.model_copy(update={"path": f"{bucket}/wards/people.csv"})
        job_id = house.add(spec.model_copy(update={"dataset": data}), send=False)
        shelf = f"{bucket}/testamur"
        grant = {"TESTAMUR_DATA_FROM": f"{bucket}/wards"}
        done = call(house.settings, shelf, "worker", "--until-idle", "--name", "pod-1", **grant)
        assert done.returncode == 0, done.stderr + house.logs()
        assert house.job(job_id).state.value == "done", house.logs()
        own = house.settings.dossier_folder(job_id)
        own.rename(tmp_path / "as-made")
        fetched = call(house.settings, shelf, "report", "fetch", job_id)
        assert fetched.returncode == 0, fetched.stderr
        found = verify_dossier(own)
        assert (found.problems, found.sealed_by) == ((), "supervisor")
        report = json.loads((own / "report.json").read_bytes())
        assert report["data"]["sha256"] == digest
        walls = {wall["name"]: wall for wall in report["provenance"]["walls"]}
        assert walls["network"]["enforced"] or "open" not in walls["network"]["detail"]
        assert f'path = "{bucket}/wards/people.csv"' in (own / "job.toml").read_text()
        written = "".join(path.read_text(errors="replace") for path in own.rglob("*") if path.is_file())
        assert not any(secret in written + house.logs() for secret in list(VARIABLES.values())[:2])
        shared = replace(house.settings, artifacts=shelf)
        with open_store(shared) as opened:
            concerned = find_by_dataset(opened, data.path)
            erased, _ = erase(
                concerned, kind="dataset", subject=data.path, settings=shared, store=opened,
                events=MemoryEvents(),
            )  # fmt: skip
        assert erased.job_ids == (job_id,)
        assert store().find(f"{bucket}/testamur") == []
        assert not own.exists()
