"""Model card, bill of materials, requirements and crosswalk: the report's numbers, and nothing else."""

import csv
import io
import json
import re
import sys
import tomllib
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from testamur.audit.catalogue import ALL_CHECKS
from testamur.contracts.finding import CheckStatus, Section
from testamur.interfaces.cli import main
from testamur.report.crosswalk import _STATED, COMPARED, NOTHING, UNVERIFIED, make_crosswalk
from testamur.report.decision import make_decision_rows
from testamur.report.documents import make_documents
from testamur.report.installed import installed_closure, normalise
from testamur.report.model_card import make_card
from testamur.report.names import Names

HOSTILE = '| <b>x</b>\n---\n- [a](javascript:1) `c` *d* "e": #'


@pytest.fixture(scope="module")
def documents(report):
    return make_documents(report)


@pytest.fixture(scope="module")
def head(documents):
    _, text, _ = documents["model_card.md"].decode().split("---\n", 2)
    return yaml.safe_load(text)


def test_the_card_has_the_form_of_the_hub(head, report):
    (index,) = head["model-index"]
    (result,) = index["results"]
    assert index["name"] == report.title
    assert result["task"]["type"] == head["pipeline_tag"] == "tabular-classification"
    assert result["dataset"]["revision"] == report.data.sha256
    assert all({"type", "name", "value"} <= metric.keys() for metric in result["metrics"])


def test_the_numbers_of_the_card_are_those_of_the_report(documents, head, sealed):
    tree = json.loads((sealed / "report.json").read_bytes())
    told = {(m["args"]["check"], m["type"], m["value"], m["args"]["low"], m["args"]["high"], m["args"]["n"])
            for m in head["model-index"][0]["results"][0]["metrics"]}  # fmt: skip
    known = {(f["check"], f["measure"], f["value"], f["low"], f["high"], f["n"]) for f in tree["findings"]}
    assert told
    assert told <= known
    judged = [tree["findings"][v["finding"]] for v in tree["verdicts"] if v["finding"] is not None]
    assert {(f["check"], f["measure"], f["value"]) for f in judged} <= {key[:3] for key in told}


def test_the_card_says_every_verdict_and_every_gap_with_the_pages_figures(documents, report, html):
    text = documents["model_card.md"].decode()
    for row in make_decision_rows(report, Names(report)):
        (line,) = [x for x in text.splitlines() if x.startswith(f"| {row.title} |")]
        assert f"| {row.value} | {row.ends} |" in line
        assert f"{row.limit} | {row.status} |" in line
        assert f">{row.value}</a>" in html
    assert "## What could not be measured" in text
    assert "no recipe to train shadow models was given" in text
    assert "Excluded uses: not stated" in text


def test_a_hostile_name_stays_text_in_the_card(made, signing_key):
    names = {"title": HOSTILE, "cholesterol": HOSTILE, "race": HOSTILE}
    title = HOSTILE.replace("\n", " ")
    card = make_card(made.report(signing_key.fingerprint, names=names, title=title))
    _, text, body = card.split("---\n", 2)
    assert yaml.safe_load(text)["model-index"][0]["name"] == title
    assert "<b>" not in body
    assert re.search(r"(?<!\\)\]\(", body) is None
    assert body.splitlines()[1].startswith("# \\|")


def test_the_bill_of_materials_keeps_to_its_schema(documents):
    faults = JsonStrictValidator(SchemaVersion.V1_6).validate_str(documents["bom.cdx.json"].decode())
    assert faults is None


