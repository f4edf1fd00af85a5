"""Models that were trained elsewhere: what is opened, what is refused and why, and how answers are held."""

from __future__ import annotations

import io
import pickle
import zipfile

import joblib
import numpy as np
import polars as pl
import pytest
import skops.io as skops_io
from sklearn.linear_model import LinearRegression, LogisticRegression

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError, PluginError
from testamur.contracts.examined import Examined, Handover
from testamur.pipeline.handed_answers import decided_classes, settle_answers
from testamur.pipeline.handed_model import open_model
from testamur.pipeline.onnx_wire import NotOnnx, read_facts

from .onnx_bytes import block, logistic, model, node, tensor

FRAME = pl.DataFrame({"a": [0.0, 1.0, -2.0], "b": [1.0, 0.0, 0.5]})
BINARY, CLASSES = ProblemKind.BINARY, ("no", "yes")


class Bomb:
    """Unpickling it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def _open(tmp_path, name, content, **more):
    (tmp_path / name).write_bytes(content)
    return open_model(Examined(file=name, **more), base=tmp_path, data="rows.csv")


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.bin", "model.onnx.gz", "model.pt"])
def test_a_model_file_that_is_a_pickle_is_refused_and_not_run(tmp_path, name):
    trap = tmp_path / "ran"
    content = pickle.dumps(Bomb(trap))
    if name == "model.joblib":
        joblib.dump(Bomb(trap), tmp_path / name)
        content = (tmp_path / name).read_bytes()
    if name == "model.onnx.gz":
        joblib.dump(Bomb(trap), tmp_path / "x", compress=("gzip", 3))
        content = (tmp_path / "x").read_bytes()
    if name == "model.pt":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("archive/data.pkl", content)
        content = packed.getvalue()
    with pytest.raises(DataError) as caught:
        _open(tmp_path, name, content)
    assert "it is a pickle" in str(caught.value)
    assert "skops.io.dump" in str(caught.value)  # what to do instead
    assert not trap.exists()


def test_a_file_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"an ONNX file .* is required"):
        _open(tmp_path, "model.txt", b"weights: 1, 2, 3")
    with pytest.raises(DataError, match="there is none"):
        open_model(Examined(file="nowhere.onnx"), base=tmp_path, data="rows.csv")


def test_an_onnx_file_gives_the_probabilities_of_its_formula(tmp_path):
    handed = _open(tmp_path, "model.onnx", logistic([0.7, -1.2], 0.3))
    said = handed.ask(FRAME, BINARY, CLASSES)
    z = FRAME.to_numpy() @ np.array([0.7, -1.2]) + 0.3
    assert said.event == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-6)
    assert (handed.card.handover, len(handed.card.sha256)) == (Handover.ONNX, 64)
    assert handed.card.facts["Made by"] == "tests"


def test_an_onnx_file_of_another_width_or_with_logits_is_refused(tmp_path):
    with pytest.raises(DataError, match="3 features are required, however: 2"):
        _open(tmp_path, "wide.onnx", logistic([1.0, 2.0, 3.0], 0.0)).ask(FRAME, BINARY, CLASSES)
    with pytest.raises(DataError, match="logits or scores"):
        _open(tmp_path, "logit.onnx", logistic([3.0, 2.0], 0.0, squash=False)).ask(FRAME, BINARY, CLASSES)
    text = FRAME.with_columns(pl.Series("b", ["u", "v", "w"]))
    with pytest.raises(DataError, match="column 'b': numbers are required"):
        _open(tmp_path, "model.onnx", logistic([1.0, 1.0], 0.0)).ask(text, BINARY, CLASSES)


def test_an_onnx_file_with_external_data_is_refused_with_the_reason(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"\0" * 8)
    with pytest.raises(DataError) as caught:
        _open(tmp_path, "model.onnx", logistic([1.0, 2.0], 0.0, external="weights.bin"))
    assert "1 tensors lie in others (w)" in str(caught.value)
    assert "save_as_external_data=False" in str(caught.value)


def test_external_data_is_found_in_nested_graphs_functions_and_sparse_tensors():
    outside = tensor("deep", (1,), [], external="../../etc/passwd")
    inner = block(5, outside) + block(2, "inner")
    constant = node("Constant", (), "c") + block(5, block(5, outside))
    nested = node("If", ("x",), "y") + block(5, block(1, "then_branch") + block(6, inner))
    for graph in (block(1, nested), block(1, constant), block(15, block(1, outside))):
        assert read_facts(model(graph)).external == ["deep"]
    assert read_facts(model(b"") + block(25, block(7, constant))).external == ["deep"]


@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\x3a\xff\xff\xff\x7f", b"\x0f" * 9, b"\x80" * 40])
def test_what_is_no_protobuf_of_a_model_is_told(content):
    with pytest.raises(NotOnnx):
        read_facts(content)


def test_a_bomb_of_nested_graphs_ends():
    graph = block(2, "end")
    for _ in range(100):
        graph = block(1, block(5, block(6, graph)))
    with pytest.raises(NotOnnx, match="nested"):
        read_facts(model(graph))


def test_an_estimator_from_a_skops_file_answers_as_it_did(tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 2))
    estimator = LogisticRegression().fit(x, np.where(x[:, 0] > 0, "yes", "no"))
    handed = _open(tmp_path, "model.skops", skops_io.dumps(estimator))
    said = handed.ask(FRAME, BINARY, CLASSES)
    assert said.event == pytest.approx(estimator.predict_proba(FRAME.to_numpy())[:, 1])
    assert handed.card.facts["Estimator"] == "LogisticRegression"
    flipped = handed.ask(FRAME, BINARY, ("yes", "no"))  # columns go by their labels, not by their place
    assert flipped.event == pytest.approx(1 - said.event)


def test_types_of_a_skops_file_that_nobody_trusts_are_listed_and_refused(tmp_path):
    estimator = LinearRegression()
    estimator.extra = Bomb(tmp_path / "ran")
    content = skops_io.dumps(estimator)
    with pytest.raises(DataError) as caught:
        _open(tmp_path, "model.skops", content)
    assert "Bomb" in str(caught.value)
    assert "--trust" in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_features_that_an_estimator_was_trained_on_are_required_by_name(tmp_path):
    estimator = LinearRegression().fit(FRAME.to_pandas(), [1.0, 2.0, 3.0])
    handed = open_model(Examined(call="m:f"), base=tmp_path, data="rows.csv", call=estimator)
    assert handed.ask(FRAME.select("b", "a"), ProblemKind.REGRESSION, ()).values == pytest.approx([1, 2, 3])
    with pytest.raises(DataError) as caught:
        handed.ask(FRAME.rename({"a": "aa", "b": "c"}), ProblemKind.REGRESSION, ())
    assert len(caught.value.problems) == 2


def test_a_callable_runs_only_where_it_was_named(tmp_path):
    with pytest.raises(ConfigurationError, match="runs only in the process"):
        open_model(Examined(call="os:system"), base=tmp_path, data="rows.csv")


def test_a_callable_that_fails_is_told_by_the_type_of_its_error(tmp_path):
    def fails(frame):
        raise KeyError("a cell of Ada")

    handed = open_model(Examined(call="m:fails"), base=tmp_path, data="rows.csv", call=fails)
    with pytest.raises(PluginError) as caught:
        handed.ask(FRAME, BINARY, CLASSES)
    assert "KeyError" in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_answers_with_nan_or_outside_0_to_1_are_refused_together():
    with pytest.raises(DataError) as caught:
        settle_answers([0.2, np.nan, 1.7], BINARY, CLASSES, 3)
    assert [p.message.split(",")[0] for p in caught.value.problems] == [
        "finite numbers are required",
        "probabilities from 0 to 1 are required",
    ]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([0.1, 0.2], "shape"),
        ([[0.5, 0.4], [0.5, 0.5], [0.5, 0.5]], "sum to 1"),
        ("text", "array of numbers"),
        (np.zeros((3, 3)), "shape"),
    ],
)
def test_answers_of_another_shape_or_sum_are_refused(answers, words):
    with pytest.raises(DataError, match=words):
        settle_answers(answers, BINARY, CLASSES, 3)


def test_decided_classes_are_those_of_the_target():
    said = decided_classes(np.array([1.0, 0.0, 1.0]), ("0", "1"), 3)
    assert said.decided
    assert said.event.tolist() == [1.0, 0.0, 1.0]
    with pytest.raises(DataError, match="others in 1 rows"):
        decided_classes(["no", "perhaps", "yes"], CLASSES, 3)
