"""Clipped sums from norms of layers agree with one example (or entity) at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.model import BuildContext
from testamur.train.clipped_gradient import ClippedGradient
from testamur.train.layers import build_tabular
from testamur.train.options import TabularOptions
from testamur.train.outer import row_squares, squared_norms
from testamur.train.window_layers import build_recurrent
from testamur.train.window_options import RecurrentOptions

B = 12


def tabular(architecture, bins):
    edges = ((-2.0, -0.5, 0.5, 2.0),) * 3 if bins else ()
    context = BuildContext(3, (4,), 2, ProblemKind.MULTICLASS, edges, 0)
    options = TabularOptions(
        architecture=architecture, hidden=7, dropout=0.0, members=4, bins=bins, embedding=3
    )
    module = build_tabular(context, options).double()
    return module, (torch.randn(B, 3).double(), torch.randint(0, 4, (B, 1)))


def recurrent(layers, problem=ProblemKind.MULTICLASS):
    context = BuildContext(2, (3,), 2, problem, (), 0, length=9, n_channels=2)
    module = build_recurrent(context, RecurrentOptions(hidden=5, layers=layers, dropout=0.0)).double()
    return module, (torch.randn(B, 9, 2).double(), torch.randn(B, 2).double(), torch.randint(0, 3, (B, 1)))


NETWORKS = {
    "mlp": lambda: tabular("mlp", 0),
    "mlp with embeddings": lambda: tabular("mlp", 4),
    "tabm": lambda: tabular("tabm", 0),
    "tabm with embeddings": lambda: tabular("tabm", 4),
    "lstm": lambda: recurrent(1),
    "two lstms": lambda: recurrent(2),
}


def losses(module, inputs, target):
    output = module(*inputs)
    output = output if output.dim() == 3 else output.unsqueeze(1)
    k = output.shape[1]
    flat = nn.functional.cross_entropy(output.flatten(0, 1), target.repeat_interleave(k), reduction="none")
    return flat.view(-1, k).mean(dim=1)


def one_by_one(module, inputs, target, weight, rows, clip):
    """The oracle: autograd on each unit alone, clipped, summed."""
    parameters = list(module.parameters())
    total, norms = [torch.zeros_like(p) for p in parameters], []
    for begin in range(0, B, rows):
        few = slice(begin, begin + rows)
        loss = (losses(module, tuple(x[few] for x in inputs), target[few]) * weight[few]).sum()
        gradients = torch.autograd.grad(loss, parameters)
        norm = torch.sqrt(sum(g.square().sum() for g in gradients))
        norms.append(norm.item())
        for sum_, gradient in zip(total, gradients, strict=True):
            sum_.add_(gradient * min(1.0, clip / (norm.item() + 1e-6)))
    return total, norms


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_clipped_sums_agree_with_one_unit_at_a_time(name, rows):
    torch.manual_seed(1)
    module, inputs = NETWORKS[name]()
    target, weight = torch.randint(0, 2, (B,)), torch.rand(B).double()
    _, norms = one_by_one(module, inputs, target, weight, rows, 1.0)
    clip = float(np.median(norms))  # half of the units are clipped
    wanted, _ = one_by_one(module, inputs, target, weight, rows, clip)
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=clip)
    with clipped.watching():
        loss = (losses(module, inputs, target) * weight).sum()
    told = clipped.add(loss, rows=rows)
    assert told.tolist() == pytest.approx(norms, abs=1e-6)
    for parameter, sum_ in zip(module.parameters(), wanted, strict=True):
        assert float((parameter.grad - sum_).abs().max()) < 1e-6
    assert any(float(sum_.abs().max()) > 1e-3 for sum_ in wanted)


def test_the_written_out_lstm_is_torchs():
    torch.manual_seed(2)
    module, inputs = recurrent(2)
    own = module(*inputs)
    with ClippedGradient(module, clip=1.0).watching():
        unrolled = module(*inputs)
    assert torch.allclose(own, unrolled, atol=1e-12)
    assert torch.allclose(own, module(*inputs), atol=0)  # and torch's is back in its place


def test_norms_of_rows_are_those_of_torch_on_one_thread_and_on_two():
    x, before = torch.randn(7, 33), torch.get_num_threads()
    found = []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            found.append(row_squares(x))
    finally:
        torch.set_num_threads(before)
    for squares in found:
        assert torch.allclose(squares, x.double().square().sum(dim=1).float(), rtol=1e-6)


@pytest.mark.parametrize(("t", "p", "q"), [(1, 5, 3), (3, 40, 50), (30, 4, 5)])
@pytest.mark.parametrize("n_biases", [0, 1, 2])
def test_norms_of_outer_products_by_any_way(t, p, q, n_biases, monkeypatch):
    monkeypatch.setattr("testamur.train.outer.LARGEST_CHUNK", 100)  # several chunks
    seen, delta = torch.randn(6, t, p).double(), torch.randn(6, t, q).double()
    made = torch.einsum("utq,utp->uqp", delta, seen).square().sum(dim=(1, 2))
    made = made + n_biases * delta.sum(dim=1).square().sum(dim=1)
    assert torch.allclose(squared_norms(seen, delta, n_biases=n_biases), made, rtol=1e-10)


def test_a_layer_without_a_rule_is_refused():
    with pytest.raises(TestamurError, match="every layer is required, however: 1 of"):
        ClippedGradient(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), clip=1.0)


def test_a_layer_that_mixes_the_examples_of_a_batch_is_refused_also_without_parameters():
    with pytest.raises(TestamurError, match="every layer is required, however: 1 of"):
        ClippedGradient(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, affine=False)), clip=1.0)


def test_an_lstm_of_another_form_is_refused():
    with pytest.raises(TestamurError, match="however"):
        ClippedGradient(nn.Sequential(nn.LSTM(2, 3, batch_first=True, bidirectional=True)), clip=1.0)


def test_what_a_layer_saw_must_stay_as_it_was():
    class Changing(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 1)

        def forward(self, x):
            inner = self.first(x)
            out = self.second(inner)
            inner.mul_(2)
            return out

    module = Changing()
    clipped = ClippedGradient(module, clip=1.0)
    with clipped.watching():
        loss = module(torch.randn(5, 3)).sum()
    with pytest.raises(TestamurError, match="change nothing in place"):
        clipped.add(loss)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU(inplace=True), nn.Tanh()])
def test_what_a_layer_gave_may_be_changed_in_place(activation):
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(3, 4), activation, nn.Linear(4, 2)).double()
    inputs, target, weight = (torch.randn(B, 3).double(),), torch.randint(0, 2, (B,)), torch.ones(B).double()
    wanted, norms = one_by_one(module, inputs, target, weight, 1, 0.5)
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=0.5)
    with clipped.watching():
        loss = losses(module, inputs, target).sum()
    assert clipped.add(loss).tolist() == pytest.approx(norms, abs=1e-9)
    for parameter, sum_ in zip(module.parameters(), wanted, strict=True):
        assert float((parameter.grad - sum_).abs().max()) < 1e-6


def test_a_layer_that_is_passed_twice_is_refused():
    layer = nn.Linear(3, 3)
    clipped = ClippedGradient(nn.Sequential(layer), clip=1.0)
    with clipped.watching(), pytest.raises(TestamurError, match="passed once"):
        layer(layer(torch.randn(2, 3)))
