"""What a runner leaves is sealed by its supervisor: whole, of that attempt, once, whatever is killed when."""

import hashlib
import json
import os
import shutil
import signal
import warnings

import pytest

from testamur.contracts.job import JobSpec, State
from testamur.report import close
from testamur.report.keys import load_or_create
from testamur.report.verify import verify_dossier
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers import glance, sealing
from testamur_workers.hand_in import attempt_folder, clear_away, hand_in, sealing_folder
from testamur_workers.request import Ending
from testamur_workers.sealing import seal_attempt
from testamur_workers.settle import settle
from testamur_workers.watch import Departure, Wish

SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}, "job": {"max_attempts": 3}})
DONE = Departure(Wish.NONE, Ending(kind="done", dossier="/d", cleared=True), 0)
EVIDENCE = b'{"n": 40}\n'


def write_unsealed(folder, key, job_id: str, attempt: int, **changed) -> None:
    """What a runner leaves: files without a manifest."""
    report = {
        "report_id": f"r-{job_id}",
        "schema_version": "1.1",
        "title": "t",
        "cleared": False,
        "expires": "2027-01-01",
        "signer": key.fingerprint,
        "policy": {"key": "core.default", "version": "1"},
        "provenance": {"job_id": job_id, "attempt": attempt, "created_at": "2026-11-26T00:00:00Z"},
        "evidence": [
            {"name": "evidence/a.json", "sha256": hashlib.sha256(EVIDENCE).hexdigest(), "n_bytes": 10}
        ],
    } | changed
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "a.json").write_bytes(EVIDENCE)
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "signer.pub").write_bytes(key.public_pem)


@pytest.fixture
def key(settings):
    return load_or_create(settings.home)


@pytest.fixture
def running(sqlite_store):
    jobs = JobRepository(sqlite_store)
    job = jobs.add(SPEC)
    return jobs, jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30)


def sealed(settings, key, running, departure=DONE) -> Departure:
    jobs, claim = running
    final = settings.dossier_folder(claim.job_id)
    return seal_attempt(departure, claim, key=key, final=final, jobs=jobs)


def test_the_supervisor_seals_and_takes_the_outcome_from_the_report(settings, key, running, tmp_path):
    claim = running[1]
    folder = attempt_folder(settings.dossier_folder(claim.job_id), 1)
    write_unsealed(folder, key, claim.job_id, 1)
    departure = sealed(settings, key, running)
    assert departure.ending.cleared is False  # whatever the runner said
    public = tmp_path / "signer.pem"
    public.write_bytes(key.public_pem)
    assert not folder.exists()  # where its attempt reached it
    found = verify_dossier(sealing_folder(settings.dossier_folder(claim.job_id), 1), key=public)
    assert (found.ok, found.n_files, found.sealed_by) == (True, 3, "supervisor"), str(found)


FAULTS = {
    "of another attempt": ({"provenance": {"job_id": "x", "attempt": 1, "created_at": ""}}, "of another"),
    "of another key": ({"signer": "0" * 64}, "names another"),
    "no report": ({"evidence": None}, "a whole report is required"),
    "other evidence": (
        {"evidence": [{"name": "evidence/a.json", "sha256": "0" * 64, "n_bytes": 10}]},
        "evidence/a.json differs",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_dossier_of_this_attempt_gets_no_seal(settings, key, running, fault):
    changed, words = FAULTS[fault]
    claim = running[1]
    folder = attempt_folder(settings.dossier_folder(claim.job_id), 1)
    write_unsealed(folder, key, claim.job_id, 1, **changed)
    ending = sealed(settings, key, running).ending
    assert (ending.kind, ending.dossier, ending.cleared) == ("integrity", "", None)
    assert words in ending.message
    assert not list(folder.parents[1].rglob("attestation.dsse.json"))


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "manifest", "signature", "name", "folder"])
def test_what_a_plugin_may_have_put_there_is_refused_unread(settings, key, running, kind):
    claim = running[1]
    folder = attempt_folder(settings.dossier_folder(claim.job_id), 1)
    write_unsealed(folder, key, claim.job_id, 1)
    secret = settings.home / "keys" / "signing.pem"
    match kind:
        case "link":
            (folder / "notes.txt").symlink_to(secret)
        case "second name":
            os.link(secret, folder / "notes.txt")
        case "pipe":
            os.mkfifo(folder / "notes.txt")
        case "manifest":
            (folder / "manifest.json").write_text("{}")
        case "signature":
            (folder / "signatures").mkdir()
        case "name":
            (folder / "a b").write_text("x")
        case "folder":
            folder.rename(folder.with_name("other"))
            folder.symlink_to(folder.with_name("other"))
    ending = sealed(settings, key, running).ending
    assert ending.kind == "integrity"
    assert not list(folder.parents[1].rglob("attestation.dsse.json"))


