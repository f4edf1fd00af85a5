"""What is left among the artifacts goes by the rules that hold for the home."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.s3_server import serving

from testamur.contracts.job import JobSpec, State
from testamur.pipeline.leftover import Retention
from testamur.pipeline.tidy import find_leftovers, remove
from testamur.store.artifacts import Artifacts
from testamur.store.checkpoint_copies import CheckpointCopies
from testamur.store.repository import JobRepository

NOW = datetime.now(UTC)
SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}})


@pytest.fixture(scope="module")
def bucket():
    with serving() as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def shelf(request, settings, tmp_path, bucket):
    url = str(tmp_path / "shared") if request.param == "folder" else f"{bucket}/{tmp_path.name}"
    return replace(settings, artifacts=url)


@pytest.fixture
def leave(shelf, tmp_path):
    """Leaves a checkpoint and a dossier of an attempt there."""
    checkpoint, dossier = tmp_path / "c", tmp_path / "d"
    for folder, names in (
        (checkpoint, ["checkpoint.safetensors"]),
        (dossier, ["report.json", "manifest.json"]),
    ):
        folder.mkdir()
        for name in names:
            (folder / name).write_text("{}")
    artifacts = Artifacts(shelf.artifacts)

    def go(job_id: str, attempt: int = 1, *, whole: bool = True) -> None:
        CheckpointCopies(artifacts, job_id).put(checkpoint, attempt, (1, 0))
        artifacts.put_dossier(dossier, job_id, attempt)
        if not whole:
            artifacts.remove(f"dossiers/{job_id}-{attempt}/manifest.json")

    return go


def going(store, settings, now=NOW) -> set[str]:
    found = find_leftovers(store, settings, Retention(failed_after=timedelta(days=7)), now=now)
    return {left.artifact for left in found if left.artifact}


def test_what_nobody_needs_goes_and_what_is_needed_stays(shelf, leave, sqlite_store):
    jobs = JobRepository(sqlite_store)
    ended = {}
    for state in (State.DONE, State.FAILED):
        job = jobs.add(SPEC)
        claim = jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30)
        jobs.finish(claim, state)
        ended[state] = job.id
        leave(job.id)
    done, failed = ended[State.DONE], ended[State.FAILED]
    waiting = jobs.add(SPEC).id
    leave(waiting, whole=False)  # its attempt is perhaps at it in this moment
    leave(done, 7, whole=False)
    leave("0unknown0000")
    assert going(sqlite_store, shelf) == {f"checkpoints/{done}", f"dossiers/{done}-7"}
    later = NOW + timedelta(days=8)
    assert going(sqlite_store, shelf, later) == {
        f"checkpoints/{done}", f"dossiers/{done}-7", f"checkpoints/{failed}", f"dossiers/{failed}-1",
        "checkpoints/0unknown0000", "dossiers/0unknown0000-1",
    }  # fmt: skip
    found = find_leftovers(sqlite_store, shelf, Retention(), now=later)
    assert remove(found, sqlite_store, shelf) == sum(left.n_bytes for left in found) > 0
    artifacts = Artifacts(shelf.artifacts)
    assert artifacts.names("checkpoints") == [waiting]
    assert set(artifacts.names("dossiers")) == {f"{done}-1", f"{waiting}-1"}


def test_a_dossier_that_goes_from_the_home_goes_from_there_too(shelf, leave, sqlite_store):
    jobs = JobRepository(sqlite_store)
    job = jobs.add(SPEC)
    jobs.finish(jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30), State.DONE)
    shelf.dossier_folder(job.id).mkdir(parents=True)
    leave(job.id)
    found = find_leftovers(sqlite_store, shelf, Retention(keep_last=0), now=NOW)
    remove(found, sqlite_store, shelf)
    assert Artifacts(shelf.artifacts).names("dossiers") == []
    assert not shelf.dossier_folder(job.id).exists()
