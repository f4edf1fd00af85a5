"""Dossiers and checkpoints on a folder and in an object store: whole, or not there."""

import hashlib
import json
import uuid

import pytest
from tests.s3_server import serving

from testamur.contracts.errors import ConfigurationError, IntegrityError, NotFound, StoreError
from testamur.store.artifacts import Artifacts
from testamur.store.checkpoint_copies import CheckpointCopies


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


def checkpoint(folder, text: str):
    (folder / "part").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint.safetensors").write_text(text)
    (folder / "part" / "checkpoint.safetensors").write_text("a second training")
    (folder / ".checkpoint.safetensors.17").write_text("half of one that is being written")
    return folder


def test_the_newest_checkpoint_is_found_and_goes_with_its_job(artifacts, tmp_path):
    copies = CheckpointCopies(artifacts, "job")
    for attempt, text in ((1, "old"), (11, "new"), (2, "late")):
        copies.put(checkpoint(tmp_path / f"c{attempt}", text), attempt, (attempt, 0))
    copies.put(checkpoint(tmp_path / "c11", "newer"), 11, (12, 3))
    found = copies.newest()
    assert (found.attempt, found.mark) == (11, (12, 3))
    assert artifacts.names("checkpoints/job") == [found.name]  # those before it are gone
    back = tmp_path / "back"
    checkpoint(back, "what lay there")
    copies.bring(found, back)
    here = {str(path.relative_to(back)) for path in back.rglob("*") if path.is_file()}
    assert here == {"checkpoint.safetensors", "part/checkpoint.safetensors"}
    assert (back / "checkpoint.safetensors").read_text() == "newer"
    assert CheckpointCopies(artifacts, "other").newest() is None
    copies.drop()
    assert copies.newest() is None
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_copy_that_breaks_off_is_none_and_the_one_before_stays(artifacts, tmp_path, monkeypatch):
    copies = CheckpointCopies(artifacts, "job")
    copies.put(checkpoint(tmp_path / "c", "whole"), 1, (1, 0))
    put, n_put = artifacts._files.put_file, []

    def put_file(source, target, **options):
        n_put.append(target)
        if len(n_put) == 2:
            raise OSError(28, "No space left on device")
        return put(source, target, **options)

    with monkeypatch.context() as patched:
        patched.setattr(artifacts._files, "put_file", put_file)
        with pytest.raises(StoreError, match="No space left"):
            copies.put(checkpoint(tmp_path / "c", "half"), 1, (2, 0))
    assert len(artifacts.names("checkpoints/job")) == 2
    assert copies.newest().mark == (1, 0)
    copies.put(checkpoint(tmp_path / "c", "whole again"), 1, (3, 0))
    assert len(artifacts.names("checkpoints/job")) == 1
    assert copies.newest().mark == (3, 0)


def test_a_copy_that_was_changed_is_not_taken(artifacts, tmp_path):
    copies = CheckpointCopies(artifacts, "job")
    copies.put(checkpoint(tmp_path / "c", "whole"), 1, (1, 0))
    found = copies.newest()
    checkpoint(tmp_path / "d", "other")
    artifacts.put_files(tmp_path / "d", ["checkpoint.safetensors"], f"checkpoints/job/{found.name}")
    back = checkpoint(tmp_path / "back", "what lay there")
    with pytest.raises(IntegrityError, match="not what its list says"):
        copies.bring(found, back)
    assert (back / "checkpoint.safetensors").read_text() == "what lay there"


def test_a_link_is_not_followed_into_a_copy(artifacts, tmp_path):
    (tmp_path / "secret").write_text("key")
    folder = checkpoint(tmp_path / "c", "whole")
    (folder / "stolen").symlink_to(tmp_path / "secret")
    copies = CheckpointCopies(artifacts, "job")
    copies.put(folder, 1, (1, 0))
    assert set(copies.newest().files) == {"checkpoint.safetensors", "part/checkpoint.safetensors"}


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


def test_a_checkpoint_that_cannot_be_brought_leaves_nothing(artifacts, tmp_path, monkeypatch):
    copies = CheckpointCopies(artifacts, "job")
    copies.put(checkpoint(tmp_path / "c", "whole"), 1, (1, 0))

    def get_file(source, target, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts._files, "get_file", get_file)
    with pytest.raises(StoreError, match="No space left"):
        copies.bring(copies.newest(), tmp_path / "here" / "checkpoint")
    assert not list((tmp_path / "here").iterdir())
