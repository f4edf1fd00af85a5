"""Dossiers without a stored job are erased by the digest of the data that they state."""

import json

import pytest
from click.testing import CliRunner

from testamur.contracts.cache import PROVENANCE
from testamur.contracts.errors import NotFound
from testamur.contracts.job import JobSpec
from testamur.data.erased import mark_entity
from testamur.data.locate import sha256_of
from testamur.hooks.registry import Registry
from testamur.interfaces.cli import main
from testamur.pipeline.dossiers_on_disk import find_dossiers
from testamur.pipeline.erase import find_by_entity
from testamur.pipeline.erase_dossiers import PersonInData, dossiers_on_dataset
from testamur.report.job_file import write_job
from testamur.report.keys import load_or_create
from testamur.report.receipt import digest_text, read_receipt
from testamur.store.repository import JobRepository
from testamur.testing.fakes import MemoryEvents

PERSON = "P-17"


@pytest.fixture
def files(tmp_path):
    """Two files of a name, of which one holds the person."""
    found = []
    for place, people in (("here", (PERSON, "P-2")), ("there", ("P-3", "P-4"))):
        rows = [f"{people[i % 2]},{20 + i % 60},{i % 3 % 2}" for i in range(200)]
        path = tmp_path / place / "wards.csv"
        path.parent.mkdir()
        path.write_text("\n".join(["person,age,y", *rows]) + "\n")
        found.append(path)
    return found


def leave(folder, job_id: str, sha256: str, *, key: str = "", **dataset) -> None:
    """What `testamur run` leaves, as far as an erasure reads it; and what it worked in."""
    folder.mkdir(parents=True)
    report = {"data": {"key": key, "sha256": sha256}, "provenance": {"job_id": job_id}}
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "manifest.json").write_text(json.dumps({"job_id": job_id}))
    request = {"path": "wards.csv", "target": "y", "positive": "1", "entity": "person"} | dataset
    (folder / "job.toml").write_text(write_job(JobSpec.parse({"dataset": request})))
    work = folder.parents[1] / "jobs" / job_id / "checkpoint"
    if folder.parent.name == "dossiers":
        work.mkdir(parents=True)
        (work / "checkpoint.safetensors").write_text("weights")


@pytest.fixture
def elsewhere(tmp_path, files):
    """A home in which three jobs ran without the queue."""
    elsewhere = tmp_path / "another"
    leave(elsewhere / "dossiers" / "0concerned00", "0concerned00", sha256_of(files[0]))
    leave(elsewhere / "dossiers" / "0other000000", "0other000000", sha256_of(files[1]))
    leave(elsewhere / "dossiers" / "0registered0", "0registered0", "a" * 64, key="health.nhefs")
    (elsewhere / "dossiers" / "0unreadable0").mkdir()
    for name in ("report.json", "manifest.json"):
        (elsewhere / "dossiers" / "0unreadable0" / name).write_text("{")
    leave(elsewhere / "dossiers" / ".0draft00000-1" / "dossier", "0draft00000", sha256_of(files[0]))
    (elsewhere / "dossiers" / "0link0000000").symlink_to(elsewhere / "dossiers" / "0concerned00")
    return elsewhere


def answers(affected) -> dict[str, bool]:
    return {one.dossier.folder.name: one.known for one in affected}


def test_a_dataset_is_known_by_key_and_a_file_by_its_content(elsewhere, files):
    found = find_dossiers([elsewhere])
    unreadable = {"0unreadable0": False}
    assert answers(dossiers_on_dataset(found, "health.nhefs")) == {"0registered0": True} | unreadable
    assert answers(dossiers_on_dataset(found, str(files[0]))) == {
        "0concerned00": True, "0other000000": False, "0registered0": False,
    } | unreadable  # fmt: skip
    files[0].unlink()  # then what the dossiers of stored jobs state still tells
    again = dossiers_on_dataset(found, str(files[0]), [sha256_of(files[1])])
    assert answers(again)["0other000000"] is True


def test_dossiers_elsewhere_are_found_in_folders_and_links_are_not_followed(elsewhere, files, tmp_path):
    leave(tmp_path / "shelf" / "2026" / "may" / "first", "0shelf000000", sha256_of(files[0]))
    leave(tmp_path / "shelf" / "1" / "2" / "3" / "4" / "deep", "0deep0000000", sha256_of(files[0]))
    found = find_dossiers([elsewhere], [tmp_path / "shelf", elsewhere], known={"0other000000"})
    assert {one.folder.name: one.home for one in found} == {
        "0concerned00": elsewhere, "0registered0": elsewhere, "0unreadable0": elsewhere, "first": None,
    }  # fmt: skip
    with pytest.raises(NotFound, match="a folder is required"):
        find_dossiers([elsewhere], [tmp_path / "nowhere"])