def test_a_runner_that_says_it_is_done_and_has_left_nothing_has_failed(settings, key, running):
    ending = sealed(settings, key, running).ending
    assert (ending.kind, ending.cleared) == ("integrity", None)
    assert "a dossier is required" in ending.message


def test_a_report_without_end_does_not_end_the_supervisor(settings, key, running, monkeypatch):
    monkeypatch.setattr(close, "_LONGEST_REPORT", 100)
    claim = running[1]
    write_unsealed(attempt_folder(settings.dossier_folder(claim.job_id), 1), key, claim.job_id, 1)
    ending = sealed(settings, key, running).ending
    assert (ending.kind, "at most 100 bytes" in ending.message) == ("integrity", True)


def test_an_attempt_that_was_lost_or_cancelled_is_not_sealed(settings, key, running, monkeypatch):
    jobs, claim = running
    monkeypatch.setattr(glance, "LOOK_EVERY_S", 0.0)
    folder = attempt_folder(settings.dossier_folder(claim.job_id), 1)
    write_unsealed(folder, key, claim.job_id, 1)
    jobs.request_cancel(claim.job_id)
    departure = sealed(settings, key, running)
    assert (departure.wish, departure.ending) == (Wish.CANCEL, None)
    write_unsealed(folder, key, claim.job_id, 1)
    shutil.rmtree(sealing_folder(settings.dossier_folder(claim.job_id), 1))
    jobs.release_dead("h", lambda pid: False)
    assert sealed(settings, key, running).wish is Wish.FENCED
    assert not list(folder.parents[1].rglob("manifest.json"))
    fenced = Departure(Wish.FENCED, DONE.ending, 0)
    assert sealed(settings, key, running, fenced) is fenced


def attempt(settings, worker: str, *, die_at: str = "") -> State | None:
    """Claim the job and go from the runner's end to the end of the attempt, or be killed on the way."""

    def pass_by(step: str) -> None:
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    key = load_or_create(settings.home)
    with open_store(settings) as store:
        jobs = JobRepository(store)
        claim = jobs.claim_next(worker=worker, host="h", pid=os.getpid(), lease_s=30)
        final = settings.dossier_folder(claim.job_id)
        write_unsealed(attempt_folder(final, claim.attempt), key, claim.job_id, claim.attempt)
        pass_by("the runner has ended")
        if die_at == "half of it is signed":
            sealing.close_dossier = lambda folder, *_, **__: (
                (folder / "manifest.json").write_text("{"),
                pass_by(die_at),
            )
        departure = seal_attempt(DONE, claim, key=key, final=final, jobs=jobs)
        pass_by("it is sealed")

        def move() -> None:
            hand_in(final, claim.attempt)
            pass_by("it is in its place and nothing is committed")

        state, _ = settle(departure, claim, jobs, n_oom_kills=0, patience_s=0, hand_in=move)
        pass_by("it is committed")
        clear_away(final, claim.attempt)
        return state


STEPS = {
    "the runner has ended": 2,
    "half of it is signed": 2,
    "it is sealed": 2,
    "it is in its place and nothing is committed": 2,
    "it is committed": 1,
}


@pytest.mark.parametrize("step", STEPS)
def test_kill_9_between_any_two_steps_loses_nothing_and_leaves_nothing_twice(
    settings, key, sqlite_store, step
):
    job = JobRepository(sqlite_store).add(SPEC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of other tests: the child uses none
        child = os.fork()
    if child == 0:
        try:
            attempt(settings, "killed@h", die_at=step)
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    jobs = JobRepository(sqlite_store)
    jobs.release_dead("h", lambda pid: False)
    final = settings.dossier_folder(job.id)
    if STEPS[step] == 2:
        assert jobs.get(job.id).state is State.QUEUED
        assert attempt(settings, "next@h") is State.DONE
    done = jobs.get(job.id)
    assert (done.state, done.n_attempts) == (State.DONE, STEPS[step])
    assert verify_dossier(final).ok
    report = json.loads((final / "report.json").read_bytes())
    assert report["provenance"]["attempt"] == STEPS[step]
    visible = [path.name for path in final.parent.iterdir() if not path.name.startswith(".")]
    assert visible == [job.id]
