"""A dossier's model on new rows: the same numbers as in training, and everything else refused or told."""

import csv
import json
import math
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import testamur
from testamur.contracts.errors import DataError, IntegrityError
from testamur.data import fresh
from testamur.interfaces.cli import main

SMALL = ["model.options.members=2", "model.options.hidden=8", "audit.bootstrap=100", "training.epochs=2"]
SMALL += ["audit.self_check=off", "audit.privacy_attacks=none"]


def call(home, *words):
    return CliRunner().invoke(main, ["--home", str(home), *map(str, words)])


def walk(home, *flags, settings=SMALL):
    given = [word for setting in settings for word in ("--set", setting)]
    done = call(home, "run", "--json", *flags, *given)
    assert done.exit_code in (0, 10), done.output
    return Path(json.loads(done.stdout)["dossier"])


def predict(home, dossier, data, out, *more, code=0):
    done = call(home, "predict", dossier, data, "--out", out, "--json", *more)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if code == 0 else done.output


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """A dossier from rows of one's own, in a home of its own."""
    folder = tmp_path_factory.mktemp("rows")
    rng = random.Random(0)
    lines = ["nr;age;sex;town;visits;left"]
    for i in range(400):
        visits, age = rng.randint(0, 9), rng.randint(20, 80)
        left = "yes" if rng.random() < (0.7 if visits < 4 else 0.2) else "no"
        lines.append(f"c{i};{age};{'fm'[i % 2]};{'abc'[i % 3]};{visits};{left}")
    (folder / "mine.csv").write_text("\n".join(lines) + "\n")
    flags = ("--data", folder / "mine.csv", "--target", "left", "--positive", "yes", "--protected", "sex")
    return folder, walk(folder / "home", *flags, "--identifier", "nr", "--separator", ";")


def read(path):
    with Path(path).open() as file:
        return list(csv.DictReader(file))


def test_the_rows_of_the_test_get_the_probabilities_of_the_audit(rows, tmp_path):
    folder, dossier = rows
    told = predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv")
    assert told["n_rows"] == 400
    found = {int(r["row"]): r for r in read(tmp_path / "p.csv")}
    audited = read(dossier / "restricted" / "predictions.csv")
    assert audited
    for wanted in audited:
        got = found[int(wanted["row"]) + 1]  # evidence counts from 0
        assert float(got["probability"]) == pytest.approx(float(wanted["probability"]), abs=1e-6)
        assert got["selected"] == wanted["selected"]
    assert found[1]["nr"] == "c0"


def test_pieces_give_what_the_whole_gives(rows, tmp_path, monkeypatch):
    folder, dossier = rows
    predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "whole.csv")
    monkeypatch.setattr(fresh, "CHUNK_ROWS", 37)
    predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "pieces.csv")
    whole, pieces = read(tmp_path / "whole.csv"), read(tmp_path / "pieces.csv")
    assert [r["row"] for r in whole] == [r["row"] for r in pieces]
    np.testing.assert_allclose(
        [float(r["probability"]) for r in whole], [float(r["probability"]) for r in pieces], atol=1e-6
    )


