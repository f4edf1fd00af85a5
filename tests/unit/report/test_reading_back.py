"""Reports of other versions, and damaged ones."""

import json
from pathlib import Path

import pytest

from testamur.contracts.errors import IntegrityError
from testamur.contracts.report import SCHEMA_VERSION
from testamur.report.canonical import dump_record
from testamur.report.read import UNDERSTOOD, parse_report

FIRST = Path(__file__).with_name("report-1.0.json").read_bytes()  # as the first version wrote it


def of_version(report, **changes) -> bytes:
    return json.dumps({**json.loads(dump_record(report)), **changes}).encode()


def test_a_report_reads_back_as_it_was(report):
    assert parse_report(dump_record(report), where="d") == report


def test_a_report_of_the_first_version_is_still_read():
    assert json.loads(FIRST)["schema_version"] == "1.0" in UNDERSTOOD
    read = parse_report(FIRST, where="d")
    assert read.report_id == "a1b2c3d4e5f6.1"
    assert len(read.findings) == len(json.loads(FIRST)["findings"])
    assert (read.change, read.triggers) == (None, ())


@pytest.mark.parametrize("version", ["0.9", "1.99", "2.0"])
def test_a_report_of_another_schema_names_versions_and_what_to_do(report, version):
    with pytest.raises(IntegrityError) as caught:
        parse_report(of_version(report, schema_version=version), where="dossiers/a")
    assert f"a report of schema 1.0, {SCHEMA_VERSION} is required" in caught.value.message
    assert f"it is of {version}" in caught.value.message
    assert f"testamur=={report.provenance.testamur_version}" in caught.value.remedy
    assert ("update Testamur" in caught.value.remedy) == (version != "0.9")
    assert ("run its job.toml again" in caught.value.remedy) == (version == "0.9")


@pytest.mark.parametrize("version", [None, 1, "one", "<script>", {"a": 1}])
def test_a_report_without_a_known_version_is_told(report, version):
    with pytest.raises(IntegrityError, match="it states none that is known") as caught:
        parse_report(of_version(report, schema_version=version), where="d")
    assert "<script>" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"[]", b'"x"'])
def test_a_damaged_report_is_told(content):
    with pytest.raises(IntegrityError, match="required, however") as caught:
        parse_report(content, where="d")
    assert "testamur report verify d" in caught.value.remedy


def test_a_report_that_does_not_keep_to_its_schema_names_the_places_and_no_cell(report):
    tree = json.loads(dump_record(report))
    tree["findings"][3]["value"] = "Jane Doe"
    tree["cleared"] = "Jane Doe"
    tree["Jane Doe, born 1950"] = 1
    with pytest.raises(IntegrityError) as caught:
        parse_report(json.dumps(tree).encode(), where="d")
    assert "findings.3.value" in caught.value.message
    assert "cleared" in caught.value.message
    assert "Jane" not in str(caught.value) + caught.value.remedy
