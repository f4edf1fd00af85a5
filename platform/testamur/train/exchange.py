"""Answers for rows one of whose columns comes from another row, without the first layer's whole product.

What enters the first layer is one block of inputs per column. When a column is exchanged, the layer's
output moves by the difference of that block times its weights: a product as wide as the block, not as the
row. All else of the network is as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from testamur.contracts.table import Predictions, RowsPart
from testamur.train.layers import OneHot, TabularEnsemble, TabularMLP
from testamur.train.rows_form import RowsForm

_MOST_CELLS = 40_000_000  # of the first layer's output, kept for all rows: 160 MB


@dataclass(frozen=True, slots=True, eq=False)
class _First:
    """The first layer of a network, taken apart.

    Attributes:
        inputs: (n, d) what enters it.
        weights: (d, k * hidden).
        bias: (k * hidden,).
        blocks: Columns of `inputs` of each input of the network: numbers and flags, then codes.
        rest: From the layer's output (b, k * hidden) to the network's.
    """

    inputs: Tensor
    weights: Tensor
    bias: Tensor
    blocks: tuple[slice, ...]
    rest: nn.Module


class ColumnExchanges:
    """Asks a network about exchanged columns; implements `testamur.contracts.protocols.Exchanges`.

    Args:
        first: Its first layer, with the rows' inputs.
        form: How its outputs become predictions.
        part: The rows.
    """

    def __init__(self, first: _First, form: RowsForm, part: RowsPart) -> None:
        self._first, self._form, self._part = first, form, part
        with torch.no_grad():
            self._out = torch.addmm(first.bias, first.inputs, first.weights)  # (n, k * hidden)

    def predict(self, columns: Sequence[int], onto: np.ndarray, of: np.ndarray) -> Predictions:
        """Answers for rows `onto` (m,) whose columns are those of rows `of` (m,)."""
        rows, source = (torch.from_numpy(np.ascontiguousarray(p, dtype=np.int64)) for p in (onto, of))
        with torch.no_grad():
            out = self._out.index_select(0, rows)
            for block in self._blocks(columns):
                inputs = self._first.inputs[:, block]
                moved = inputs.index_select(0, source) - inputs.index_select(0, rows)
                out.addmm_(moved, self._first.weights[block])
            settled = self._form.settle(self._first.rest(out)).double().numpy()
        return self._form.as_predictions(settled, self._part)

    def _blocks(self, columns: Sequence[int]) -> list[slice]:
        """The blocks of some columns; a number's missing flag goes with it."""
        k, flags = self._part.numeric.shape[1], self._form.layout.flags
        found = []
        for j in columns:
            if j >= k:
                found.append(self._first.blocks[j + len(flags)])
                continue
            found.append(self._first.blocks[j])
            if j in flags:
                found.append(self._first.blocks[k + flags.index(j)])
        return found


def find_exchanges(module: nn.Module, form: object, device: str, part: RowsPart) -> ColumnExchanges | None:
    """Exchanges of a network of this room, or None for any other, on another device, or for too many rows."""
    if not isinstance(form, RowsForm) or device != "cpu" or not part.n_rows:
        return None
    with torch.no_grad():
        numbers, codes = form.inputs(part)(slice(0, part.n_rows))
        first = _take_apart(module, numbers, codes)
    if first is None or part.n_rows * first.weights.shape[1] > _MOST_CELLS:
        return None
    return ColumnExchanges(first, form, part)


def _take_apart(module: nn.Module, numbers: Tensor, codes: Tensor) -> _First | None:
    if isinstance(module, TabularMLP) and isinstance(module.body[0], nn.Linear) and len(module.body) > 1:
        parts = _parts(module.numbers, module.codes, _sizes(module.codes), numbers, codes)
        layer = module.body[0]
        inputs, blocks = _joined(parts)
        return _First(inputs, layer.weight.t().contiguous(), layer.bias, blocks, module.body[1:])
    if isinstance(module, TabularEnsemble):
        net = module.net
        parts = _parts(net.num_module, net.cat_module, module.cardinalities, numbers, codes)
        layer = net.backbone.blocks[0][0]
        # ((x * r_k) W^T) * s_k = x (r_k[:, None] * W^T * s_k): one matrix for all members side by side.
        weights = layer.r[:, :, None] * layer.weight.t()[None] * layer.s[:, None, :]  # (k, d, hidden)
        inputs, blocks = _joined(parts)
        wide = weights.permute(1, 0, 2).reshape(inputs.shape[1], -1)
        return _First(inputs, wide.contiguous(), layer.bias.reshape(-1), blocks, _Rest(net))
    return None


class _Rest(nn.Module):
    """A TabM behind its first linear layer."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.k = net.backbone.k
        self.first_tail, self.blocks = net.backbone.blocks[0][1:], net.backbone.blocks[1:]
        self.output = net.output

    def forward(self, out: Tensor) -> Tensor:
        """From (b, k * hidden) to (b, k, n_outputs)."""
        out = self.first_tail(out.view(out.shape[0], self.k, -1))
        for block in self.blocks:
            out = block(out)
        found: Tensor = self.output(out)
        return found


def _parts(
    of_numbers: nn.Module | None,
    of_codes: nn.Module | None,
    cardinalities: tuple[int, ...],
    numbers: Tensor,
    codes: Tensor,
) -> list[Tensor]:
    """(n, width) inputs of each number and of each code."""
    parts: list[Tensor] = []
    if numbers.shape[1]:
        embedded = numbers[:, :, None] if of_numbers is None else of_numbers(numbers)  # (n, p, width)
        parts += list(embedded.unbind(dim=1))
    if of_codes is not None and codes.shape[1]:
        whole = of_codes(codes)
        parts += list(whole.split(list(cardinalities), dim=1))
    return parts


def _sizes(codes: nn.Module | None) -> tuple[int, ...]:
    return codes.cardinalities if isinstance(codes, OneHot) else ()


def _joined(parts: list[Tensor]) -> tuple[Tensor, tuple[slice, ...]]:
    ends = np.cumsum([part.shape[1] for part in parts]).tolist()
    blocks = tuple(slice(end - part.shape[1], end) for end, part in zip(ends, parts, strict=True))
    return torch.cat(parts, dim=1).float().contiguous(), blocks
