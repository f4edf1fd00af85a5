"""Gradients of the loss with respect to a row's encoded numbers."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.folds import take_rows
from testamur.train.inputs import Layout
from testamur.train.network import CHUNK_ROWS
from testamur.train.rows_form import RowsForm

if TYPE_CHECKING:
    from testamur.contracts.table import Float64

_PROBED_ROWS = 64


class InputGradients:
    """Gradients through a network of rows; implements `testamur.contracts.protocols.Gradients`.

    Parts of a network that are constant between thresholds (trees, bins) have a gradient of 0: of a blend
    with trees it is the gradient of the networks' share alone.

    Args:
        module: The network, on its device.
        form: How a part becomes its inputs.
        device: Where it runs.
    """

    def __init__(self, module: nn.Module, form: RowsForm, device: str) -> None:
        self._module = module.eval()
        self._form = form
        self._device = device

    def input_gradient(self, part: RowsPart) -> Float64:
        """(n, n_numeric) gradient of each row's loss; missing-value flags are left as they are."""
        inputs, target = self._form.inputs(part), _targets(part, self._form.layout)
        n_numeric = part.numeric.shape[1]
        chunks = [
            self._chunk(inputs(slice(i, i + CHUNK_ROWS)), target[i : i + CHUNK_ROWS])[:, :n_numeric]
            for i in range(0, max(part.n_rows, 1), CHUNK_ROWS)
        ]
        gradient: Float64 = torch.cat(chunks).double().numpy()
        return gradient

    def _chunk(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        numeric, codes = (tensor.to(self._device, copy=True) for tensor in inputs)
        numeric.requires_grad_(True)
        self._module.eval()
        with torch.enable_grad():
            losses = row_losses(self._module(numeric, codes), target.to(self._device), self._form.layout)
            found: Tensor | None = None
            if losses.requires_grad:
                (found,) = torch.autograd.grad(losses.sum(), numeric, allow_unused=True)
        return torch.zeros_like(numeric).cpu() if found is None else found.detach().cpu()


def find_gradients(module: nn.Module, form: object, device: str, table: RowsTable) -> InputGradients | None:
    """Gradients of a trained network, or None where it is not of rows or they are 0 throughout.

    Args:
        module: The trained network.
        form: Its form.
        device: Where it runs.
        table: Some of its validation rows are tried.
    """
    if not isinstance(form, RowsForm) or not table.n_numeric or not table.validation.n_rows:
        return None
    made = InputGradients(module, form, device)
    tried = take_rows(table.validation, np.arange(min(_PROBED_ROWS, table.validation.n_rows)))
    return made if np.any(made.input_gradient(tried)) else None


def row_losses(output: Tensor, target: Tensor, layout: Layout) -> Tensor:
    """(b,) minus log of the averaged probability of the true class, or squared error in the target's unit.

    log of a mean of probabilities is taken as logsumexp of their logs: it does not saturate.

    Args:
        output: (b, n_outputs) or (b, k, n_outputs) logits, or standardised values.
        target: (b,) int64 classes, or float32 standardised values.
        layout: Kind of problem and scale of the target.
    """
    output = output.float()
    if output.dim() == 2:
        output = output.unsqueeze(1)  # (b, 1, n_outputs)
    if layout.problem is ProblemKind.REGRESSION:
        return ((output.squeeze(-1).mean(dim=1) - target) * layout.target_scale) ** 2
    if layout.problem is ProblemKind.BINARY:
        sign = (2.0 * target - 1.0).unsqueeze(1)
        of_member = F.logsigmoid(sign * output.squeeze(-1))  # (b, k)
    else:
        wanted = target.view(-1, 1, 1).expand(-1, output.shape[1], 1)
        of_member = F.log_softmax(output, dim=-1).gather(-1, wanted).squeeze(-1)  # (b, k)
    return log(of_member.shape[1]) - torch.logsumexp(of_member, dim=1)


def _targets(part: RowsPart, layout: Layout) -> Tensor:
    if layout.problem is ProblemKind.REGRESSION:
        scaled = (np.asarray(part.target, dtype=np.float64) - layout.target_mean) / layout.target_scale
        return torch.from_numpy(scaled.astype(np.float32))
    kind = np.int64 if layout.problem is ProblemKind.MULTICLASS else np.float32
    return torch.from_numpy(np.asarray(part.target).astype(kind))
