"""``testamur audit``: predictions, callables and model files from elsewhere, through the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import testamur
from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.plan import reason_to_skip
from testamur.contracts.check import Need
from testamur.contracts.errors import ConfigurationError, DataError
from testamur.contracts.finding import CheckStatus
from testamur.interfaces.audit_request import make_request
from testamur.interfaces.cli import main
from testamur.jobs.jobfile import build_spec
from testamur.testing.tables import make_input

QUICK = (
    "--set",
    "audit.bootstrap=100",
    "--set",
    "audit.self_check=off",
    "--set",
    "audit.intersections=false",
)
ROLES = ("--target", "y", "--protected", "sex", "--identifier", "id")
OPTIONS = {"bootstrap": 100, "self_check": "off"}


def draw(n=240, seed=0):
    """Rows whose outcome is drawn from a stated risk, in two groups."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    risk = 1 / (1 + np.exp(-1.5 * x[:, 0]))
    return pl.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)], "a": x[:, 0], "b": x[:, 1],
            "sex": rng.choice(["f", "m"], n).tolist(), "p": risk,
            "y": (rng.random(n) < risk).astype(int),
        }
    )  # fmt: skip


@pytest.fixture
def rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = draw()
    frame.write_csv("predictions.csv")
    return frame


def call(*words, code=None):
    done = CliRunner().invoke(main, ["--home", "home", *map(str, words)])
    if code is not None:
        assert done.exit_code == code, done.output
    return done


def audited(*words):
    done = call("audit", *words, *QUICK, "--json")
    assert done.exit_code in (0, 10), done.output
    answer = json.loads(done.stdout)
    return Path(answer["dossier"]), answer["report"]


def refused(*words, spoil=None, frame=None):
    if frame is not None:
        frame.write_csv("spoilt.csv")
    return call("audit", *words, code=2).output


def test_predictions_alone_leave_with_a_sealed_dossier_without_weights(rows):
    dossier, report = audited("predictions.csv", *ROLES, "--probability", "p", "--title", "Vendor's score")
    assert call("report", "verify", dossier).exit_code == 0
    assert not (dossier / "model").exists()
    assert (report["training"], report["examined"]["handover"]) == (None, "predictions")
    assert report["data"]["n_train"] == 0
    assert report["data"]["n_test"] == 240
    status = {entry["check"]: entry for entry in report["coverage"]}
    for check in ("core.performance.discrimination", "core.fairness.gaps", "core.calibration.overall"):
        assert status[check]["status"] == "done", status[check]["reason"]
    assert "training" not in [f["check"] for f in report["findings"]]
    assert not [e for e in report["coverage"] if e["status"] == "failed"]
    assert status["core.leakage.twins"]["status"] == "not run"
    assert "trained on were not given" in status["core.leakage.twins"]["reason"]
    assert any("has not learnt from the examined rows is not known" in line for line in report["limitations"])
    page = (dossier / "report.html").read_text()
    assert "Vendor&#39;s score was not trained here" in page
    card = (dossier / "model_card.md").read_text(encoding="utf-8")
    assert "it was not trained on" not in page + card
    told = " ".join(call("report", "show", dossier).output.split())
    assert "on which rows it was trained is not known" in told
    assert "trained on 0" not in told
    again = build_spec(json.loads(json.dumps(_job_file(dossier))))
    assert again.examined.probability == "p"


def test_what_needs_the_recipe_is_not_run_with_the_reason():
    given = make_input([0, 1], [0.2, 0.8])
    foreign = replace(given, reasons={Need.TRAINER: "the model was trained elsewhere"})
    check = ALL_CHECKS[0].model_copy(update={"needs": (Need.TRAINER, Need.ENTITY)})
    status, reason = reason_to_skip(check, foreign)
    assert (status, reason) == (
        CheckStatus.NOT_RUN, "the model was trained elsewhere; no entity column is declared"
    )  # fmt: skip


def _job_file(dossier):
    import tomllib

    return tomllib.loads((dossier / "job.toml").read_text())


