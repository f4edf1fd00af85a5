"""What happens around an attempt: shared artifacts, folders of those before it, what plugins are told."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim, JobSpec, State
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.tables import JOB as TABLE
from testamur.store.take import Claimant
from testamur_workers.bounds import clear_scratch, scratch_folder
from testamur_workers.request import DEVICE_FULL, AttemptRequest, Ending
from testamur_workers.runner import _state_after
from testamur_workers.shelf import Shelf
from testamur_workers.supervisor import Supervisor, _named_variables
from testamur_workers.watch import Departure, Wish

JOB = "0123456789ab"
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    own = {"TESTAMUR_HOME": str(tmp_path / "home"), "TESTAMUR_ARTIFACTS": str(tmp_path / "shared")}
    made = Settings.from_environment(own)
    checkpoint = made.job_folder(JOB) / "checkpoint"
    checkpoint.mkdir(parents=True)
    (checkpoint / "checkpoint.safetensors").write_bytes(b"x")
    return made


def claim_of(number: int) -> Claim:
    return Claim(job_id=JOB, attempt=number, token=number, worker="w", lease_until=NOW)


def test_an_attempt_that_lost_its_claim_leaves_nothing_to_others(settings, tmp_path):
    shelf = Shelf(settings, claim_of(1), SimpleNamespace(say=lambda *_, **__: None))
    shelf.begin_copying()
    shelf.keep(Departure(Wish.FENCED, None, -9))
    assert not (tmp_path / "shared").exists()
    shelf.keep(Departure(Wish.INTERRUPT, None, 0))
    assert list((tmp_path / "shared").rglob("checkpoint.safetensors"))
    shelf.drop_checkpoints()
    assert not list((tmp_path / "shared").rglob("checkpoint.safetensors"))


def test_working_folders_of_attempts_whose_supervisor_died_go_too(settings):
    folders = [scratch_folder(settings, claim_of(number)) for number in (1, 2, 3)]
    for folder in folders:
        folder.mkdir()
    clear_scratch(settings, claim_of(2))
    assert [folder.exists() for folder in folders] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "halve", "parts", "state"),
    [
        (DEVICE_FULL, True, 1, "queued"),
        (DEVICE_FULL, True, 2, "failed"),
        (DEVICE_FULL, False, 1, "failed"),
        ("diverged", True, 1, "failed"),
        ("done", True, 1, "done"),
    ],
)
def test_plugins_are_told_what_becomes_of_the_job(tmp_path, kind, halve, parts, state):
    spec = JobSpec.parse({"dataset": {"use": "health.nhefs"}, "job": {"halve_batch": halve}})
    place = str(tmp_path)
    request = AttemptRequest(
        spec=spec, job_id=JOB, attempt=1, folder=place, dossier=place, home=place, base=place, device="cpu",
        threads=1, lease_s=30.0, micro_batches=parts,
    )  # fmt: skip
    assert _state_after(Ending(kind=kind), request) == state


def test_the_variables_of_the_platform_reach_no_runner(any_store):
    def names(name: str) -> tuple[str, ...]:
        dataset = {"url": f"env:{name}", "query": "select 1", "target": "y"}
        return _named_variables(JobRepository(any_store).add(JobSpec.parse({"dataset": dataset})))

    assert names("WARDS_URL") == ("WARDS_URL",)
    assert names("TESTAMUR_DATABASE_URL") == names("testamur_broker_url") == ()


def test_a_request_that_cannot_be_read_fails_its_job_unless_the_database_is_away(
    settings, any_store, monkeypatch
):
    jobs = JobRepository(any_store)
    job = jobs.add(JobSpec.parse({"dataset": {"use": "health.nhefs"}}))
    with any_store.change() as connection:
        connection.execute(update(TABLE).values(spec={"dataset": 3}))
    taken = jobs.take_next(Claimant(worker="w", host="h", pid=1, lease_s=30.0))
    supervisor = Supervisor(
        settings, worker="w", queue=None, events=None, standby=None, stop_mark=settings.home / "stop",
        source=SimpleNamespace(devices=list),
    )  # fmt: skip

    def refuse(*arguments, **options):
        raise StoreError("the database does not answer")

    with monkeypatch.context() as away:
        away.setattr(jobs, "finish", refuse)
        with pytest.raises(StoreError):
            supervisor._attempt(taken, jobs, time.monotonic())
    assert jobs.peek(taken.claim).held  # silent from now on: the reaper takes it back
    assert supervisor._attempt(taken, jobs, time.monotonic()) is State.FAILED
    assert not jobs.peek(taken.claim).held
    with any_store.look() as connection:
        assert "cannot be read" in connection.scalar(select(TABLE.c.error).where(TABLE.c.id == job.id))
