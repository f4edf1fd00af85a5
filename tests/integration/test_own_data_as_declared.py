"""Health's declared form, a clinic's own file: dry run, walk, dossier and its job file agree."""

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from testamur.interfaces.cli import main

SMALL = ["model.options.members=2", "model.options.hidden=8", "audit.bootstrap=100", "training.epochs=2"]
SMALL += ["audit.self_check=off", "audit.privacy_attacks=none", "audit.baselines=few"]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """The survey under other names, with a column that nobody declares."""
    from testamur.data.locate import find_resource
    from testamur.hooks.registry import Registry

    folder = tmp_path_factory.mktemp("clinic")
    declared = Registry.load(folder / "home").dataset("health.nhefs")
    frame = pl.read_csv(find_resource(declared.resource), infer_schema=False)
    frame = frame.head(600).rename({"sex": "Geschlecht", "age": "Alter"}).with_columns(ward=pl.lit("a"))
    frame.write_csv(folder / "clinic.csv")
    return folder


def call(clinic, *words):
    return CliRunner().invoke(main, ["--home", str(clinic / "home"), *map(str, words)])


def flags(clinic, *, sex="Geschlecht"):
    return [
        "--dataset", "health.nhefs", "--data", clinic / "clinic.csv",
        "--columns", f"sex={sex}", "--columns", "age=Alter",
    ]  # fmt: skip


def test_a_dry_run_lists_every_wrong_name(clinic):
    done = call(clinic, "job", "submit", "--dry-run", *flags(clinic), "--columns", "rase=x")
    assert done.exit_code == 2
    assert "dataset.columns.rase" in done.output
    assert "race" in done.output
    done = call(clinic, "job", "submit", "--dry-run", *flags(clinic, sex="Geschlect"))
    assert done.exit_code == 2
    assert "Geschlecht" in done.output


def test_the_plan_says_as_what_the_file_is_read(clinic):
    done = call(clinic, "job", "submit", "--dry-run", "--json", *flags(clinic))
    assert done.exit_code == 0, done.output
    plan = json.loads(done.stdout)
    assert plan["read_as"] == "health.nhefs: sex = Geschlecht, age = Alter"
    assert plan["dataset"].endswith("clinic.csv")
    assert any("ward" in note for note in plan["notes"])


def test_the_preview_takes_the_same_names(clinic):
    done = call(
        clinic, "dataset", "preview", clinic / "clinic.csv", "--json", "--dataset", "health.nhefs",
        "--columns", "sex=Geschlecht", "--columns", "age=Alter",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["usable"]
    done = call(clinic, "dataset", "preview", "health.nhefs", "--dataset", "health.nhefs")
    assert done.exit_code == 2


def test_the_walk_says_that_the_data_are_ones_own_and_can_be_repeated(clinic):
    settings = [word for setting in SMALL for word in ("--set", setting)]
    done = call(clinic, "run", "--json", *flags(clinic), *settings)
    assert done.exit_code in (0, 10), done.output
    dossier = Path(json.loads(done.stdout)["dossier"])
    report = json.loads((dossier / "report.json").read_text())
    assert report["data"]["source"]["licence"] == "not stated"
    assert report["data"]["source"]["citation"] == ""
    assert report["data"]["title"].startswith("clinic.csv, read as")
    text = (dossier / "job.toml").read_text()
    again = tomllib.loads(text)["dataset"]
    assert again["use"] == "health.nhefs"
    assert again["path"] == "clinic.csv"
    assert again["columns"] == {"sex": "Geschlecht", "age": "Alter"}
    assert 'data: "clinic.csv"' in text
    (clinic / "again").mkdir()
    (clinic / "again" / "job.toml").write_text(text)
    (clinic / "again" / "clinic.csv").write_bytes((clinic / "clinic.csv").read_bytes())
    second = call(clinic, "run", "--json", clinic / "again" / "job.toml")
    assert second.exit_code in (0, 10), second.output
    weights = [
        json.loads((Path(json.loads(d.stdout)["dossier"]) / "report.json").read_text())["training"][
            "weights_sha256"
        ]
        for d in (done, second)
    ]
    assert weights[0] == weights[1]


def test_a_frame_in_python_goes_the_same_way(clinic):
    import testamur

    frame = pl.read_csv(clinic / "clinic.csv", infer_schema=False)
    done = testamur.run(
        dataset="health.nhefs", data=frame, columns={"sex": "Geschlecht", "age": "Alter"}, epochs=1,
        model_options={"members": 2, "hidden": 8}, home=clinic / "home",
        audit={"bootstrap": 100, "self_check": "off", "privacy_attacks": "none", "baselines": "few"},
    )  # fmt: skip
    assert done.report.data.key == "health.nhefs"
    assert done.report.data.source.licence == "not stated"