@pytest.mark.parametrize("job_id", ["../../files", ".", "", "0CONCERNED00"])
def test_a_dossier_that_names_a_place_instead_of_a_job_has_nothing_else_deleted(tmp_path, files, job_id):
    leave(tmp_path / "home" / "dossiers" / "0concerned00", "0concerned00", sha256_of(files[0]))
    (tmp_path / "files").mkdir()
    report = tmp_path / "home" / "dossiers" / "0concerned00" / "report.json"
    report.write_text(report.read_text().replace("0concerned00", job_id))
    (found,) = find_dossiers([tmp_path / "home"])
    assert answers(dossiers_on_dataset([found], str(files[0]))) == {"0concerned00": True}
    assert found.places == [found.folder]


def person(*files, entity: str = PERSON) -> PersonInData:
    return PersonInData(
        entity, registry=Registry.from_objects({}), datasets=files[0].parent, environ={}, files=files
    )


def test_a_person_is_looked_for_in_files_that_are_named(elsewhere, files):
    found = find_dossiers([elsewhere])
    left = {"0registered0": False, "0unreadable0": False}
    assert answers(person(*files).dossiers(found)) == {"0concerned00": True} | left
    assert answers(person(*files, entity="P-3").dossiers(found)) == {"0other000000": True} | left
    unknown = person(files[1]).dossiers(found)
    assert answers(unknown) == {"0concerned00": False} | left
    assert "--data" in unknown[0].reason


def test_whoever_was_left_out_already_is_not_found_again(elsewhere, files):
    mark = mark_entity(PERSON, "a" * 32)
    leave(elsewhere / "dossiers" / "0again000000", "0again000000", sha256_of(files[0]), erased=[mark])
    assert "0again000000" not in answers(person(*files).dossiers(find_dossiers([elsewhere])))
    assert answers(person(*files, entity="P-2").dossiers(find_dossiers([elsewhere])))["0again000000"] is True


def test_the_data_of_stored_jobs_tell_of_dossiers_too(elsewhere, files, sqlite_store):
    data = {"path": str(files[0]), "target": "y", "positive": "1", "entity": "person"}
    JobRepository(sqlite_store).add(JobSpec.parse({"dataset": data}), base=str(files[0].parent))
    search = person(files[1])
    find_by_entity(sqlite_store, search)
    assert answers(search.dossiers(find_dossiers([elsewhere])))["0concerned00"] is True


def call(*arguments: str):
    return CliRunner().invoke(main, ["erase", *arguments], catch_exceptions=False)


def test_the_command_deletes_them_with_what_their_jobs_worked_in(
    elsewhere, files, tmp_path, monkeypatch, settings
):
    monkeypatch.setattr("testamur.jobs.queue.open_events", lambda settings: MemoryEvents())
    leave(tmp_path / "shelf" / "copy", "0concerned00", sha256_of(files[0]))
    asked = (
        "--dataset",
        str(files[0]),
        "--home",
        str(elsewhere),
        "--dossiers",
        str(tmp_path / "shelf"),
        "--json",
    )
    listed = json.loads(call(*asked, "--dry-run").output)
    going = {str(elsewhere / "dossiers" / "0concerned00"), str(tmp_path / "shelf" / "copy")}
    assert set(listed["dossiers"]) == going
    manifest = sha256_of(elsewhere / "dossiers" / "0concerned00" / "manifest.json")
    done = json.loads(call(*asked).output)
    assert set(done["dossiers"]) == going
    for place in (*going, str(elsewhere / "jobs" / "0concerned00")):
        assert not (tmp_path / place).exists()
    assert (elsewhere / "dossiers" / "0other000000").exists()
    facts = read_receipt(tmp_path / done["receipt"], load_or_create(settings.home).public_pem)
    assert facts["dossiers"] == [{"manifest_sha256": manifest}] * 2
    assert (facts["n_dossiers_not_known"], facts["n_homes"], facts["n_files"]) == (3, 2, 7)
    assert facts["subject_sha256"] == digest_text(f"{done['salt']}:{files[0]}")
    assert "fetched data sets" in facts["not_reached"]
    assert str(files[0]) not in (tmp_path / done["receipt"]).read_text()


def test_a_fetched_data_set_goes_with_its_dataset(tmp_path, monkeypatch, settings):
    monkeypatch.setattr("testamur.jobs.queue.open_events", lambda settings: MemoryEvents())
    monkeypatch.setenv("TESTAMUR_DATASETS", str(tmp_path / "fetched"))
    for key in ("retail.sales", "retail.other"):
        (tmp_path / "fetched" / key).mkdir(parents=True)
        (tmp_path / "fetched" / key / PROVENANCE).write_text("{}")
    done = json.loads(call("--dataset", "retail.sales", "--json").output)
    assert [path.name for path in (tmp_path / "fetched").iterdir()] == ["retail.other"]
    facts = read_receipt(tmp_path / done["receipt"], load_or_create(settings.home).public_pem)
    assert facts["n_fetched_data_sets"] == 1
    assert "fetched data sets" not in facts["not_reached"]
    assert call("--dataset", "../fetched/retail.other", "--yes").exit_code == 0
    assert (tmp_path / "fetched" / "retail.other").exists()


def test_files_to_look_into_belong_to_a_person(files):
    assert call("--dataset", "x", "--data", str(files[0])).exit_code == 2
