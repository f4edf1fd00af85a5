"""The kit accepts the core's models of sequences and choices, and names those that see what comes later."""

import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from testamur.contracts.dataset import ProblemKind
from testamur.testing.rules.models import learn
from testamur.testing.rules.sequence_models import try_interactions, try_sequences
from testamur.train.models import RECOMMENDER, SEQUENCE
from testamur.train.options import RecommenderOptions


@pytest.mark.parametrize("spec", [SEQUENCE, RECOMMENDER], ids=lambda spec: spec.key)
def test_the_models_of_the_core_are_accepted(spec):
    assert list(learn(SimpleNamespace(models=[spec]))) == []


@pytest.mark.parametrize("architecture", ["ease", "sasrec", "blend"])
def test_every_architecture_is_accepted(architecture):
    fields = {"__annotations__": {"architecture": str}, "architecture": architecture, "__module__": __name__}
    chosen = type("Chosen", (RecommenderOptions,), fields)
    spec = RECOMMENDER.model_copy(update={"options": chosen})
    assert spec.options().architecture == architecture
    assert list(try_interactions(spec, ProblemKind.RANKING)) == []


class SeesItsOwnAnswer(nn.Module):
    def __init__(self, context, options):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, items, answers, mask):
        return self.weight * answers


class SeesTheWholeHistory(nn.Module):
    def __init__(self, context, options):
        super().__init__()
        self.items = nn.Embedding(context.n_items + 1, context.n_items)

    def forward(self, items, asked):
        row, _ = asked.nonzero(as_tuple=True)
        return self.items(items).sum(dim=1)[row]


class TooNarrow(nn.Module):
    def __init__(self, context, options):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, items, other, mask=None):
        return self.weight * items[:, :2].float()


MODULE = SimpleNamespace(own=SeesItsOwnAnswer, whole=SeesTheWholeHistory, narrow=TooNarrow)


@pytest.mark.parametrize(
    ("rule", "spec", "made", "words"),
    [
        (try_sequences, SEQUENCE, "own", "earlier answers alone"),
        (try_sequences, SEQUENCE, "narrow", "shape (6, 5) is required"),
        (try_interactions, RECOMMENDER, "whole", "choices up to it"),
        (try_interactions, RECOMMENDER, "narrow", "(steps asked for, n_items)"),
    ],
)
def test_models_that_break_the_rules_are_named(monkeypatch, rule, spec, made, words):
    monkeypatch.setitem(sys.modules, "made_models", MODULE)
    faults = list(rule(spec.model_copy(update={"build": f"made_models:{made}"}), spec.problems[0]))
    assert any(words in fault for fault in faults)
