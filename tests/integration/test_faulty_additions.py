"""A plugin whose evidence or insight report cannot be used costs the job nothing else."""

from __future__ import annotations

import json
import tomllib

import pytest

from testamur.contracts.finding import CheckStatus
from testamur.contracts.report import Report

from .conftest import people, write

OFFERS = 'checks = ["bad.a", "bad.b"]\nreports = ["bad.plan"]'
SOURCE = """
from testamur import hookimpl
from testamur.contracts.check import CheckOutcome, CheckSpec
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import EvidenceFile, Section
from testamur.contracts.report_spec import ReportKind, ReportSpec

def a(given):
    return CheckOutcome((), (EvidenceFile("predictions.csv", b"mine", "text/csv"),))

def b(given):
    return CheckOutcome((), (EvidenceFile("../b.json", b"{"),))

def fill(report, evidence):
    return {"n": 1}

def spec(name):
    return CheckSpec(key=f"bad.{name}", section=Section.OVERSIGHT, title="T", question="Is it?", formula="-",
                     citation="-", problems=(ProblemKind.BINARY,), run=f"PACKAGE.plugin:{name}")

@hookimpl
def register_checks():
    return [spec("a"), spec("b")]

@hookimpl
def register_reports():
    return [ReportSpec(key="bad.plan", kind=ReportKind.INSIGHT, title="Plan", question="Who?",
                       render="PACKAGE.plugin:fill", template="PACKAGE:absent.html.j2")]
"""


@pytest.fixture
def dossier(install, cli, tmp_path):
    install("bad", SOURCE, offers=OFFERS)
    done = cli.run(write(tmp_path / "people.csv", people()))
    assert done.exit_code in (0, 10), done.output
    return cli.dossier()


def test_the_job_leaves_with_its_dossier(dossier):
    report = Report.model_validate_json((dossier / "report.json").read_bytes())
    entries = {entry.check: entry for entry in report.coverage}
    for name, word in (("bad.a", "written by the platform"), ("bad.b", "letters, digits")):
        assert entries[name].status is CheckStatus.FAILED
        assert word in entries[name].reason
    assert (dossier / "restricted" / "predictions.csv").read_text().startswith("row,target,probability")
    assert any("Plan (bad.plan) is missing" in line for line in report.limitations)
    assert "Plan (bad.plan) is missing" in (dossier / "report.html").read_text()
    assert not (dossier / "pages").exists()
    assert json.loads((dossier / "evidence" / "training.json").read_text())["model"] == "core.tabular"


def test_the_reproduce_line_names_the_plugin_and_its_version(dossier):
    report = Report.model_validate_json((dossier / "report.json").read_bytes())
    assert "dist_bad==1.0" in report.provenance.reproduce or "dist-bad==1.0" in report.provenance.reproduce
    assert tomllib.loads((dossier / "job.toml").read_text())["dataset"]["path"] == "people.csv"