def test_with_training_rows_baselines_and_leakage_checks_run(rows):
    known = pl.concat([draw(400, seed=1), rows.head(12).with_columns(id=pl.lit("known"))]).drop("p")
    known.write_csv("train.csv")
    _, report = audited("predictions.csv", *ROLES, "--probability", "p", "--train", "train.csv")
    measures = {(f["check"], f["measure"]): f["value"] for f in report["findings"] if not f["subject"]}
    assert measures["core.leakage.twins", "twin_share"] == pytest.approx(12 / 240)
    assert {"auc_gain_over_naive", "auc_gain_over_boosting"} <= {f["measure"] for f in report["findings"]}
    assert report["examined"]["trained_on"] == "train.csv"
    assert (report["data"]["n_train"] + report["data"]["n_validation"]) == 412
    assert not [e for e in report["coverage"] if e["status"] == "failed"]


def test_decided_classes_are_not_called_probabilities(rows):
    rows.with_columns(said=(pl.col("p") > 0.4).cast(int)).drop("p").write_csv("decided.csv")
    _, report = audited("decided.csv", *ROLES, "--predicted", "said")
    status = {entry["check"]: entry for entry in report["coverage"]}
    assert status["core.fairness.gaps"]["status"] == "done"
    assert "only decided classes" in status["core.calibration.overall"]["reason"]
    assert report["threshold_rule"] == "the classes were decided elsewhere"


def test_classes_and_values_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    labels = np.array(["k", "l", "m"])
    code, sex = rng.integers(0, 3, 200), rng.choice(["f", "m"], 200)
    p = rng.dirichlet([1, 1, 1], 200) + 2 * np.eye(3)[code]
    p /= p.sum(axis=1, keepdims=True)
    frame = pl.DataFrame({"sex": sex, "y": labels[code], "pm": p[:, 2], "pk": p[:, 0], "pl": p[:, 1]})
    done = testamur.examine(
        frame, target="y", protected=["sex"], probabilities={"k": "pk", "l": "pl", "m": "pm"},
        audit=OPTIONS, home="home",
    )  # fmt: skip
    accuracy = next(f for f in done.report.findings if f.measure == "accuracy" and not f.attribute)
    assert accuracy.value == pytest.approx(float((p.argmax(axis=1) == code).mean()))
    values = pl.DataFrame({"sex": sex, "y": rng.normal(size=200)}).with_columns(said=pl.col("y") + 0.5)
    values.write_parquet("values.parquet")
    _, report = audited("values.parquet", "--target", "y", "--predicted", "said", "--protected", "sex")
    mae = next(f for f in report["findings"] if f["measure"] == "mae" and not f["attribute"])
    assert mae["value"] == pytest.approx(0.5)


def test_a_callable_is_found_in_the_folder_and_asked_with_the_features_alone(rows, monkeypatch):
    Path("mymodel_elsewhere.py").write_text(
        "import numpy as np\n"
        "def score(frame):\n"
        "    assert frame.columns == ['a', 'b'], frame.columns\n"
        "    return 1 / (1 + np.exp(-1.5 * frame['a'].to_numpy()))\n"
    )
    rows.drop("p").write_csv("rows.csv")
    dossier, report = audited("mymodel_elsewhere:score", "--data", "rows.csv", *ROLES)
    sys.modules.pop("mymodel_elsewhere", None)
    _, alone = audited("predictions.csv", *ROLES, "--probability", "p")
    assert _auc(report) == pytest.approx(_auc(alone), abs=1e-9)
    assert report["examined"]["source"] == "mymodel_elsewhere:score"
    matters = {f["subject"]: f["value"] for f in report["findings"] if f["measure"] == "importance"}
    assert matters["a"] > 0.2
    assert matters["b"] == 0.0
    status = {entry["check"]: entry for entry in report["coverage"]}
    for check in ("noise", "worst_group"):
        assert status[f"core.robustness.{check}"]["status"] == "done"
    refused = status["core.robustness.missing_values"]  # it answers NaN where a is missing
    assert (refused["status"], "gives no answer" in refused["reason"]) == ("not applicable", True)
    assert status["core.robustness.typos"]["status"] == "not applicable"
    for check in ("shapley", "effects"):
        assert status[f"core.explanation.{check}"]["status"] == "done"
    assert "no past" in status["core.explanation.past"]["reason"]
    assert "cannot be asked about encoded rows" in status["core.fairness.flips"]["reason"]
    never = {entry["check"]: entry for entry in alone["coverage"]}["core.explanation.importance"]
    assert (never["status"], "only its predictions" in never["reason"]) == ("not run", True)
    assert str(Path.cwd()) not in (dossier / "job.toml").read_text()


