"""Perceptrons with stacked weights: forward and backward of K networks in one batched product a layer.

The networks are those of `layers.TabularMLP`; every stacked parameter has the network as its first
dimension. Piecewise-linear embeddings have no activation behind them, so that embedding and first layer are
one linear map of the encoded cells: the product of both weights is formed once a step, and its gradient is
handed to each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from testamur.train.layers import TabularMLP

_BIN_WEIGHT, _RAW_WEIGHT, _RAW_BIAS = (
    "numbers.linear.weight",
    "numbers.linear0.weight",
    "numbers.linear0.bias",
)


class Stack(nn.Module):
    """K perceptrons of one shape.

    Args:
        modules: The networks; their first weights are copied.
    """

    def __init__(self, modules: Sequence[TabularMLP]) -> None:
        super().__init__()
        first = modules[0]
        self.names = [name for name, _ in first.named_parameters()]
        self.stacked = nn.ParameterList(
            torch.stack([module.get_parameter(name).detach() for module in modules]) for name in self.names
        )
        body = [layer for layer in first.body if isinstance(layer, nn.Linear)]
        self.n_layers = len(body)
        self._body = [name.removesuffix(".weight") for name in self.names if name.startswith("body.")]
        self._body = [name for name in self._body if not name.endswith(".bias")]
        self.dropout = next((layer.p for layer in first.body if isinstance(layer, nn.Dropout)), 0.0)
        self.embedded = first.numbers is not None
        self._hidden: list[Tensor] = []

    def _of(self, name: str) -> nn.Parameter:
        return cast(nn.Parameter, self.stacked[self.names.index(name)])

    def weight(self, layer: int) -> nn.Parameter:
        """(K, out, in) of a layer."""
        return self._of(f"{self._body[layer]}.weight")

    def bias(self, layer: int) -> nn.Parameter:
        """(K, out) of a layer."""
        return self._of(f"{self._body[layer]}.bias")

    def first_map(self) -> tuple[Tensor, Tensor]:
        """(K, d, hidden) and (K, 1, hidden): from encoded cells to the first hidden layer."""
        weight, bias = self.weight(0).detach(), self.bias(0).detach().unsqueeze(1)
        if not self.embedded:
            return weight.transpose(1, 2), bias
        cells, shift, inner = self._embedding()  # (K, F, 1 + bins, e), (K, F, e), (K, F, e, hidden)
        k, n_numbers, width, _ = inner.shape
        of_numbers = torch.matmul(cells, inner).flatten(1, 2)  # (K, F (1 + bins), hidden)
        of_codes = weight[:, :, n_numbers * width :].transpose(1, 2)
        moved = torch.bmm(shift.reshape(k, 1, -1), inner.flatten(1, 2))  # (K, 1, hidden)
        return torch.cat([of_numbers, of_codes], dim=1), bias + moved

    def _embedding(self) -> tuple[Tensor, Tensor, Tensor]:
        raw, bins, shift = (self._of(n).detach() for n in (_RAW_WEIGHT, _BIN_WEIGHT, _RAW_BIAS))
        k, n_numbers, _, width = bins.shape
        weight = self.weight(0).detach()[:, :, : n_numbers * width]  # (K, hidden, F e)
        inner = weight.transpose(1, 2).reshape(k, n_numbers, width, -1)
        return torch.cat([raw.unsqueeze(2), bins], dim=2), shift, inner

    def forward(self, cells: Tensor) -> Tensor:
        """From encoded cells (K, b, d) or (b, d) to (K, b, n_outputs); keeps what `backward` needs."""
        weight, bias = self.first_map()
        if cells.dim() == 2:
            cells = cells.expand(len(weight), -1, -1)
        self._hidden = [cells]
        out = torch.baddbmm(bias, cells, weight)
        for layer in range(1, self.n_layers):
            out = self._shaken(out.relu_())
            self._hidden.append(out)
            weight, bias = self.weight(layer).detach(), self.bias(layer).detach().unsqueeze(1)
            out = torch.baddbmm(bias, out, weight.transpose(1, 2))
        return out

    def _shaken(self, out: Tensor) -> Tensor:
        """Dropout; where a unit is dropped it is 0, by which `backward` knows."""
        if not self.dropout or not self.training:
            return out
        kept = torch.empty_like(out).bernoulli_(1.0 - self.dropout)
        return out.mul_(kept).mul_(1.0 / (1.0 - self.dropout))

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, from that of the outputs (K, b, n_outputs)."""
        for layer in range(self.n_layers - 1, 0, -1):
            hidden, weight = self._hidden[layer], self.weight(layer)
            torch.bmm(gradient.transpose(1, 2), hidden, out=weight.grad)
            torch.sum(gradient, 1, out=self.bias(layer).grad)
            gradient = torch.bmm(gradient, weight.detach())
            cast(Any, torch.ops.aten.threshold_backward.grad_input)(
                gradient, hidden, 0.0, grad_input=gradient
            )
            if self.dropout:
                gradient.mul_(1.0 / (1.0 - self.dropout))
        self._first_backward(gradient)

    def _first_backward(self, gradient: Tensor) -> None:
        cells, weight, bias = self._hidden[0], self.weight(0), self.bias(0)
        torch.sum(gradient, 1, out=bias.grad)
        if not self.embedded:
            torch.bmm(gradient.transpose(1, 2), cells, out=weight.grad)
            return
        of_map = torch.bmm(cells.transpose(1, 2), gradient)  # (K, d, hidden)
        joined, shift, inner = self._embedding()
        k, n_numbers, n_cells, width = joined.shape
        d = n_numbers * n_cells
        of_numbers = of_map[:, :d].view(k, n_numbers, n_cells, -1)  # (K, F, 1 + bins, hidden)
        of_joined = torch.matmul(of_numbers, inner.transpose(2, 3))  # (K, F, 1 + bins, e)
        of_sum = _known(bias.grad)[:, None, :, None]  # (K, 1, hidden, 1)
        _known(self._of(_RAW_WEIGHT).grad).copy_(of_joined[:, :, 0])
        _known(self._of(_BIN_WEIGHT).grad).copy_(of_joined[:, :, 1:])
        _known(self._of(_RAW_BIAS).grad).copy_(torch.matmul(inner, of_sum).squeeze(-1))
        of_inner = torch.matmul(joined.transpose(2, 3), of_numbers)  # (K, F, e, hidden)
        of_inner += shift.unsqueeze(-1) * of_sum.transpose(2, 3)
        whole = _known(weight.grad)
        whole[:, :, : n_numbers * width] = of_inner.flatten(1, 2).transpose(1, 2)
        whole[:, :, n_numbers * width :] = of_map[:, d:].transpose(1, 2)

    def clip(self, limit: float) -> None:
        """Scale the gradient of each network down to the norm `limit`; 0 leaves it as it is."""
        if not limit:
            return
        grads = [_known(p.grad).flatten(1) for p in self.stacked]
        norm = torch.stack([g.square().sum(dim=1) for g in grads]).sum(dim=0).sqrt()  # (K,)
        factor = (limit / (norm + 1e-6)).clamp_(max=1.0).unsqueeze(1)
        for g in grads:
            g.mul_(factor)

    @torch.no_grad()
    def copy_to(self, module: TabularMLP, k: int, stacked: Sequence[Tensor]) -> None:
        """Put the k-th network's weights, taken from `stacked`, into a module of its own."""
        for name, tensor in zip(self.names, stacked, strict=True):
            module.get_parameter(name).copy_(tensor[k])


def encode_cells(module: TabularMLP, numeric: Tensor, categorical: Tensor) -> Tensor:
    """(n, d) what the first map of a stack sees: each number and its bins, or numbers, then one-hot codes."""
    parts = [numeric]
    if module.numbers is not None:
        bins = cast(Any, module.numbers).impl(numeric)  # (n, F, n_bins)
        parts = [torch.cat([numeric.unsqueeze(2), bins], dim=2).flatten(1)]
    if module.codes is not None:
        parts.append(module.codes(categorical))
    return torch.cat(parts, dim=1).contiguous()


def _known(tensor: Tensor | None) -> Tensor:
    assert tensor is not None  # gradients are views of the optimiser's buffer from the beginning
    return tensor
