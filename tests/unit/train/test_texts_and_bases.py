"""Texts as tokens, and networks that are begun from weights of elsewhere."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import IntegrityError, TestamurError
from testamur.contracts.model import InputShape, ModelOptions, ModelSpec, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.testing.tables import make_table
from testamur.train.fit import fit_model
from testamur.train.kept_state import kept_state
from testamur.train.restore import load_predictor
from testamur.train.tokens_form import cut

BASE = {"title": "a made base", "sha256": "0" * 64}


NETS = """
import numpy as np
import torch
from torch import nn

BASE = {"title": "a made base", "sha256": "0" * 64}

class Reader(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base
        self.words = nn.Embedding(20, 8)
        self.words.weight.requires_grad_(False)
        self.line = nn.Linear(8, 1)

    def forward(self, tokens, mask, numeric, categorical):
        weight = mask.unsqueeze(-1).float()
        mean = (self.words(tokens) * weight).sum(dim=(1, 2)) / weight.sum(dim=(1, 2)).clamp_min(1)
        return self.line(mean)


def build(context, options):
    return Reader(dict(BASE))


def build_on_another_base(context, options):
    return Reader({**BASE, "sha256": "1" * 64})


def tokenise(part, options):
    tokens = np.zeros((part.n_rows, 2, 6), dtype=np.int64)
    tokens[:, 0, 0] = 1 + 5 * part.target + part.row % 5
    return tokens, tokens > 0
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    (tmp_path / "nets_that_read.py").write_text(NETS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nets_that_read", raising=False)
    return importlib.import_module("nets_that_read")


SPEC = ModelSpec(
    key="test.reader",
    title="Reader",
    problems=(ProblemKind.BINARY,),
    input_shape=InputShape.TOKENS,
    build="nets_that_read:build",
    tokenise="nets_that_read:tokenise",
    options=ModelOptions,
)


def train(folder, spec=SPEC, epochs=40):
    table = make_table([0, 1] * 60)
    training = TrainingOptions(epochs=epochs, learning_rate=0.05, patience=epochs)
    return table, fit_model(
        spec,
        ModelOptions(),
        training,
        table,
        seed=0,
        device="cpu",
        folder=folder,
        observer=RecordingObserver(),
    )


def test_a_text_that_tells_the_outcome_is_learnt(tmp_path, nets):
    table, model = train(tmp_path)
    event = model.predictor.predict(table.test).event
    assert ((event > 0.5) == (table.test.target == 1)).all()


def test_what_was_not_trained_stands_neither_in_weights_nor_in_checkpoint(tmp_path, nets):
    _, model = train(tmp_path / "checkpoint", epochs=2)
    assert model.description["base"] == BASE
    assert b"words.weight" not in model.weights
    assert b"words.weight" not in (tmp_path / "checkpoint" / "checkpoint.safetensors").read_bytes()
    assert set(kept_state(nets.Reader(dict(BASE)))) == {"line.weight", "line.bias"}
    assert "words.weight" in kept_state(nets.Reader({}))


def test_a_saved_model_is_built_again_on_its_base_and_on_no_other(tmp_path, nets):
    table, model = train(tmp_path / "checkpoint")
    model.save(tmp_path / "model")
    again = load_predictor(tmp_path / "model", SPEC)
    assert np.array_equal(again.predict(table.test).event, model.predictor.predict(table.test).event)
    other = SPEC.model_copy(update={"build": "nets_that_read:build_on_another_base"})
    with pytest.raises(IntegrityError):
        load_predictor(tmp_path / "model", other)


def test_a_model_of_texts_names_what_makes_tokens(tmp_path, nets):
    with pytest.raises(TestamurError, match="names the function that makes tokens"):
        train(tmp_path, SPEC.model_copy(update={"tokenise": None}))


def test_no_row_is_read_as_well(tmp_path, nets):
    table, model = train(tmp_path, epochs=1)
    names = ("row", "numeric", "missing", "categorical", "target", "groups", "absent")
    nobody = replace(table.test, **{name: getattr(table.test, name)[:0] for name in names})
    assert model.predictor.predict(nobody).event.shape == (0,)


def test_texts_are_cut_to_the_longest():
    mask = torch.tensor([[[1, 1, 0, 0]], [[1, 0, 0, 0]]], dtype=torch.bool)
    tokens, kept = cut(torch.ones(2, 1, 4, dtype=torch.int64), mask)
    assert tokens.shape == kept.shape == (2, 1, 2)
    assert cut(tokens[:0], kept[:0])[0].shape == (0, 1, 1)