def _auc(report):
    return next(f["value"] for f in report["findings"] if f["measure"] == "auc" and not f["attribute"])


def test_a_queued_job_names_no_callable_but_may_name_predictions(rows):
    Path("call.toml").write_text(
        '[dataset]\npath = "predictions.csv"\ntarget = "y"\n[examined]\ncall = "os:system"\n'
    )
    assert "a callable" in call("job", "submit", "call.toml", code=2).output
    Path("run.toml").write_text(Path("call.toml").read_text())
    assert "runs only in the process" in call("run", "run.toml", code=2).output
    Path("audit.toml").write_text(
        '[dataset]\npath = "predictions.csv"\ntarget = "y"\nprotected = ["sex"]\nidentifier = "id"\n'
        '[examined]\nprobability = "p"\n[audit]\nbootstrap = 100\nself_check = "off"\n'
    )
    done = call("run", "audit.toml", "--json")
    assert json.loads(done.stdout)["report"]["examined"]["handover"] == "predictions"


def test_predictions_with_nan_or_outside_0_to_1_are_refused_with_the_rows(rows):
    spoilt = rows.with_columns(
        p=pl.when(pl.col("id") == "r3").then(None).when(pl.col("id") == "r7").then(1.5).otherwise(pl.col("p"))
    )
    text = refused("spoilt.csv", *ROLES, "--probability", "p", frame=spoilt)
    assert "finite number in every row is required" in text
    assert "row 4" in text
    assert "from 0 to 1 are required" in text
    assert "row 8" in text


def test_all_faults_of_the_predictions_come_at_once(rows):
    spoilt = rows.with_columns(
        p=pl.when(pl.col("id") == "r3").then(float("nan")).otherwise(pl.col("p")),
        id=pl.when(pl.col("id") == "r9").then(pl.lit("r8")).otherwise(pl.col("id")),
        y=pl.when(pl.col("id") == "r5").then(2).otherwise(pl.col("y")),
    )
    spoilt.write_csv("spoilt.csv")
    with pytest.raises(DataError) as caught:
        testamur.examine(
            "spoilt.csv", target="y", probability="p", identifier="id", protected=["sex"], home="home"
        )
    told = "\n".join(map(str, caught.value.problems))
    assert "two labels are required for a binary problem, however: 3" in told
    assert "1 row with an id seen before (row 10)" in told
    assert "finite number in every row" in told


def test_labels_not_0_or_1_are_refused_and_text_labels_need_no_coding(rows):
    spoilt = rows.with_columns(
        y=pl.when(pl.col("id").is_in(["r1", "r2", "r4"])).then(7).otherwise(pl.col("y"))
    )
    text = refused("spoilt.csv", *ROLES, "--probability", "p", frame=spoilt)
    assert "two labels are required" in text
    words = rows.with_columns(y=pl.col("y").replace_strict({0: "stayed", 1: "left"}))
    words.write_csv("words.csv")
    _, report = audited("words.csv", *ROLES, "--probability", "p", "--positive", "left")
    assert report["data"]["positive"] == "left"


def test_duplicated_ids_are_refused_with_what_to_do(rows):
    spoilt = pl.concat([rows, rows.head(2)])
    text = refused("spoilt.csv", *ROLES, "--probability", "p", frame=spoilt)
    assert "one row per id is required, however: 2 rows" in text
    assert "entity" in text


