"""``testamur erase`` and ``gc`` as typed: what is listed, what is asked, what is refused."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from testamur.contracts.job import JobSpec, State
from testamur.interfaces.cli import main
from testamur.report.envelope import Envelope, encode_for_signature, write_envelope
from testamur.report.keys import export, load_or_create
from testamur.settings import Settings
from testamur.store.erasure import all_jobs
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur.testing.fakes import MemoryEvents


@pytest.fixture
def ended(home, tmp_path, monkeypatch):
    """A done job on a file of one's own, with what it left."""
    monkeypatch.setattr("testamur.jobs.queue.open_events", lambda settings: MemoryEvents())
    rows = [f"{('P-1', 'P-2')[i % 2]},{20 + i % 60},{i % 3 % 2}" for i in range(200)]
    path = tmp_path / "wards.csv"
    path.write_text("\n".join(["person,age,y", *rows]) + "\n")
    data = {"path": str(path), "target": "y", "positive": "1", "entity": "person"}
    settings = Settings.from_environment()
    with open_store(settings) as store:
        jobs = JobRepository(store)
        job = jobs.add(JobSpec.parse({"dataset": data}), base=str(tmp_path))
        (settings.job_folder(job.id) / "checkpoint").mkdir(parents=True)
        (settings.job_folder(job.id) / "checkpoint" / "x").write_text("x" * 1000)
        settings.dossier_folder(job.id).mkdir(parents=True)
        claim = jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30)
        jobs.finish(claim, State.DONE, dossier=str(settings.dossier_folder(job.id)))
    return settings, job.id, path


def call(*arguments: str, typed: str = ""):
    return CliRunner().invoke(main, list(arguments), input=typed)


def n_jobs(settings) -> int:
    with open_store(settings) as store:
        return len(all_jobs(store))


def test_a_dataset_is_erased_only_after_a_yes(ended):
    settings, job_id, path = ended
    for arguments, typed in ((("--dry-run",), ""), ((), "n\n")):
        answer = call("erase", "--dataset", str(path), *arguments, typed=typed)
        assert job_id in answer.output
        assert str(path) in answer.output  # the file is not the platform's to delete
        assert n_jobs(settings) == 1
    done = call("erase", "--dataset", str(path), "--yes")
    assert done.exit_code == 0, done.output
    assert "Receipt:" in done.output
    assert n_jobs(settings) == 0


def test_a_person_is_read_from_standard_input_and_never_shown(ended):
    settings, job_id, _ = ended
    answer = call("erase", "--entity", "-", "--json", typed="P-1\n")
    assert answer.exit_code == 0, answer.output
    listed = json.loads(answer.output)
    assert (listed["concerned"], listed["receipt"]) == ([job_id], None)
    assert n_jobs(settings) == 1  # listed and no more
    answer = call("erase", "--entity", "-", "--delete", "--json", typed="P-1\n").output
    assert json.loads(answer)["erased"] == [job_id]
    assert "P-1" not in answer
    assert n_jobs(settings) == 0


@pytest.mark.parametrize(
    "arguments", [(), ("--dataset", "x", "--entity", "y"), ("--dataset", "x", "--retrain")]
)
def test_a_wish_that_is_not_clear_is_refused(home, arguments):
    assert call("erase", *arguments).exit_code == 2


def test_gc_shows_first_and_deletes_then(ended):
    settings, job_id, _ = ended
    listed = json.loads(call("gc", "--dry-run", "--json").output)
    assert [found["job_id"] for found in listed["found"]] == [job_id]
    assert listed["deleted"] is False
    done = json.loads(call("gc", "--json").output)
    assert (done["deleted"], done["n_bytes"]) == (True, 1000)
    assert not (settings.job_folder(job_id) / "checkpoint").exists()
    assert "Nothing to delete" in call("gc").output


def erased(path) -> dict:
    return json.loads(call("erase", "--dataset", str(path), "--yes", "--json").output)


def test_a_receipt_says_what_went_and_whom_it_is_about(ended):
    _, _, path = ended
    told = erased(path)
    shown = call("receipt", told["receipt"], "--subject", str(path), "--salt", told["salt"])
    assert shown.exit_code == 0, shown.output
    assert "1 jobs" in shown.output
    assert "about that subject" in shown.output
    other = call("receipt", told["receipt"], "--subject", "another", "--salt", told["salt"], "--json")
    assert other.exit_code == 8
    assert json.loads(other.output)["about_subject"] is False
    assert call("receipt", told["receipt"], "--subject", str(path)).exit_code == 2


@pytest.mark.parametrize("fault", ["changed", "another key", "no receipt", "absent"])
def test_a_receipt_that_is_not_what_was_signed_is_refused(ended, tmp_path, fault):
    settings, _, path = ended
    receipt = Path(erased(path)["receipt"])
    more = []
    if fault == "changed":
        tree = json.loads(receipt.read_text())
        payload = base64.b64decode(tree["payload"]).replace(b'"kind": "dataset"', b'"kind": "nothing"')
        assert base64.b64encode(payload).decode() != tree["payload"]
        receipt.write_text(json.dumps({**tree, "payload": base64.b64encode(payload).decode()}))
    elif fault == "another key":
        (tmp_path / "other.pub").write_bytes(export(tmp_path / "another"))
        more = ["--key", str(tmp_path / "other.pub")]
    elif fault == "no receipt":
        key = load_or_create(settings.home)
        payload = b'{"predicateType": "something else", "predicate": {}}'
        envelope = Envelope(payload, key.fingerprint, key.sign(encode_for_signature(payload)))
        receipt.write_bytes(write_envelope(envelope))
    else:
        receipt.unlink()
    answer = call("receipt", str(receipt), *more)
    assert answer.exit_code == (3 if fault == "absent" else 8), answer.output
    assert "Signed" not in answer.output
