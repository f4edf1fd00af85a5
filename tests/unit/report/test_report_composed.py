"""The report as data: schema, suppression, expiry."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from testamur.contracts.finding import Finding
from testamur.contracts.report import Report
from testamur.report.canonical import dump_json, dump_record
from testamur.report.compose import expiry, suppress_cells
from testamur.report.schema import make_schema, published_schema, schema_bytes

ROOT = Path(__file__).parents[3]


def test_the_published_schema_is_current():
    assert published_schema() == schema_bytes()
    assert (ROOT / "docs" / "report-schema.json").read_bytes() == schema_bytes()


def test_the_report_keeps_to_its_schema(report):
    tree = json.loads(dump_record(report))
    jsonschema.Draft202012Validator.check_schema(make_schema())
    jsonschema.validate(tree, make_schema())
    del tree["coverage"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tree, make_schema())


def test_the_report_reads_back_as_it_was(report):
    assert Report.model_validate_json(dump_record(report)) == report


def test_no_number_that_is_not_finite_is_written(report):
    finding = report.findings[0].model_copy(update={"value": float("nan"), "high": float("inf")})
    text = dump_record(report.model_copy(update={"findings": (finding,)})).decode()
    assert "NaN" not in text
    assert "Infinity" not in text
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json({"value": float("nan")})


def test_small_counts_are_suppressed_together(report):
    small = Finding(check="a.b", measure="m", label="m", cells={"tp": 3, "fn": 40}, n=43)
    assert suppress_cells(small, 5).cells == {}
    assert "counts below 5 are suppressed" in suppress_cells(small, 5).note
    large = small.model_copy(update={"cells": {"tp": 0, "fn": 40}})
    assert suppress_cells(large, 5) == large
    assert not [f for f in report.findings if any(0 < c < 5 for c in f.cells.values())]
    assert [f for f in report.findings if f.cells]


def test_small_counts_of_missing_cells_are_suppressed(report, html):
    missing = {column.name: column.n_missing for column in report.data.columns}
    assert missing["cholesterol"] == 11
    assert missing["wt71"] is None
    assert missing["exercise"] == 0
    assert "fewer than 5" in html


def test_a_report_expires_with_its_policy(report):
    policy = report.policy
    assert expiry(date(2026, 8, 31), policy) == date(2027, 2, 28)
    assert expiry(date(2026, 8, 31), policy.model_copy(update={"expires": date(2026, 9, 1)})) == date(
        2026, 9, 1
    )
    assert report.expires == date(2027, 5, 23)


def test_where_it_comes_from_is_told(report):
    made = report.provenance
    assert made.packages["numpy"] != "not installed"
    assert len(made.code_sha256) == 64
    assert made.reproduce.endswith("testamur run job.toml")
    assert report.data.split == "random, stratified by target, seed 7"
