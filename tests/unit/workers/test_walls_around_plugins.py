"""Plugin code stays in the runner: variables, files, network, processes; and what is not enforced is said."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from testamur.contracts.errors import ConfigurationError
from testamur.contracts.job import Claim, JobSpec
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur_workers import confine as confinement
from testamur_workers.allowed_environment import allowed
from testamur_workers.bounds import bounds_of, closed_paths, network_reason
from testamur_workers.confine import Bounds
from testamur_workers.landlock import open_around

SCRIPT = Path(__file__).parent / "confined_attempt.py"
DENIED = "PermissionError"


@pytest.fixture
def place(tmp_path):
    for name in (
        "home/jobs/one/checkpoint",
        "home/jobs/two",
        "home/jobs/earlier",
        "home/datasets",
        "home/keys",
        "safe",
    ):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "safe/signing.pem").write_text("x")
    (tmp_path / "home/keys/signing.pem").symlink_to(tmp_path / "safe/signing.pem")
    for name in ("data.csv", "home/testamur.db", "home/jobs/two/weights", "home/jobs/earlier/report"):
        (tmp_path / name).write_text("x")
    return tmp_path


def attempt(place, *, network: str = "closed", mode: str = "auto") -> tuple[dict, dict]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(place), str(os.getpid()), network, mode],
        capture_output=True,
        text=True,
        check=True,
    )
    tree = json.loads(done.stdout)
    return tree["said"], {wall["name"]: wall for wall in tree["walls"]}


def test_code_behind_the_walls_reaches_its_own_folders_only(place):
    said, walls = attempt(place)
    assert (said["read data"], said["write own folder"], said["talk to a child"]) == ("done",) * 3
    assert said["read what is opened again"] == "done"
    assert (said["cwd"], said["mask"]) == (str(place / "home/jobs/one/scratch-1"), "077")
    if walls["files"]["enforced"]:  # what the kernel does not do, the wall itself says
        closed = ("change data", "read database", "read another job", "list jobs", "write beside")
        assert said["lead the next attempt astray"] == DENIED
        assert {said[what] for what in closed} == {DENIED}
        assert said["look into the parent"] == DENIED
        assert {said[what] for what in ("read the key", "read the key where it lies")} == {DENIED}
        assert said["link the key"] == "OSError"  # EXDEV: nothing is moved or linked across the wall
        assert walls["signing key"]["enforced"]
    else:
        assert not walls["signing key"]["enforced"]
        assert "Landlock" in walls["files"]["detail"]
    if walls["network"]["enforced"]:
        assert said["reach the network"] == DENIED
    else:
        assert walls["network"]["detail"]


def test_a_granted_network_is_open_and_said(place):
    said, walls = attempt(place, network="open")
    assert said["reach the network"] == "ConnectionRefusedError"  # nobody listens; the call was made
    assert walls["network"] == {"name": "network", "enforced": False, "detail": "open: asked for"}


def test_walls_that_are_switched_off_are_said_to_be(place):
    said, walls = attempt(place, mode="off")
    assert said["read database"] == "done"
    assert {name for name, wall in walls.items() if not wall["enforced"]} == {
        "privileges", "files", "signing key", "system calls", "network",
    }  # fmt: skip
    assert "TESTAMUR_CONFINE" in walls["files"]["detail"]


def test_required_walls_that_a_machine_does_not_have_end_the_attempt(monkeypatch, tmp_path):
    monkeypatch.setattr(
        confinement, "close_files", lambda **_: "the kernel has no Landlock: Function not implemented"
    )
    monkeypatch.setattr(confinement, "filter_calls", lambda **_: "")
    monkeypatch.setattr(confinement, "drop_capabilities", str)
    monkeypatch.setattr(
        confinement, "_enter", lambda scratch: confinement.Wall(name="working folder", enforced=True)
    )
    monkeypatch.setattr(confinement, "_limit", lambda: confinement.Wall(name="limits", enforced=True))
    with pytest.raises(
        ConfigurationError, match="files: a wall is required, however: the kernel has no Landlock"
    ):
        confinement.confine(Bounds(confine="required", scratch=str(tmp_path)))
    walls = confinement.confine(Bounds(confine="auto", scratch=str(tmp_path)))
    assert [wall.name for wall in walls if not wall.enforced] == ["files", "signing key"]


def test_what_is_closed_is_kept_out_by_opening_its_neighbours(tmp_path):
    for name in ("a/b/c", "a/d", "e"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    opened = open_around([tmp_path / "a" / "b"])
    assert {path for path in opened if path.is_relative_to(tmp_path)} == {
        tmp_path / "a" / "d",
        tmp_path / "e",
    }
    assert not any(tmp_path.is_relative_to(path) for path in opened)
    assert open_around([]) == [Path("/")]


def test_secrets_of_the_worker_do_not_reach_a_runner():
    environ = {
        "PATH": "/bin", "LC_ALL": "C", "CUDA_VISIBLE_DEVICES": "0", "TESTAMUR_HOME": "/h",
        "AWS_SECRET_ACCESS_KEY": "s", "GITHUB_TOKEN": "t", "PGPASSWORD": "p",
        "TESTAMUR_DATABASE_URL": "u", "TESTAMUR_BROKER_URL": "u", "CELERY_BROKER_URL": "u",
    }  # fmt: skip
    assert set(allowed(environ)) == {"PATH", "LC_ALL", "CUDA_VISIBLE_DEVICES", "TESTAMUR_HOME"}
    assert "PGPASSWORD" in allowed(environ, ("PG*",))
    assert set(allowed(environ, ("*",))) & {"TESTAMUR_DATABASE_URL", "TESTAMUR_BROKER_URL"} == set()


@pytest.fixture
def job(sqlite_store):
    return JobRepository(sqlite_store).add(JobSpec.parse({"dataset": {"use": "health.nhefs"}}))


def test_the_network_is_open_only_where_asked_for_and_granted(job, settings, monkeypatch):
    import dataclasses

    from testamur_workers import bounds

    assert network_reason(job, settings) == ""
    infos = [
        dataclasses.replace(info, manifest=dataclasses.replace(info.manifest, permissions=("network",)))
        for info in bounds.discover(settings.home)
        if info.name in ("health", "retail")
    ]
    monkeypatch.setattr(bounds, "discover", lambda home: infos)
    assert network_reason(job, settings) == ""
    for granted, words in ((("retail",), ""), (("health",), "open: granted by the operator to health")):
        assert network_reason(job, dataclasses.replace(settings, network_for=granted)) == words


@pytest.mark.parametrize(
    ("url", "is_open"),
    [("postgresql://u@h/d", True), ("env:SHOP", True), ("env:FILE", False), ("sqlite:///x", False)],
)
def test_a_database_by_url_needs_the_network(sqlite_store, home, url, is_open):
    data = {"query": "select 1", "url": url, "target": "y"}
    job = JobRepository(sqlite_store).add(JobSpec.parse({"dataset": data}))
    environ = {"TESTAMUR_HOME": str(home), "SHOP": "mysql://h/d", "FILE": "sqlite:////x.db"}
    assert bool(network_reason(job, Settings.from_environment(environ))) is is_open


def test_an_attempt_may_change_its_own_folders_only(job, settings, home):
    claim = Claim(job_id=job.id, attempt=2, token=2, worker="w", lease_until=job.created_at)
    bounds = bounds_of(job, claim, settings)
    own = home / "jobs" / job.id  # itself closed: what the next attempt is led by lies there
    places = (home / "dossiers" / f".{job.id}-2", own / "checkpoint", own / "model", own / "scratch-2")
    assert bounds.writable == tuple(map(str, places))
    assert bounds.scratch == str(own / "scratch-2")
    assert all(place.stat().st_mode & 0o077 == 0 for place in places)
    closed = {str(path.relative_to(home)) for path in closed_paths(settings) if path.is_relative_to(home)}
    assert {"keys", "keys/signing.pem", "receipts"} <= closed
    assert {"testamur.db", "testamur.db-wal", "broker", "logs", "jobs", "dossiers", "workers"} <= closed
    shared = replace(settings, artifacts=str(home / "shared"))
    assert home / "shared" in closed_paths(shared)
    assert closed_paths(replace(settings, artifacts="s3://bucket/x")) == closed_paths(settings)


@pytest.mark.parametrize("name", ["scratch-1", "checkpoint", "model"])
def test_a_link_in_place_of_an_attempts_own_folder_opens_nothing(job, settings, home, name):
    (home / "keys").mkdir(parents=True)
    settings.job_folder(job.id).mkdir(parents=True)
    (settings.job_folder(job.id) / name).symlink_to(home / "keys")
    claim = Claim(job_id=job.id, attempt=1, token=1, worker="w", lease_until=job.created_at)
    with pytest.raises(PermissionError, match="a folder of one's own is required"):
        bounds_of(job, claim, settings)


def test_rows_handed_over_for_another_job_stay_closed(sqlite_store, settings, home):
    own = str(home / "frames" / "own.parquet")
    tree = {"dataset": {"path": own, "target": "y", "positive": "1"}}
    job = JobRepository(sqlite_store).add(JobSpec.parse(tree), base=str(home))
    claim = Claim(job_id=job.id, attempt=1, token=1, worker="w", lease_until=job.created_at)
    assert bounds_of(job, claim, settings).readable == (own,)
    assert home / "frames" in closed_paths(settings)


@pytest.mark.parametrize("value", ["maybe", "REQUIRED"])
def test_an_unknown_way_of_confining_is_refused(home, value):
    with pytest.raises(ConfigurationError, match="auto, required or off is required"):
        Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_CONFINE": value})


def test_the_dossier_that_a_job_compares_with_is_opened(sqlite_store, settings, home):
    for name in ("0earlier0000", "0other000000"):
        (home / "dossiers" / name).mkdir(parents=True)
        (home / "dossiers" / name / "report.json").write_text("{}")
    tree = {"dataset": {"use": "health.nhefs"}, "audit": {"previous": "0earlier0000"}}
    job = JobRepository(sqlite_store).add(JobSpec.parse(tree), base=str(home))
    claim = Claim(job_id=job.id, attempt=1, token=1, worker="w", lease_until=job.created_at)
    assert bounds_of(job, claim, settings).readable == (str(home / "dossiers" / "0earlier0000"),)
