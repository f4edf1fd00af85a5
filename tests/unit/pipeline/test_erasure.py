"""What was made from a dataset, or from a person's data, goes for good; and what may go by rules goes."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import JobSpec, State
from testamur.data.erased import NOTE, mark_entity
from testamur.data.load import load_source
from testamur.hooks.registry import Registry
from testamur.jobs.states import WrongState
from testamur.pipeline.erase import erase, find_by_dataset, find_by_entity, outside, without
from testamur.pipeline.erase_dossiers import PersonInData
from testamur.pipeline.leftover import Retention
from testamur.pipeline.tidy import find_leftovers, remove
from testamur.report.keys import load_or_create
from testamur.report.receipt import digest_text, read_receipt
from testamur.store.erasure import all_jobs
from testamur.store.repository import JobRepository
from testamur.testing.fakes import MemoryEvents

PERSON = "P-17-secret"


@pytest.fixture
def place(tmp_path):
    for name, people in (("wards", (PERSON, "P-2")), ("others", ("P-3", "P-4"))):
        rows = [f"{people[i % 2]},{20 + i % 60},{i % 3 % 2}" for i in range(200)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["person,age,y", *rows]) + "\n")
    return tmp_path


def spec(path, **dataset) -> JobSpec:
    return JobSpec.parse(
        {"dataset": {"path": str(path), "target": "y", "positive": "1", "entity": "person", **dataset}}
    )


def end(store, settings, job, state: State = State.DONE) -> None:
    """Let a job end, with what a real one leaves."""
    jobs = JobRepository(store)
    claim = jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30)
    for folder in (settings.job_folder(job.id) / "checkpoint", settings.dossier_folder(job.id)):
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(job.id)
    jobs.finish(claim, state, dossier=str(settings.dossier_folder(job.id)))


@pytest.fixture
def two(place, any_store, any_settings):
    jobs = JobRepository(any_store)
    made = [jobs.add(spec(place / f"{name}.csv"), base=str(place)) for name in ("wards", "others")]
    for job in made:
        end(any_store, any_settings, job)
    return made


def looking_for(settings, entity=PERSON, *files) -> PersonInData:
    registry = Registry.from_objects({})
    return PersonInData(entity, registry=registry, datasets=settings.datasets, environ={}, files=files)


def by_entity(store, settings, entity=PERSON):
    found = find_by_entity(store, looking_for(settings, entity))
    return {one.job.id: one.known for one in found}


def carry_out(store, settings, found, subject=PERSON, **more):
    events = MemoryEvents()
    return erase(found, kind="entity", subject=subject, settings=settings, store=store, events=events, **more)


def test_a_dataset_goes_with_all_that_was_made_from_it(two, place, any_store, any_settings):
    wards, others = two
    events = MemoryEvents()
    at = datetime.now(UTC)
    events.publish(Event(job_id=wards.id, attempt=1, kind=EventKind.LOG, at=at, data={"message": "x"}))
    found = find_by_dataset(any_store, str(place / "wards.csv"))
    done, salt = erase(
        found, kind="dataset", subject="wards", settings=any_settings, store=any_store, events=events
    )
    assert [job.id for job in all_jobs(any_store)] == [others.id]
    assert events.read(wards.id) == []
    assert not any_settings.dossier_folder(wards.id).exists()
    assert not any_settings.job_folder(wards.id).exists()
    assert any_settings.dossier_folder(others.id).exists()
    assert outside(found, any_settings) == [str(place / "wards.csv")]
    facts = read_receipt(done.receipt, load_or_create(any_settings.home).public_pem)
    assert facts["subject_sha256"] == digest_text(f"{salt}:wards")
    assert (facts["n_files"], facts["jobs"][0]["job_sha256"]) == (2, digest_text(wards.id))


def test_one_person_is_found_where_the_data_name_them(two, any_store, any_settings):
    assert by_entity(any_store, any_settings) == {two[0].id: True}
    assert by_entity(any_store, any_settings, "P-99") == {}


def test_data_that_cannot_be_read_any_more_are_said_to_be_unknown_and_stay(
    two, place, any_store, any_settings
):
    (place / "others.csv").unlink()
    found = find_by_entity(any_store, looking_for(any_settings))
    assert {one.job.id: one.known for one in found} == {two[0].id: True, two[1].id: False}
    done, _ = carry_out(any_store, any_settings, found)
    assert done.job_ids == (two[0].id,)
    facts = read_receipt(done.receipt, load_or_create(any_settings.home).public_pem)
    assert facts["n_jobs_not_known"] == 1


def test_the_receipt_names_hashes_only(two, place, any_store, any_settings):
    done, salt = carry_out(any_store, any_settings, find_by_dataset(any_store, str(place / "wards.csv")))
    text = done.receipt.read_text()
    payload = json.dumps(read_receipt(done.receipt, load_or_create(any_settings.home).public_pem))
    for secret in (PERSON, salt, two[0].id, "wards"):
        assert secret not in text
        assert secret not in payload


def test_a_job_that_runs_is_not_erased(place, any_store, any_settings):
    jobs = JobRepository(any_store)
    job = jobs.add(spec(place / "wards.csv"), base=str(place))
    jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30)
    with pytest.raises(WrongState, match="are running"):
        carry_out(any_store, any_settings, find_by_dataset(any_store, str(place / "wards.csv")))
    assert len(all_jobs(any_store)) == 1


def test_nothing_of_the_deleted_stays_in_the_file_of_the_database(place, sqlite_store, settings):
    for name in ("wards", "others"):
        JobRepository(sqlite_store).add(spec(place / f"{name}.csv"), base=str(place))
    carry_out(sqlite_store, settings, find_by_dataset(sqlite_store, str(place / "wards.csv")))
    content = b"".join(path.read_bytes() for path in settings.home.glob("testamur.db*"))
    assert str(place / "others.csv").encode() in content
    assert str(place / "wards.csv").encode() not in content


def test_a_job_is_trained_again_without_the_person(place):
    again = without(spec(place / "wards.csv"), PERSON)
    source = load_source(again.dataset, None, base=place)
    assert set(source.frame["person"]) == {"P-2"}
    assert (source.frame.height, len(source.row)) == (100, 100)
    assert NOTE in source.notes
    assert PERSON not in again.model_dump_json()


def test_marks_differ_by_salt_and_hit_numbers_too(place):
    assert mark_entity("7", "a" * 32) != mark_entity("7", "b" * 32)
    rows = "\n".join(f"{i % 20},{20 + i % 60},{i % 3 % 2}" for i in range(200))
    (place / "numbers.csv").write_text(f"person,age,y\n{rows}\n")
    source = load_source(without(spec(place / "numbers.csv"), "7").dataset, None, base=place)
    assert source.frame.height == 190


def test_checkpoints_go_when_they_serve_nobody(two, place, any_store, any_settings):
    jobs = JobRepository(any_store)
    failed = jobs.add(spec(place / "wards.csv"), base=str(place))
    end(any_store, any_settings, failed, State.FAILED)
    waiting = jobs.add(spec(place / "wards.csv"), base=str(place))
    (any_settings.job_folder(waiting.id) / "checkpoint").mkdir(parents=True)
    stray = any_settings.home / "jobs" / "0unknown0000"
    stray.mkdir()
    os.utime(stray, (0, 0))
    now = datetime.now(UTC)
    found = find_leftovers(any_store, any_settings, Retention(), now=now)
    assert {left.path for left in found} == {
        stray,
        *(any_settings.job_folder(job.id) / "checkpoint" for job in two),
    }
    later = find_leftovers(any_store, any_settings, Retention(), now=now + timedelta(days=8))
    assert {left.job_id for left in later} - {left.job_id for left in found} == {failed.id}
    assert remove(found, any_store, any_settings) == sum(left.n_bytes for left in found)
    assert not stray.exists()
    assert (any_settings.job_folder(waiting.id) / "checkpoint").exists()


def test_old_dossiers_go_by_number_and_age_and_signed_ones_stay(place, any_store, any_settings):
    jobs = JobRepository(any_store)
    made = [jobs.add(spec(place / "wards.csv"), base=str(place)) for _ in range(3)]
    for job in made:
        end(any_store, any_settings, job)
    newest = [job.id for job in all_jobs(any_store)]
    (any_settings.dossier_folder(newest[2]) / "signatures").mkdir()
    now = datetime.now(UTC)

    def going(rules, at=now) -> set[str]:
        return {
            left.job_id for left in find_leftovers(any_store, any_settings, rules, now=at) if left.is_dossier
        }

    assert going(Retention()) == set()
    assert going(Retention(keep_last=1)) == {newest[1]}
    assert going(Retention(keep_last=0)) == {newest[0], newest[1]}
    assert going(Retention(keep_last=1, older_than=timedelta(days=30))) == set()
    assert going(Retention(keep_last=1, older_than=timedelta(days=30)), now + timedelta(days=31)) == {
        newest[1]
    }
    remove(find_leftovers(any_store, any_settings, Retention(keep_last=1), now=now), any_store, any_settings)
    assert jobs.get(newest[1]).dossier == ""
    assert not any_settings.dossier_folder(newest[1]).exists()


def test_a_job_that_waits_is_ended_before_its_files_go(place, any_store, any_settings, monkeypatch):
    jobs = JobRepository(any_store)
    waiting = jobs.add(spec(place / "wards.csv"), base=str(place))
    events = MemoryEvents()
    taken = []
    # a worker that looks for a job while the erasure is under way
    monkeypatch.setattr(
        events,
        "forget",
        lambda job_id: taken.append(jobs.claim(job_id, worker="w", host="h", pid=1, lease_s=30)),
    )
    found = find_by_dataset(any_store, str(place / "wards.csv"))
    done, _ = erase(
        found, kind="dataset", subject="wards", settings=any_settings, store=any_store, events=events
    )
    assert (taken, done.job_ids) == ([None], (waiting.id,))


def test_what_ran_without_the_queue_is_no_stray(any_store, any_settings):
    now = datetime.now(UTC)
    dossier = any_settings.dossier_folder("0unqueued000")
    folder = any_settings.job_folder("0unqueued000")
    draft = dossier.with_name(".0unqueued000.abc")
    for place in (dossier, folder, draft):
        place.mkdir(parents=True)
        (place / "manifest.json").write_text("{}")
    assert find_leftovers(any_store, any_settings, Retention(), now=now) == []
    later = find_leftovers(any_store, any_settings, Retention(), now=now + timedelta(days=8))
    assert {left.path for left in later} == {folder, draft}
