"""A worker in the foreground that needs no broker, and a dossier that another machine brings."""

import json
import os
import subprocess
import sys

import pytest

from testamur.report.verify import verify_dossier
from testamur_workers.fleet import settings_environment

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


def call(settings, artifacts, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {**settings_environment(settings), "TESTAMUR_ARTIFACTS": str(artifacts)}
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
