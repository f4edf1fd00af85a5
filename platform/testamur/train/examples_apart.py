"""Whether a network keeps examples apart: clipping bounds what one adds if it moves no other's output."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from testamur.contracts.errors import TestamurError
from testamur.train.form import Examples

_OTHERS = 8  # examples that stand beside the one that is looked at
_TOLERANCE = 1e-4  # of float32 outputs, relative to the largest


def refuse_mixing(module: nn.Module, examples: Examples, device: str) -> None:
    """Refuse a network, as it stands, in which the first example's output follows from those beside it.

    It is passed twice, beside others each time, with the same random numbers. What mixes only behind weights
    that are zero at first is not seen.

    Raises:
        TestamurError: The output moved.
    """
    n = min(_OTHERS, (examples.n - 1) // 2)
    if n < 1:
        return
    first, second = (
        _said_beside(module, examples, torch.arange(begin, begin + n, device=device), device)
        for begin in (1, 1 + n)
    )
    scale = max(1.0, float(first.abs().max()))
    if not torch.allclose(first, second, rtol=0, atol=_TOLERANCE * scale, equal_nan=True):
        raise TestamurError(
            f"a network that keeps examples apart is required in a private training, however: what "
            f"{type(module).__name__} gives for one changes with those beside it",
            remedy="take no mean, norm, softmax or attention over the first axis, which is that of examples",
        )


@torch.no_grad()
def _said_beside(module: nn.Module, examples: Examples, others: Tensor, device: str) -> Tensor:
    """What the network in training gives for the first example in a batch with others."""
    index = torch.cat([others.new_zeros(1), others])
    batch, before = examples.taken(index).batch(slice(None)), module.training
    with torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []):
        module.train()
        said: Tensor = module(*batch.inputs)[0]
        module.train(before)
    return said
