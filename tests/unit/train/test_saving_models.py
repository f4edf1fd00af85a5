"""A saved model predicts the same to the last bit, and nothing in it can run code."""

import dataclasses
import json

import numpy as np
import pytest
from safetensors.torch import load

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import IntegrityError
from testamur.train import network
from testamur.train.models import TABULAR
from testamur.train.restore import load_predictor

from .conftest import draw_table


def numbers(predictions):
    return predictions.values if predictions.probabilities is None else predictions.probabilities


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION])
def test_a_restored_model_predicts_the_same(fit, tmp_path, kind, architecture):
    table = draw_table(kind)
    model = fit(table, epochs=2, model={"architecture": architecture})
    written = model.save(tmp_path / "saved")
    assert [path.name for path in written] == ["weights.safetensors", "model.json"]
    again = load_predictor(tmp_path / "saved", TABULAR)
    for part in (table.train, table.validation, table.test):
        assert np.array_equal(numbers(again.predict(part)), numbers(model.predictor.predict(part)))


def test_chunks_do_not_show(fit, monkeypatch):
    table = draw_table()
    predictor = fit(table, epochs=1).predictor
    whole = numbers(predictor.predict(table.train))
    monkeypatch.setattr(network, "CHUNK_ROWS", 7)
    np.testing.assert_allclose(numbers(predictor.predict(table.train)), whole, atol=1e-6)


def test_a_part_without_rows_gives_no_predictions(fit):
    table = draw_table()
    empty = dataclasses.replace(
        table.test,
        **{
            f.name: getattr(table.test, f.name)[:0]
            for f in dataclasses.fields(table.test)
            if isinstance(getattr(table.test, f.name), np.ndarray)
        },
    )
    for kind, shape in ((ProblemKind.BINARY, (0, 2)), (ProblemKind.MULTICLASS, (0, 3))):
        model = fit(draw_table(kind), folder=kind.value, epochs=1)
        assert model.predictor.predict(empty).probabilities.shape == shape


def test_what_is_saved_is_tensors_and_json(fit, tmp_path):
    model = fit(draw_table(), epochs=1)
    model.save(tmp_path)
    described = json.loads((tmp_path / "model.json").read_text())
    assert described["model"] == "core.tabular"
    assert described["context"]["bins"]
    n = sum(tensor.numel() for name, tensor in load((tmp_path / "weights.safetensors").read_bytes()).items())
    assert n >= model.summary.n_parameters


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json"])
def test_a_missing_file_is_named(fit, tmp_path, name):
    fit(draw_table(), epochs=1).save(tmp_path / "saved")
    (tmp_path / "saved" / name).unlink()
    with pytest.raises(IntegrityError, match="are required"):
        load_predictor(tmp_path / "saved", TABULAR)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda tree: tree.pop("context"),
        lambda tree: tree["context"].pop("bins"),
        lambda tree: tree["options"].update(hidden=9),
        lambda tree: tree["options"].update(hidden="wide"),
        lambda tree: tree["layout"].update(problem="guess"),
        lambda tree: tree.update(format=99),
        lambda tree: tree.update(model="other.model"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(fit, tmp_path, break_it):
    fit(draw_table(), epochs=1).save(tmp_path / "saved")
    path = tmp_path / "saved" / "model.json"
    tree = json.loads(path.read_text())
    break_it(tree)
    path.write_text(json.dumps(tree))
    with pytest.raises(IntegrityError):
        load_predictor(tmp_path / "saved", TABULAR)


def test_damaged_weights_are_refused(fit, tmp_path):
    fit(draw_table(), epochs=1).save(tmp_path / "saved")
    (tmp_path / "saved" / "weights.safetensors").write_bytes(b"not tensors")
    with pytest.raises(IntegrityError):
        load_predictor(tmp_path / "saved", TABULAR)
