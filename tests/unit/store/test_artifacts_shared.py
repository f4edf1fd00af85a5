"""Dossiers and checkpoints on a folder and in an object store: whole, or not there."""

import hashlib
import json
import uuid

import pytest
from tests.s3_server import serving

from testamur.contracts.errors import ConfigurationError, IntegrityError, NotFound, StoreError
from testamur.store.artifacts import Artifacts


@pytest.fixture(scope="module")
def bucket():
    with serving() as url:
        yield url


@pytest.fixture(params=["folder", "memory", "s3"])
def artifacts(request, tmp_path, bucket):
    """On a folder, in memory, which has objects and no folders of its own, and on an S3 server over HTTP."""
    places = {"folder": str(tmp_path / "shared"), "memory": f"memory://{uuid.uuid4()}/x"}
    return Artifacts(places.get(request.param, f"{bucket}/{uuid.uuid4()}/x"))


@pytest.fixture
def dossier(tmp_path):
    folder = tmp_path / "sealed"
    (folder / "evidence").mkdir(parents=True)
    files = {"report.json": b"{}", "evidence/a.csv": b"1,2\n"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    entries = [{"path": name, "sha256": hashlib.sha256(body).hexdigest()} for name, body in files.items()]
    (folder / "manifest.json").write_text(json.dumps({"files": entries}))
    return folder


def test_a_dossier_comes_back_as_it_was(artifacts, dossier, tmp_path):
    artifacts.put_dossier(dossier, "job", 2)
    back = artifacts.get_dossier("job", 2, tmp_path / "here" / "job")
    found = {str(p.relative_to(back)): p.read_bytes() for p in back.rglob("*") if p.is_file()}
    assert found == {str(p.relative_to(dossier)): p.read_bytes() for p in dossier.rglob("*") if p.is_file()}
    with pytest.raises(NotFound):
        artifacts.get_dossier("job", 1, tmp_path / "other")


def test_the_manifest_comes_last_and_without_it_there_is_no_dossier(
    artifacts, dossier, tmp_path, monkeypatch
):
    put, order = artifacts._files.put_file, []

    def put_file(source, target, **options):
        order.append(target)
        if len(order) == 3:
            raise OSError(28, "No space left on device")
        return put(source, target, **options)

    monkeypatch.setattr(artifacts._files, "put_file", put_file)
    with pytest.raises(StoreError, match="No space left"):
        artifacts.put_dossier(dossier, "job", 1)
    assert order[-1].endswith("job-1/manifest.json")
    with pytest.raises(NotFound):
        artifacts.get_dossier("job", 1, tmp_path / "here")


def test_a_changed_file_is_not_taken(artifacts, dossier, tmp_path):
    (dossier / "report.json").write_text('{"changed": true}')
    artifacts.put_dossier(dossier, "job", 1)
    with pytest.raises(IntegrityError, match=r"report\.json"):
        artifacts.get_dossier("job", 1, tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_the_newest_checkpoint_is_found_and_goes_with_its_job(artifacts, tmp_path):
    for attempt, text in ((1, "old"), (11, "new"), (2, "middle")):
        own = tmp_path / f"c{attempt}"
        own.mkdir()
        (own / "checkpoint.safetensors").write_text(text)
        artifacts.put_checkpoint(own, "job", attempt)
    assert artifacts.get_checkpoint("job", tmp_path / "back") == 11
    assert (tmp_path / "back" / "checkpoint.safetensors").read_text() == "new"
    assert artifacts.get_checkpoint("other", tmp_path / "none") is None
    artifacts.drop_checkpoints("job")
    assert artifacts.get_checkpoint("job", tmp_path / "gone") is None


def test_everything_of_a_job_can_be_dropped(artifacts, dossier, tmp_path):
    for job in ("job", "job-2"):
        artifacts.put_dossier(dossier, job, 1)
    artifacts.drop("job")
    with pytest.raises(NotFound):
        artifacts.get_dossier("job", 1, tmp_path / "a")
    assert artifacts.get_dossier("job-2", 1, tmp_path / "b").is_dir()


def test_a_url_that_nobody_knows_is_refused():
    with pytest.raises(ConfigurationError, match="TESTAMUR_ARTIFACTS"):
        Artifacts("nowhere-at-all://bucket/x")


@pytest.mark.parametrize(
    "manifest", ["[]", "{", '{"files": [{"path": "a"}]}', '{"files": [{"path": "../a", "sha256": ""}]}']
)
def test_a_manifest_that_is_none_or_leaves_the_folder_is_refused(artifacts, dossier, tmp_path, manifest):
    (dossier / "manifest.json").write_text(manifest)
    artifacts.put_dossier(dossier, "job", 1)
    with pytest.raises(IntegrityError):
        artifacts.get_dossier("job", 1, tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_a_checkpoint_that_breaks_off_leaves_nothing(artifacts, dossier, tmp_path, monkeypatch):
    artifacts.put_checkpoint(dossier, "job", 1)

    def get_file(source, target, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts._files, "get_file", get_file)
    with pytest.raises(StoreError, match="No space left"):
        artifacts.get_checkpoint("job", tmp_path / "here" / "checkpoint")
    assert not list((tmp_path / "here").iterdir())
