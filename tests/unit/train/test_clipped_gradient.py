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
    with clipped.watching(B):
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
    with ClippedGradient(module, clip=1.0).watching(B):
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
    with clipped.watching(5):
        loss = module(torch.randn(5, 3)).sum()
    with pytest.raises(TestamurError, match="change nothing in place"):
        clipped.add(loss)


@pytest.mark.parametrize("steps", [None, 1, 4])
@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU(inplace=True), nn.Tanh()])
def test_what_a_layer_gave_may_be_changed_in_place(activation, steps):
    torch.manual_seed(3)
    last = [] if steps is None else [nn.Flatten(), nn.Linear(2 * steps, 2)]
    module = nn.Sequential(nn.Linear(3, 4), activation, nn.Linear(4, 2), *last).double()
    inputs = (torch.randn(B, *([steps] if steps else []), 3).double(),)
    target, weight = torch.randint(0, 2, (B,)), torch.ones(B).double()
    wanted, norms = one_by_one(module, inputs, target, weight, 1, 0.5)
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=0.5)
    with clipped.watching(B):
        loss = losses(module, inputs, target).sum()
    assert clipped.add(loss).tolist() == pytest.approx(norms, abs=1e-9)
    for parameter, sum_ in zip(module.parameters(), wanted, strict=True):
        assert float((parameter.grad - sum_).abs().max()) < 1e-6


class Careless(nn.Module):
    """A network that changes what its gradient needs, or leaves aside what a layer gave, until mended."""

    def __init__(self, fault):
        super().__init__()
        self.first, self.second, self.fault = nn.Linear(3, 4), nn.Linear(4, 1), fault

    def forward(self, x):
        inner = self.first(x)
        if self.fault == "left aside":
            inner = torch.zeros_like(inner)
        if self.fault == "changed":
            bent = inner.tanh()
            inner = bent * bent.mul_(2)
        if self.fault == "fails":
            raise KeyError("fails")
        return self.second(inner)


@pytest.mark.parametrize("shape", [(5, 3), (5, 2, 3)])
@pytest.mark.parametrize(
    ("fault", "said"), [("left aside", "what Linear gave is not in it"), ("changed", "nothing in place")]
)
def test_a_careless_network_is_told_what_to_do_and_forgotten(fault, said, shape):
    module = Careless(fault)
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=1.0)
    with clipped.watching(5):
        loss = module(torch.randn(shape)).sum()
    with pytest.raises(TestamurError, match=said) as caught:
        clipped.add(loss)
    assert "in place" in caught.value.remedy or "x.mul_" in caught.value.remedy
    assert all(float(p.grad.abs().sum()) == 0 for p in module.parameters())
    module.fault = ""
    with clipped.watching(5):
        loss = module(torch.randn(shape)).sum()
    assert clipped.add(loss).shape == (5,)


def test_a_pass_that_failed_leaves_nothing_behind():
    module = Careless("fails")
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=1.0)
    with pytest.raises(KeyError), clipped.watching(5):
        module(torch.randn(5, 3))
    module.fault = ""
    with clipped.watching(5):
        loss = module(torch.randn(5, 3)).sum()
    assert clipped.add(loss).shape == (5,)


def tied_weights():
    module = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    module[2].weight = module[0].weight
    return module


def tied_biases():
    module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    module[1].bias = module[0].bias
    return module


def registered_twice():
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.Tanh(), nn.Sequential(layer))


def tied_memories():
    module = nn.ModuleList([nn.LSTM(4, 4, batch_first=True), nn.LSTM(4, 4, batch_first=True)])
    module[1].weight_hh_l0 = module[0].weight_hh_l0
    return module


def tied_within_a_memory():
    memory = nn.LSTM(4, 4, batch_first=True)
    memory.weight_hh_l0 = memory.weight_ih_l0
    return memory


@pytest.mark.parametrize(
    "build", [tied_weights, tied_biases, registered_twice, tied_memories, tied_within_a_memory]
)
def test_weights_that_layers_share_are_refused(build):
    with pytest.raises(TestamurError, match=r"one layer alone .* however: \S+ and \S+") as caught:
        ClippedGradient(build(), clip=1.0)
    assert "weights of its own" in caught.value.remedy


@pytest.mark.parametrize(("shared", "length"), [(False, 1.0), (True, 2**0.5)])
def test_of_shared_weights_the_bound_would_not_hold(monkeypatch, shared, length):
    """Why they are refused: one example would add more than the clip norm of 1."""
    monkeypatch.setattr("testamur.train.clipped_gradient.refuse_shared", lambda module: None)
    module = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    for layer in module:
        nn.init.eye_(layer.weight)
    if shared:
        module[1].weight = module[0].weight
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    clipped = ClippedGradient(module, clip=1.0)
    with clipped.watching(1):
        loss = module(torch.full((1, 4), 10.0)).sum()
    assert float(clipped.add(loss)) > 1.0  # it is clipped
    added = torch.sqrt(sum(p.grad.square().sum() for p in module.parameters()))
    assert float(added) == pytest.approx(length, abs=1e-5)


def test_a_layer_that_is_passed_twice_is_refused():
    layer = nn.Linear(3, 3)
    clipped = ClippedGradient(nn.Sequential(layer), clip=1.0)
    with clipped.watching(2), pytest.raises(TestamurError, match="passed once"):
        layer(layer(torch.randn(2, 3)))


def test_an_lstm_that_is_passed_twice_is_refused():
    memory = nn.LSTM(3, 3, batch_first=True)
    clipped = ClippedGradient(nn.Sequential(memory), clip=1.0)
    with clipped.watching(2), pytest.raises(TestamurError, match="passed once, however: LSTM twice"):
        memory(memory(torch.randn(2, 4, 3))[0])


class Regrouping(nn.Module):
    """Layers that see steps (b * t, p), or all examples of a step (t, b, p), for examples (b, t, p)."""

    def __init__(self, regroup):
        super().__init__()
        self.layer, self.regroup = nn.Linear(3, 2), regroup

    def forward(self, x):
        return self.layer(self.regroup(x))


@pytest.mark.parametrize("regroup", [lambda x: x.flatten(0, 1), lambda x: x.transpose(0, 1), torch.flatten])
def test_layers_that_do_not_see_examples_along_the_first_axis_are_refused(regroup):
    module = Regrouping(regroup)
    clipped = ClippedGradient(module, clip=1.0)
    with clipped.watching(5), pytest.raises(TestamurError, match="5 examples along the first axis"):
        module(torch.randn(5, 4, 3) if regroup is not torch.flatten else torch.randn(1, 3))


def test_an_lstm_that_does_not_see_examples_along_the_first_axis_is_refused():
    memory = nn.LSTM(3, 3, batch_first=True)
    with ClippedGradient(memory, clip=1.0).watching(5), pytest.raises(TestamurError, match="LSTM sees"):
        memory(torch.randn(4, 5, 3))
