"""How each kind of layer tells the norm of a unit's gradient and adds up the clipped ones.

A unit is what is protected: one example, or all examples of an entity in a step. The examples of a
batch lie unit by unit, ``rows`` of each. Rules see what went into a layer and the gradients of what
came out of it, nothing else; gradients of single units are never held.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor, nn

from testamur.train.light_import import import_tabm
from testamur.train.outer import outer_squares, squared_norms


class Rule(Protocol):
    """What is done for one kind of layer."""

    def norms(self, layer: nn.Module, seen: Tensor, delta: Tensor, rows: int) -> Tensor:
        """(u,) squared norms of the units' gradients of all parameters of the layer.

        Args:
            layer: The layer.
            seen: (u * rows, ...) what went in.
            delta: (u * rows, ...) gradient of what came out.
            rows: Examples of each unit.
        """
        ...

    def add(self, layer: nn.Module, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
        """Add the scaled gradients to ``parameter.grad``; `scale` (u * rows,) is that of each example."""
        ...


class LinearRule:
    """``y = W a + b`` with a (b, ..., p)."""

    def norms(self, layer: nn.Module, seen: Tensor, delta: Tensor, rows: int) -> Tensor:
        """At all positions of all examples of a unit the same weights are used."""
        if rows == 1 and seen.dim() == 2:
            return outer_squares(seen, delta, n_biases=_n_biases(layer))
        n_units = seen.shape[0] // rows
        seen, delta = (x.reshape(n_units, -1, x.shape[-1]) for x in (seen, delta))  # (u, t, p), (u, t, q)
        return squared_norms(seen, delta, n_biases=_n_biases(layer))

    def add(self, layer: nn.Module, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
        """One product for the whole batch; the narrower of its sides is scaled."""
        if delta.dim() > 2:
            scale = scale.repeat_interleave(delta[0, ..., 0].numel())
            delta, seen = (x.reshape(-1, x.shape[-1]) for x in (delta, seen))
        each, weight = scale.unsqueeze(1), _gradient(layer.weight)  # (n, 1), (q, p)
        if seen.shape[1] < delta.shape[1]:
            weight.add_(((seen * each).t() @ delta).t())
        else:
            weight.addmm_((delta * each).t(), seen)
        if _n_biases(layer):
            _gradient(layer.bias).addmv_(delta.t(), scale)


class ManyLinearRule:
    """n maps side by side, each with weights (p, q) of its own: members, or embeddings of numbers."""

    def norms(self, layer: nn.Module, seen: Tensor, delta: Tensor, rows: int) -> Tensor:
        """The sum over the maps; seen (b, n, p), delta (b, n, q)."""
        b, n = delta.shape[:2]
        seen = seen.reshape(b, n, -1)
        if rows == 1:
            inner = seen.square().sum(dim=2).add_(_n_biases(layer))
            return inner.mul_(delta.square().sum(dim=2)).sum(dim=1)
        seen, delta = (_by_map(x, rows) for x in (seen, delta))  # (u * n, rows, p)
        return squared_norms(seen, delta, n_biases=_n_biases(layer)).view(-1, n).sum(dim=1)

    def add(self, layer: nn.Module, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
        """One batch of products, a map each."""
        delta = delta * _spread(scale, delta)
        seen = seen.reshape(*delta.shape[:2], -1)
        weight = _gradient(layer.weight).view(delta.shape[1], seen.shape[2], delta.shape[2])
        weight.baddbmm_(seen.permute(1, 2, 0), delta.transpose(0, 1))
        if _n_biases(layer):
            _gradient(layer.bias).add_(delta.sum(dim=0))


class ElementwiseRule:
    """``y = w * a + b``, element by element."""

    def norms(self, layer: nn.Module, seen: Tensor, delta: Tensor, rows: int) -> Tensor:
        """Gradients are as large as the layer's outputs: they are made and summed."""
        norms = _unit_sums(seen * delta, rows).square().sum(dim=1)
        return norms + _unit_sums(delta, rows).square().sum(dim=1) if _n_biases(layer) else norms

    def add(self, layer: nn.Module, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
        """Sums over the batch."""
        delta = delta * _spread(scale, delta)
        _gradient(layer.weight).add_((seen * delta).sum(dim=0))
        if _n_biases(layer):
            _gradient(layer.bias).add_(delta.sum(dim=0))


class SharedLinearRule:
    """TabM's layer: k members share W, and each scales what goes in (r) and comes out (s).

    ``y_i = s_i * W (r_i * a_i) + b_i``, with a (b, k, p) and y (b, k, q).
    """

    def norms(self, layer: nn.Module, seen: Tensor, delta: Tensor, rows: int) -> Tensor:
        """The members are positions of W; scales and biases have gradients of the size of outputs."""
        inner, outer, of_r, of_s = self._parts(layer, seen, delta)
        n_units = seen.shape[0] // rows
        inner, outer = (x.reshape(n_units, -1, x.shape[-1]) for x in (inner, outer))
        norms = squared_norms(inner, outer, n_biases=0)
        for made in (of_r, of_s, *([delta] if _n_biases(layer) else [])):
            norms = norms + _unit_sums(made, rows).square().sum(dim=1)
        return norms

    def add(self, layer: nn.Module, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
        """One product for W, sums for the rest."""
        delta = delta * _spread(scale, delta)
        inner, outer, of_r, of_s = self._parts(layer, seen, delta)
        _gradient(layer.weight).addmm_(outer.flatten(0, 1).t(), inner.flatten(0, 1))
        _gradient(layer.r).add_(of_r.sum(dim=0))
        _gradient(layer.s).add_(of_s.sum(dim=0))
        if _n_biases(layer):
            _gradient(layer.bias).add_(delta.sum(dim=0))

    @staticmethod
    def _parts(layer: nn.Module, seen: Tensor, delta: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Inputs (b, k, p) and output gradients (b, k, q) of W; gradients (b, k, p) of r, (b, k, q) of s."""
        weight, r, s = layer.weight, layer.r, layer.s
        inner, outer = seen * r, delta * s
        return inner, outer, seen * (outer @ weight), delta * (inner @ weight.t())


def rule_for(layer: nn.Module) -> Rule | None:
    """The rule of a kind of layer, or None where there is none."""
    tabm, embeddings = import_tabm()
    rules: list[tuple[tuple[type, ...], Rule]] = [
        ((nn.Linear,), LinearRule()),
        ((tabm.LinearBatchEnsemble,), SharedLinearRule()),
        ((tabm.ElementwiseAffine,), ElementwiseRule()),
        ((tabm.LinearEnsemble, embeddings.LinearEmbeddings, embeddings._NLinear), ManyLinearRule()),
    ]
    return next((rule for kinds, rule in rules if type(layer) in kinds), None)


def _n_biases(layer: nn.Module) -> int:
    return int(getattr(layer, "bias", None) is not None)


def _gradient(parameter: Tensor) -> Tensor:
    assert parameter.grad is not None  # a view of the optimiser's buffer
    return parameter.grad


def _spread(scale: Tensor, like: Tensor) -> Tensor:
    """(b,) as (b, 1, ...)."""
    return scale.view(-1, *([1] * (like.dim() - 1)))


def _unit_sums(made: Tensor, rows: int) -> Tensor:
    """(u, ...) flattened sums over the examples of each unit."""
    flat = made.flatten(1)
    return flat if rows == 1 else flat.view(-1, rows, flat.shape[1]).sum(dim=1)


def _by_map(x: Tensor, rows: int) -> Tensor:
    """(u * rows, n, p) as (u * n, rows, p)."""
    b, n, p = x.shape
    made: Tensor = x.view(b // rows, rows, n, p).transpose(1, 2).reshape(-1, rows, p)
    return made