def test_what_training_did_not_show_is_told_and_no_cell_is(rows, tmp_path):
    folder, dossier = rows
    new = "nr;age;sex;town;visits\n" + "".join(f"n{i};{300 + i};f;hidden_town;\n" for i in range(20))
    (tmp_path / "new.csv").write_text(new)
    told = predict(folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv")
    text = " ".join(told["unfamiliar"])
    assert "column 'age': 20 of 20 numbers outside" in text
    assert "column 'town': 20 of 20 cells with a level" in text
    assert "column 'visits' is empty in all 20 rows" in text
    assert "hidden_town" not in json.dumps(told)
    assert len(read(tmp_path / "p.csv")) == 20


def test_rows_without_their_names_go_by_their_place(rows, tmp_path):
    folder, dossier = rows
    frame = pl.read_csv(folder / "mine.csv", separator=";").drop("nr")
    frame.write_csv(tmp_path / "new.csv", separator=";")
    predict(folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv")
    assert list(read(tmp_path / "p.csv")[0]) == ["row", "probability", "selected"]


def test_missing_columns_and_wrong_cells_come_all_at_once(rows, tmp_path):
    folder, dossier = rows
    (tmp_path / "new.csv").write_text("nr;age;town\n" + "x;secret;a\n" * 3 + "x;40;a\n" * 9)
    said = predict(folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv", code=2)
    assert "column 'visits'" in said
    assert "column 'age'" in said
    assert "secret" not in said
    assert not (tmp_path / "p.csv").exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "new.csv"]


def test_own_names_are_mapped(rows, tmp_path):
    folder, dossier = rows
    text = (folder / "mine.csv").read_text().replace("nr;age;", "nr;Alter;", 1)
    (tmp_path / "new.csv").write_text(text)
    told = predict(
        folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv", "--columns", "age=Alter"
    )
    assert told["n_rows"] == 400
    said = predict(
        folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv", "--columns", "age=Alder", code=2
    )
    assert "Alter" in said


def test_a_dossier_that_was_changed_is_refused(rows, tmp_path):
    folder, dossier = rows
    changed = tmp_path / "changed"
    shutil.copytree(dossier, changed)
    (changed / "encoder.json").write_text((changed / "encoder.json").read_text() + " ")
    said = predict(folder / "home", changed, folder / "mine.csv", tmp_path / "p.csv", code=8)
    assert "intact dossier" in said
    assert "encoder.json" in said


def test_a_report_that_is_over_and_limits_that_are_not_met_are_told(rows, tmp_path, monkeypatch):
    from datetime import UTC, datetime

    from testamur.pipeline import predict as module

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2200, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(module, "datetime", Later)
    folder, dossier = rows
    told = predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv")
    assert any("was valid until" in warning for warning in told["warnings"])
    assert any("who sealed it was not verified" in warning for warning in told["warnings"])


def test_the_signers_key_is_held_against_it(rows, tmp_path):
    folder, dossier = rows
    call(folder / "home", "key", "export", tmp_path / "signer.pem")
    told = predict(
        folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv", "--key", tmp_path / "signer.pem"
    )
    assert not any("sealed" in warning for warning in told["warnings"])


def test_formulas_in_names_are_disarmed(rows, tmp_path):
    folder, dossier = rows
    text = (folder / "mine.csv").read_text().replace("c7;", '"=cmd|calc";', 1)
    (tmp_path / "new.csv").write_text(text)
    predict(folder / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv")
    assert "'=cmd|calc" in (tmp_path / "p.csv").read_text()
    assert (tmp_path / "p.csv").stat().st_mode & 0o077 == 0


def test_predictions_never_replace_the_rows(rows):
    folder, dossier = rows
    before = (folder / "mine.csv").read_bytes()
    predict(folder / "home", dossier, folder / "mine.csv", folder / "mine.csv", code=2)
    assert (folder / "mine.csv").read_bytes() == before


def test_a_page_that_no_plugin_draws_is_said(rows, tmp_path):
    folder, dossier = rows
    said = predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv", "--report", code=3)
    assert "no installed plugin draws" in said


def test_a_frame_in_python_is_predicted(rows, tmp_path):
    folder, dossier = rows
    frame = pl.read_csv(folder / "mine.csv", separator=";").drop("left")
    found = testamur.predict(dossier, frame, home=folder / "home")
    assert found.n_rows == 400
    assert found.frame().columns == ["row", "nr", "probability", "selected"]
    with pytest.raises(DataError, match="visits"):
        testamur.predict(dossier, frame.drop("visits"), home=folder / "home")
    with pytest.raises(IntegrityError):
        testamur.predict(tmp_path, frame, home=folder / "home")


@pytest.mark.parametrize("version", ["", "9.9.9"])
def test_the_plugin_that_made_it_must_be_there_in_its_version(version, tmp_path):
    from testamur.contracts.errors import PluginError
    from testamur.hooks.registry import Registry
    from testamur.pipeline.predict import _require_version

    registry = Registry.load(tmp_path)
    with pytest.raises(PluginError, match=r"9\.9\.9 made this dossier") as caught:
        _require_version("health" if version else "orchard", "9.9.9", registry)
    assert "pip install testamur-" in caught.value.remedy


def test_a_forecast_is_told_by_step_and_quantile(tmp_path):
    lines = ["day,shop,sold"]
    for shop in ("a", "b", "c"):
        for day in range(120):
            sold = 20 + 5 * math.sin(day / 7 * 2 * math.pi) + (3 if shop == "a" else 0) + (day % 5)
            lines.append(f"{date(2024, 1, 1) + timedelta(days=day)},{shop},{sold:.1f}")
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "job.toml").write_text(
        '[dataset]\npath = "sales.csv"\ntarget = "sold"\nproblem = "forecast"\nentity = "shop"\n'
        'time = "day"\nhorizon = 5\nseason = 7\n[dataset.windows]\nlength = 14\n'
        '[model]\nuse = "core.forecast"\n[training]\nepochs = 2\n[audit]\nbootstrap = 100\n'
    )
    dossier = walk(tmp_path / "home", tmp_path / "job.toml", settings=[])
    told = predict(tmp_path / "home", dossier, tmp_path / "sales.csv", tmp_path / "p.csv")
    assert told["n_rows"] == 3
    found = read(tmp_path / "p.csv")
    assert {r["series"] for r in found} == {"a", "b", "c"}
    assert {int(r["step"]) for r in found} == {1, 2, 3, 4, 5}
    levels = sorted({float(r["quantile"]) for r in found})
    assert len(found) == 3 * 5 * len(levels)
    one = [float(r["predicted"]) for r in found if r["series"] == "a" and r["step"] == "2"]
    assert one == sorted(one)


def test_answers_in_order_get_the_probabilities_of_the_audit_and_the_name_of_the_learner(tmp_path):
    rng = random.Random(3)
    lines = ["pupil,moment,exercise,solved"]
    for pupil in range(60):
        able = rng.gauss(0, 1.5)
        for step, item in enumerate(rng.sample(range(8), 8)):
            right = rng.random() < 1 / (1 + math.exp(item / 2 - 2 - able))
            lines.append(f"p{pupil},{step},e{item},{int(right)}")
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "job.toml").write_text(
        '[dataset]\npath = "answers.csv"\ntarget = "solved"\npositive = "1"\nentity = "pupil"\n'
        'time = "moment"\n[model]\nuse = "core.sequence"\n[training]\nepochs = 2\n'
        '[audit]\nbootstrap = 100\nself_check = "off"\nprivacy_attacks = "none"\n'
    )
    dossier = walk(tmp_path / "home", tmp_path / "job.toml", settings=[])
    told = predict(tmp_path / "home", dossier, tmp_path / "answers.csv", tmp_path / "p.csv")
    assert told["n_rows"] == 480
    found = {int(r["row"]): r for r in read(tmp_path / "p.csv")}
    audited = read(dossier / "restricted" / "predictions.csv")
    assert audited
    for wanted in audited:
        got = found[int(wanted["row"]) + 1]
        assert float(got["probability"]) == pytest.approx(float(wanted["probability"]), abs=1e-6)
    assert found[1]["pupil"] == "p0"

    new = "pupil,moment,exercise,solved\n"  # what is asked next is not answered yet: the order settles it
    able, unable = ("x,0,e1,1\nx,1,e2,1\nx,2,e3,1\n", "y,0,e1,0\ny,1,e2,0\ny,2,e3,0\n")
    (tmp_path / "new.csv").write_text(new + "x,3,e4,\n" + able + unable + "y,3,e4,\n")
    told = predict(tmp_path / "home", dossier, tmp_path / "new.csv", tmp_path / "n.csv")
    rows = read(tmp_path / "n.csv")
    assert [r["pupil"] for r in rows] == ["x"] * 4 + ["y"] * 4
    assert all(0 < float(r["probability"]) < 1 for r in rows)
    assert rows[0]["probability"] != rows[7]["probability"]  # the same exercise after other answers
    (tmp_path / "alone.csv").write_text("exercise\ne1\n")
    said = predict(tmp_path / "home", dossier, tmp_path / "alone.csv", tmp_path / "a.csv", code=2)
    assert "column 'pupil'" in said
    assert "column 'moment'" in said


def test_a_ranking_is_told_by_user_and_place(tmp_path):
    rng = random.Random(1)
    lines = ["user,film,moment"]
    for user in range(60):
        taste = user % 2
        for step, item in enumerate(rng.sample(range(12), 6)):
            lines.append(f"u{user},f{item + 12 * taste},{step}")
    (tmp_path / "seen.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "job.toml").write_text(
        '[dataset]\npath = "seen.csv"\ntarget = "film"\nproblem = "ranking"\nentity = "user"\n'
        'time = "moment"\n'
        '[model]\nuse = "core.recommender"\n[training]\nepochs = 2\n[audit]\nbootstrap = 100\n'
    )
    dossier = walk(tmp_path / "home", tmp_path / "job.toml", settings=[])
    (tmp_path / "new.csv").write_text("user,film,moment\nnew,f1,0\nnew,f2,1\nnew,unseen,2\n")
    told = predict(tmp_path / "home", dossier, tmp_path / "new.csv", tmp_path / "p.csv")
    assert told["n_rows"] == 1
    found = read(tmp_path / "p.csv")
    assert [r["user"] for r in found] == ["new"] * len(found)
    assert [int(r["rank"]) for r in found] == list(range(1, len(found) + 1))
    assert not {"f1", "f2", "unseen"} & {r["item"] for r in found}
    scores = [float(r["score"]) for r in found]
    assert scores == sorted(scores, reverse=True)


def test_a_page_of_new_rows_is_drawn_by_the_plugin(rows, tmp_path, site, monkeypatch):
    from testamur.contracts.report_spec import ReportKind, ReportSpec

    (site / "callers").mkdir()
    (site / "callers" / "__init__.py").write_text(
        "def of_rows(batch):\n"
        "    likely = [n for n, p in zip(batch.names, batch.predictions.event) if p >= 0.5]\n"
        "    return {'answer': f'Call {len(likely)} of {len(batch.names)} in {batch.source}.',\n"
        "            'unknown': sorted(batch.evidence)}\n"
    )
    (site / "callers" / "page.html.j2").write_text('{% extends "insight/page.html.j2" %}')
    spec = ReportSpec(
        key="orchard.calls", kind=ReportKind.INSIGHT, title="Whom to call", question="Who will leave?",
        render="callers:of_rows", template="callers:page.html.j2", batch="callers:of_rows",
    )  # fmt: skip
    monkeypatch.setattr("testamur.pipeline.batch_pages.batch_reports", lambda dossier, registry: [spec])
    folder, dossier = rows
    told = predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv", "--report")
    page = Path(told["pages"][0])
    assert page == tmp_path / "p-pages" / "orchard.calls.html"
    text = page.read_text()
    n = sum(float(r["probability"]) >= 0.5 for r in read(tmp_path / "p.csv"))
    assert f"Call {n} of 400 in mine.csv." in text
    assert "mine.csv, 400 rows" in text
    link = text.split('<a href="')[1].split('"')[0]
    assert (page.parent / link).resolve() == (dossier / "report.html").resolve()
    assert "performance.json" in text
    assert page.parent.stat().st_mode & 0o077 == 0


def test_a_page_that_fails_is_told_by_the_type_of_its_error(rows, tmp_path, site, monkeypatch):
    from testamur.contracts.report_spec import ReportKind, ReportSpec

    (site / "breaking.py").write_text("def of_rows(batch):\n    raise ValueError('cell c7')\n")
    spec = ReportSpec(
        key="orchard.calls", kind=ReportKind.INSIGHT, title="Whom to call", question="Who will leave?",
        render="breaking:of_rows", template="breaking:page.html.j2", batch="breaking:of_rows",
    )  # fmt: skip
    monkeypatch.setattr("testamur.pipeline.batch_pages.batch_reports", lambda dossier, registry: [spec])
    folder, dossier = rows
    said = predict(folder / "home", dossier, folder / "mine.csv", tmp_path / "p.csv", "--report", code=4)
    assert "cannot be made of these rows: ValueError" in said
    assert "c7" not in said
    assert not (tmp_path / "p.csv").exists()
