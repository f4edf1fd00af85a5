from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pytest

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, IntegrityError
from testamur.contracts.model import BuildContext
from testamur_education.golden.course import make_questions
from testamur_education.models import RERANKER
from testamur_education.options import RerankerOptions
from testamur_education.qa import minilm
from testamur_education.qa.minilm import WEIGHTS_SHA256, find_model

CONTEXT = BuildContext(8, (), 1, ProblemKind.BINARY, (), seed=0)


def test_without_the_extra_the_error_names_the_command(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        minilm.importlib.util, "find_spec", lambda name: None if name == "peft" else found(name) or sys
    )
    with pytest.raises(ConfigurationError, match=r"peft.*not installed") as caught:
        find_model()
    assert "pip install 'testamur-education[nlp]'" in str(caught.value)


def test_other_weights_than_minilms_are_refused(monkeypatch):
    monkeypatch.setattr(minilm, "digest_of", lambda path: "0" * 64)
    with pytest.raises(IntegrityError, match="force-reinstall"):
        find_model()


@pytest.mark.filterwarnings("ignore")
def test_adapters_alone_are_trained_and_kept():
    import torch

    from testamur.train.kept_state import base_of, kept_state
    from testamur.train.trained import build_network

    module = build_network(RERANKER, CONTEXT, RerankerOptions(layers=1))
    kept = kept_state(module)
    assert all("lora_" in name or name.startswith("line.") for name in kept)
    assert sum(tensor.numel() for tensor in kept.values()) < 30_000
    assert base_of(module)["sha256"] == WEIGHTS_SHA256
    part = make_questions([1, 2], withheld=0).table.test
    texts = ["Mars is red.", "Why is Mars red?", "Bread is baked."]
    carried = {
        "question": np.array(["Why is Mars red?"] * 6),
        "passage_text": np.array([texts[0], texts[2]] * 3),
    }
    from testamur_education.qa.tokenise import tokenise

    tokens, mask = tokenise(replace(part, carried=carried), RerankerOptions())
    with torch.no_grad():
        logits = module.eval()(
            torch.from_numpy(tokens), torch.from_numpy(mask), torch.zeros(6, 8), torch.zeros(6, 0)
        )
    assert logits.shape == (6, 1)
    assert (logits[::2] > logits[1::2]).all()
    assert torch.allclose(logits[0], logits[2])