def test_groups_missing_for_some_rows_are_counted_and_said(rows):
    spoilt = rows.with_columns(sex=pl.when(pl.col("a") > 1).then(None).otherwise(pl.col("sex")))
    spoilt.write_csv("some.csv")
    n = spoilt["sex"].null_count()
    assert n > 5
    _, report = audited("some.csv", *ROLES, "--probability", "p")
    assert any(f"{n} test rows have no value of sex" in line for line in report["limitations"])


def test_one_class_only_in_a_group_is_not_estimable_never_0(rows):
    rows.with_columns(y=pl.when(pl.col("sex") == "f").then(0).otherwise(pl.col("y"))).write_csv("one.csv")
    _, report = audited("one.csv", *ROLES, "--probability", "p")
    rates = [
        f for f in report["findings"]
        if f["measure"] == "true_positive_rate" and f["group"] and f["group"]["levels"] == {"sex": "f"}
    ]  # fmt: skip
    assert rates
    assert all(f["status"] == "not estimable" and f["value"] is None and f["reason"] for f in rates)


def test_a_constant_score_is_audited_and_what_it_cannot_give_is_said(rows):
    rows.with_columns(p=pl.lit(0.4)).write_csv("flat.csv")
    _, report = audited("flat.csv", *ROLES, "--probability", "p")
    found = {f["measure"]: f for f in report["findings"] if not f["attribute"]}
    assert found["auc"]["value"] == pytest.approx(0.5)
    assert found["calibration_slope"]["status"] == "not estimable"
    assert not [e for e in report["coverage"] if e["status"] == "failed"]


def test_a_policy_that_names_an_unknown_check_is_refused_with_the_near_name(rows):
    policy = (
        'key = "mine.strict"\nversion = "1"\ntitle = "Mine"\nowner = "Me"\nrationale = "Why not"\n'
        '[[limits]]\nid = "gap"\ncheck = "core.fairness.gap"\nmeasure = "demographic_parity_gap"\n'
        'direction = "at most"\nvalue = 0.1\ntitle = "T"\nquestion = "Is it?"\nrationale = "So"\n'
    )
    Path("mine.toml").write_text(policy)
    text = refused("predictions.csv", *ROLES, "--probability", "p", "--policy-file", "mine.toml")
    assert "a registered check is required, however: core.fairness.gap" in text
    assert "core.fairness.gaps" in text


def test_rules_for_a_threshold_need_rows_that_are_not_there(rows):
    text = refused("predictions.csv", *ROLES, "--probability", "p", "--threshold", "youden")
    assert "a number or costs are required" in text


def test_forecasts_from_elsewhere_are_said_not_to_be_supported(rows):
    text = refused("predictions.csv", *ROLES, "--predicted", "p", "--problem", "forecast")
    assert "binary, multiclass or regression is required of a model trained elsewhere" in text


def test_training_rows_without_a_column_or_of_another_kind_are_refused(rows):
    rows.drop("p", "b").with_columns(a=pl.lit("text")).write_csv("train.csv")
    text = refused("predictions.csv", *ROLES, "--probability", "p", "--train", "train.csv")
    assert "column 'b'" in text


def test_a_model_without_rows_and_a_job_without_a_model_are_refused(rows):
    Path("model.onnx").write_bytes(b"")
    assert "--data FILE" in call("audit", "model.onnx", *ROLES, code=2).output
    Path("job.toml").write_text('[dataset]\nuse = "health.nhefs"\n')
    with pytest.raises(ConfigurationError, match="examined"):
        make_request("job.toml", {})


def test_a_dossier_without_weights_cannot_predict_and_says_so(rows):
    dossier, _ = audited("predictions.csv", *ROLES, "--probability", "p")
    done = call("predict", dossier, "predictions.csv", "--out", "out.csv")
    assert done.exit_code == 8
    assert "trained elsewhere" in done.output