def test_the_bill_names_model_data_and_every_distribution(documents, report):
    bom = json.loads(documents["bom.cdx.json"])
    model = bom["metadata"]["component"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": report.training.weights_sha256}]
    kinds = [c["type"] for c in bom["components"]]
    assert kinds.count("data") == 1
    libraries = {c["name"]: c["version"] for c in bom["components"] if c["type"] == "library"}
    assert {"testamur", "pydantic", "pydantic-core", "polars", "numpy", "torch"} <= libraries.keys()
    assert all(metadata.version(name) == version for name, version in libraries.items())
    refs = {c["bom-ref"] for c in bom["components"]} | {model["bom-ref"]}
    assert all({d["ref"], *d["dependsOn"]} <= refs for d in bom["dependencies"])
    locked = documents["requirements.txt"].decode().splitlines()
    assert sorted(locked) == sorted(f"{name}=={version}" for name, version in libraries.items())
    values = {f.value for f in report.findings}
    assert {
        float(m["value"]) for m in model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    } <= values


def test_names_are_normalised_and_extras_left_out():
    assert [normalise(x) for x in ("Foo.Bar_baz>=1; x", "a-b[c]==2", "", "  Z")] == [
        "foo-bar-baz", "a-b", "", "z",
    ]  # fmt: skip
    closure = {one.name: one for one in installed_closure(["testamur==9"])}
    assert "pytest" not in closure
    assert "pydantic" in closure["testamur"].needs
    assert installed_closure(["no-such-distribution"]) == ()


def test_documents_are_repeatable_and_sealed(documents, report, sealed):
    assert make_documents(report) == documents
    for name, content in documents.items():
        assert (sealed / name).read_bytes() == content
        assert name in (sealed / "SHA256SUMS").read_text()


def test_no_path_of_this_machine_is_in_a_document(documents):
    joined = b"".join(documents.values()).decode()
    places = (str(Path.home()), str(Path.cwd()), sys.prefix, "file://")
    assert not any(place in joined for place in places)


def test_each_row_of_the_crosswalk_leads_to_something_or_says_nothing(report, html):
    for sheet in make_crosswalk(report):
        assert sheet.dated
        for row in sheet.rows:
            links = [anchor for anchor, *_ in (*row.measured, *row.not_measured, *row.stated, *row.verdicts)]
            assert all(f'id="{anchor}"' in html for anchor in links), (sheet.key, row.field)
            assert row.measured or row.verdicts or "measured" not in row.answer or NOTHING in row.answer
            assert row.wording in (COMPARED, UNVERIFIED)
            if not (row.measured or row.stated or row.not_measured or row.verdicts):
                assert row.answer == NOTHING


def test_the_crosswalk_counts_only_findings_that_are_done(report):
    (sheet,) = [s for s in make_crosswalk(report) if s.key == "eu_ai_act"]
    (row,) = [r for r in sheet.rows if r.field == "Art. 10(2)(f)"]
    done = {key: n for _, key, n in row.measured}
    for key, n in done.items():
        assert n == sum(f.check == key and f.status is CheckStatus.DONE for f in report.findings)
    assert set(done) == {"core.fairness.rates", "core.fairness.gaps"}
    (security,) = [r for r in sheet.rows if r.field == "Art. 15(5)"]
    assert security.answer == f"not measured; {NOTHING}"
    assert [why for _, _, why in security.not_measured] == [
        "not run: no recipe to train shadow models was given"
    ]


def test_sheets_of_other_domains_are_left_out(report):
    keys = {sheet.key for sheet in make_crosswalk(report)}
    assert "health_tripod_ai" in keys
    assert "us_sr_26_2" not in keys
    finance = {sheet.key for sheet in make_crosswalk(report.model_copy(update={"domain": "finance"}))}
    assert "us_sr_26_2" in finance


def test_every_name_in_a_crosswalk_is_known():
    checks = {check.key for check in ALL_CHECKS}
    sections = {section.value for section in Section}
    fields = {"field", "asks", "checks", "sections", "stated", "limits", "compared"}
    folder = files("testamur.report").joinpath("crosswalks")
    sheets = [child for child in folder.iterdir() if child.name.endswith(".toml")]
    assert len(sheets) == 6
    for child in sheets:
        tree = tomllib.loads(child.read_text())
        assert tree["source"]
        assert len({row["field"] for row in tree["rows"]}) == len(tree["rows"])
        for row in tree["rows"]:
            assert row.keys() <= fields
            assert set(row.get("checks", ())) <= checks, row["field"]
            assert set(row.get("sections", ())) <= sections
            assert set(row.get("stated", ())) <= _STATED.keys()


def test_the_crosswalk_as_csv_and_json_say_the_same(documents):
    rows = list(csv.DictReader(io.StringIO(documents["crosswalk.csv"].decode())))
    sheets = json.loads(documents["crosswalk.json"])["sheets"]
    assert [(r["source"], r["field"], r["answer"]) for r in rows] == [
        (s["source"], r["field"], r["answer"]) for s in sheets for r in s["rows"]
    ]


def test_the_command_prints_the_card_of_the_dossier(sealed, tmp_path, documents):
    done = CliRunner().invoke(main, ["--home", str(tmp_path), "report", "card", str(sealed)])
    assert done.exit_code == 0, done.output
    assert done.stdout.encode() == documents["model_card.md"]
    target = tmp_path / "README.md"
    CliRunner().invoke(main, ["--home", str(tmp_path), "report", "card", str(sealed), "-o", str(target)])
    assert target.read_bytes() == documents["model_card.md"]
