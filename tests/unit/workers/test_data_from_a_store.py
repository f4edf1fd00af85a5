"""Data by URL over HTTP from an S3 server: what is granted is brought before the runner starts, whole."""

import builtins
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.s3_server import VARIABLES, serving, store

from testamur.contracts.errors import ConfigurationError, DataError
from testamur.contracts.job import JobSpec
from testamur.contracts.objects import find_url_faults, is_below, is_object
from testamur.data.load import load_source
from testamur.data.objects import bring_object
from testamur.hooks.registry import Registry
from testamur.jobs.validate import resolve_job
from testamur.pipeline import core_plugin
from testamur.pipeline.at_hand import at_hand
from testamur.store.repository import JobRepository
from testamur_workers import glance
from testamur_workers.allowed_environment import allowed
from testamur_workers.bounds import bounds_of
from testamur_workers.bring_data import bring_data
from testamur_workers.watch import Departure, Wish

ROWS = "age,weight,died\n" + "".join(f"{20 + i % 60},{50 + i % 41},{'yn'[i % 3 % 2]}\n" for i in range(300))


@pytest.fixture(scope="module")
def bucket():
    with serving() as url:
        store().pipe(f"{url}/wards/people.csv", ROWS.encode())
        store().pipe(f"{url}/other/people.csv", ROWS.encode())
        yield url


def asked(url: str) -> JobSpec:
    return JobSpec.parse({"dataset": {"path": url, "target": "died", "positive": "y"}})


def core() -> Registry:
    return Registry.from_objects({"core": core_plugin})


@pytest.fixture
def claimed(sqlite_store, bucket):
    jobs = JobRepository(sqlite_store)
    job = jobs.add(asked(f"{bucket}/wards/people.csv"))
    return jobs, job, jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30)


def test_an_object_is_read_like_the_file_it_is_and_its_digest_is_kept(bucket, tmp_path):
    request = asked(f"{bucket}/wards/people.csv").dataset
    with at_hand(request) as here:
        source = load_source(here, None, base=tmp_path)
        place = Path(here.path)
        assert place.stat().st_mode & 0o077 == 0
    assert source.frame.height == 300
    assert source.sha256 == hashlib.sha256(ROWS.encode()).hexdigest()
    assert not place.exists()


def test_a_request_keeps_the_url(bucket, tmp_path):
    spec = resolve_job(asked(f"{bucket}/wards/people.csv"), core(), base=tmp_path).spec
    assert spec.dataset.path == f"{bucket}/wards/people.csv"


def test_a_worker_brings_what_its_operator_grants_into_the_folder_of_the_attempt(claimed, settings, bucket):
    jobs, job, claim = claimed
    granted = replace(settings, data_from=(f"{bucket}/wards",))
    place = bring_data(job, claim, granted, jobs)
    assert Path(place).read_text() == ROWS
    bounds = bounds_of(job, claim, granted)
    assert Path(place).is_relative_to(bounds.scratch)
    assert not bounds.network  # the runner needs none


@pytest.mark.parametrize("grant", [(), ("{}/ward",), ("{}/other/",)])
def test_what_is_not_granted_is_not_read(claimed, settings, bucket, grant):
    jobs, job, claim = claimed
    places = tuple(place.format(bucket) for place in grant)
    end = bring_data(job, claim, replace(settings, data_from=places), jobs)
    assert end.ending.kind == "configuration"
    assert "TESTAMUR_DATA_FROM" in end.ending.message
    assert not list(settings.job_folder(job.id).rglob("people.csv"))


def test_artifacts_are_never_read_as_data(claimed, settings, bucket):
    jobs, job, claim = claimed
    shelf = replace(settings, data_from=(bucket,), artifacts=f"{bucket}/wards")
    assert bring_data(job, claim, shelf, jobs).ending.kind == "configuration"


def test_a_cancelled_job_does_not_wait_for_its_data(claimed, settings, bucket, monkeypatch):
    jobs, job, claim = claimed
    monkeypatch.setattr(glance, "LOOK_EVERY_S", 0.0)
    jobs.request_cancel(job.id)
    end = bring_data(job, claim, replace(settings, data_from=(bucket,)), jobs)
    assert end == Departure(Wish.CANCEL, None, 0)
    assert not [path for path in settings.job_folder(job.id).rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["absent.csv", "../x"])
def test_an_object_that_is_not_there_is_told_without_secrets(bucket, tmp_path, name):
    with pytest.raises((DataError, ConfigurationError)) as caught:
        bring_object(f"{bucket}/wards/{name}", tmp_path)
    words = str(caught.value)
    assert not any(value in words for value in VARIABLES.values())
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer_is_told(monkeypatch, tmp_path, bucket):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(DataError, match="a store that answers is required"):
        bring_object(f"{bucket}/wards/people.csv", tmp_path)


def test_without_the_extra_the_error_names_the_pip_command(monkeypatch, tmp_path):
    real = builtins.__import__

    def without_fsspec(name, *rest, **more):
        if name == "fsspec":
            raise ModuleNotFoundError("No module named 'fsspec'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_fsspec)
    with pytest.raises(ConfigurationError, match=r"testamur\[s3\]"):
        bring_object("s3://bucket/people.csv", tmp_path)


FAULTY = {
    "http://host/people.csv": "a URL that begins with http://",
    "file:///etc/passwd": "a URL that begins with file://",
    "s3://KEY:SECRETWORD@bucket/people.csv": "credentials, a query or a pattern",
    "s3://bucket/people.csv?versionId=SECRETWORD": "credentials, a query or a pattern",
    "s3://bucket/*.csv": "credentials, a query or a pattern",
    "s3://bucket/../other/people.csv": "credentials, a query or a pattern",
    "s3://bucket/": "it names no object",
    "s3://bucket/folder/": "it names no object",
}


@pytest.mark.parametrize("url", FAULTY)
def test_a_url_that_cannot_be_used_is_refused_at_submission(url, tmp_path):
    assert is_object(url)
    with pytest.raises(ConfigurationError) as caught:
        resolve_job(asked(url), core(), base=tmp_path)
    assert FAULTY[url] in str(caught.value)
    assert "SECRETWORD" not in str(caught.value)


def test_places_are_compared_by_whole_names():
    assert find_url_faults("s3://bucket/folder/people.csv") == []
    assert is_below("s3://b/f/x.csv", ["s3://b/f/"])
    assert is_below("s3://b/f/x.csv", ["s3://b/f/x.csv"])
    assert not is_below("s3://b/folder/x.csv", ["s3://b/f"])
    assert not is_below("s3://b/x.csv", [""])
    assert not is_object("data/people.csv")
    assert not is_object("C:/people.csv")


def test_credentials_reach_no_runner(bucket):
    assert not set(allowed({**VARIABLES, "AWS_ENDPOINT_URL_S3": "http://h"})) & {*VARIABLES}
