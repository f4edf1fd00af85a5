"""The parts of the loop, each against an oracle: the optimiser, the losses, the bins, the devices."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.model import Precision
from testamur.train.devices import choose_device, describe_device
from testamur.train.flat_adamw import FlatAdamW
from testamur.train.inputs import quantile_edges
from testamur.train.loss import averaged, held_out_loss, training_loss
from testamur.train.mixed import MixedPrecision, choose_precision


def make_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1))


@pytest.mark.parametrize("clip", [0.0, 0.1, 100.0])
def test_the_flat_optimiser_is_adamw(clip):
    ours, theirs = make_net(), make_net()
    flat = FlatAdamW(ours, weight_decay=0.1)
    plain = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=0.1)
    x, y = torch.randn(64, 5), torch.randn(64, 1)
    for _ in range(20):
        flat.clear()
        F.mse_loss(ours(x), y).backward()
        flat.clip(clip)
        flat.step(0.01)
        plain.zero_grad()
        F.mse_loss(theirs(x), y).backward()
        if clip:
            nn.utils.clip_grad_norm_(theirs.parameters(), clip)
        plain.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_a_frozen_parameter_is_left_alone():
    net = make_net()
    net[0].weight.requires_grad_(False)
    before = net[0].weight.clone()
    optimiser = FlatAdamW(net, weight_decay=0.1)
    net(torch.ones(2, 5)).sum().backward()
    optimiser.step(0.1)
    assert torch.equal(net[0].weight, before)


def test_a_state_is_taken_over_in_place():
    first, second = make_net(), make_net()
    a, b = FlatAdamW(first, weight_decay=0.0), FlatAdamW(second, weight_decay=0.0)
    first(torch.ones(2, 5)).sum().backward()
    a.step(0.1)
    b.load({name: tensor.clone() for name, tensor in a.state().items()})
    assert all(torch.equal(p, q) for p, q in zip(first.parameters(), second.parameters(), strict=True))


PLAIN = {
    ProblemKind.BINARY: (1, lambda o, y: F.binary_cross_entropy_with_logits(o[:, 0], y, reduction="none")),
    ProblemKind.MULTICLASS: (3, lambda o, y: F.cross_entropy(o, y, reduction="none")),
    ProblemKind.REGRESSION: (1, lambda o, y: F.mse_loss(o[:, 0], y, reduction="none")),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", PLAIN)
def test_each_member_has_a_loss_of_its_own(kind, weighted):
    n_outputs, plain = PLAIN[kind]
    output = torch.randn(11, 4, n_outputs)
    target = (
        torch.randint(0, 3, (11,)) if kind is ProblemKind.MULTICLASS else torch.randint(0, 2, (11,)).float()
    )
    weight = torch.rand(11) if weighted else None
    members = [plain(output[:, i], target) * (1.0 if weight is None else weight) for i in range(4)]
    expected = torch.stack(members).mean()
    torch.testing.assert_close(training_loss(output, target, weight, kind), expected)
    single = training_loss(output[:, 0], target, weight, kind)
    torch.testing.assert_close(single, members[0].mean())


@pytest.mark.parametrize("kind", PLAIN)
def test_the_held_out_loss_of_one_member_is_the_training_loss(kind):
    output = torch.randn(9, PLAIN[kind][0])
    target = (
        torch.randint(0, 3, (9,)) if kind is ProblemKind.MULTICLASS else torch.randint(0, 2, (9,)).float()
    )
    total = held_out_loss(averaged(output, kind), target, None, kind)
    assert float(total) / 9 == pytest.approx(float(training_loss(output, target, None, kind)), rel=1e-5)


@pytest.mark.parametrize("kind", PLAIN)
def test_a_loss_of_nan_is_nan_and_no_error(kind):
    output = torch.full((3, PLAIN[kind][0]), float("nan"))
    target = torch.zeros(3, dtype=torch.int64 if kind is ProblemKind.MULTICLASS else torch.float32)
    assert torch.isnan(held_out_loss(averaged(output, kind), target, None, kind))


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
    n_bins=st.integers(1, 64),
)
def test_edges_grow_and_hold_every_value(values, n_bins):
    values = np.array(values, np.float32)
    edges = np.array(quantile_edges(values, n_bins))
    assert 2 <= len(edges) <= n_bins + 1
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= values.min()
    assert values.max() <= edges[-1]


def test_precision_is_chosen_for_the_device():
    assert choose_precision(Precision.AUTO, "cpu") is Precision.FP32
    assert choose_precision(Precision.BF16, "cpu") is Precision.BF16


def test_an_overflow_in_fp16_skips_the_step_and_lowers_the_scale():
    net = make_net()
    optimiser, mixed = FlatAdamW(net, weight_decay=0.0), MixedPrecision(Precision.FP16, "cpu")
    before = mixed.scale
    optimiser.gradient.fill_(float("inf"))
    assert not mixed.ready(optimiser)
    assert mixed.scale == before / 2
    optimiser.gradient.fill_(mixed.scale)
    assert mixed.ready(optimiser)
    assert torch.equal(optimiser.gradient, torch.ones_like(optimiser.gradient))


def test_the_device_that_is_wished_for_is_chosen():
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert describe_device("cpu").startswith("cpu, ")


def test_a_missing_gpu_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigurationError, match="usable GPU") as caught:
        choose_device("cuda")
    assert "cpu" in caught.value.remedy


def test_a_copy_of_a_net_is_not_bound_to_the_optimiser():
    net = make_net()
    twin = copy.deepcopy(net)
    optimiser = FlatAdamW(net, weight_decay=0.0)
    optimiser.weights.zero_()
    assert not any(p.any() for p in net.parameters())
    assert any(p.any() for p in twin.parameters())
