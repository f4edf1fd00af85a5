"""Mixed precision: the number format of the forward pass, and loss scaling where fp16 needs it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from testamur.contracts.model import Precision
from testamur.train.flat_adamw import FlatAdamW

_FORMATS = {Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}
_FIRST_SCALE = 2.0**14
_GROW_AFTER = 2000


def choose_precision(wish: Precision, device: str) -> Precision:
    """fp32 on a CPU and bf16 (or fp16 on older GPUs) on a GPU, unless a format is asked for."""
    if wish is not Precision.AUTO:
        return wish
    if not device.startswith("cuda"):
        return Precision.FP32
    return Precision.BF16 if torch.cuda.is_bf16_supported() else Precision.FP16


class MixedPrecision:
    """Runs the forward pass in a shorter format and keeps small fp16 gradients from vanishing.

    Args:
        precision: A format, not AUTO.
        device: "cpu" or "cuda...".
    """

    def __init__(self, precision: Precision, device: str) -> None:
        self.precision = precision
        self._device_type = device.partition(":")[0]
        self.scale = _FIRST_SCALE if precision is Precision.FP16 else 1.0
        self.n_good_steps = 0

    def forward(self) -> AbstractContextManager[object]:
        """The context of a forward pass."""
        if self.precision not in _FORMATS:
            return nullcontext()
        return torch.autocast(self._device_type, dtype=_FORMATS[self.precision])

    def backward(self, loss: Tensor) -> None:
        """Compute gradients of the (scaled) loss."""
        (loss if self.scale == 1.0 else loss * self.scale).backward()

    def ready(self, optimiser: FlatAdamW) -> bool:
        """Undo the scaling; False when the fp16 gradients overflowed and the step must be left out."""
        if self.precision is not Precision.FP16:
            return True
        optimiser.gradient.div_(self.scale)
        if not bool(torch.isfinite(optimiser.gradient).all()):
            self.scale, self.n_good_steps = max(self.scale / 2, 1.0), 0
            return False
        self.n_good_steps += 1
        if self.n_good_steps % _GROW_AFTER == 0:
            self.scale *= 2
        return True
