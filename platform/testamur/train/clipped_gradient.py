"""Sums of clipped gradients from one forward and one backward pass of the layers' outputs.

Differentially private training bounds what one unit can add to a gradient (Abadi et al., CCS 2016).
Here the gradient of no unit is ever made: hooks keep what went into each layer, one backward pass gives
the gradients of what came out, norms follow from both (`testamur.train.outer`), and one product per
layer adds the gradients up, each scaled to the clip norm (book-keeping: Bu et al., ICML 2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from testamur.contracts.errors import TestamurError
from testamur.train.clip_faults import (
    changed_in_place,
    left_aside,
    passed_twice,
    refuse_regrouped,
    refuse_shared,
)
from testamur.train.clip_rules import Rule, rule_for
from testamur.train.gate_deltas import add_gates, add_made_gates, gate_norms, makes_gradients, unroll

_TINY = 1e-6  # keeps the division by a norm of zero finite; it only makes gradients smaller


class ClippedGradient:
    """Adds clipped gradients of units to the ``grad`` of a module's parameters.

    Args:
        module: Every layer of it that has parameters must be of a kind with a rule.
        clip: Largest norm of the gradient of one unit, over all parameters together.

    Raises:
        TestamurError: A layer has no rule, or two layers have a weight in common.
    """

    def __init__(self, module: nn.Module, *, clip: float) -> None:
        self._clip = clip
        self._examples = 0
        self._rules: dict[nn.Module, Rule] = {}
        self._memories: list[nn.LSTM] = []
        self._seen: list[tuple[nn.Module, Tensor, GradientEdge]] = []
        self._gates: list[tuple[nn.LSTM, int, Tensor, Tensor]] = []
        self._versions: list[tuple[Tensor, int]] = []
        unknown = [name for name, layer in module.named_modules() if not self._take(layer)]
        if unknown:
            raise TestamurError(
                f"a rule for the gradient of every layer is required, however: {', '.join(unknown[:5])} "
                f"of {type(module).__name__} has none",
                remedy="build the network of linear layers, TabM's layers and plain LSTMs",
            )
        refuse_shared(module)

    def _take(self, layer: nn.Module) -> bool:
        """Note the layer's rule; False where it has parameters and no rule, or mixes examples."""
        if isinstance(layer, nn.modules.batchnorm._NormBase):
            return False  # also without parameters of its own: a unit moves the gradients of others
        if not any(p.requires_grad for p in layer.parameters(recurse=False)):
            return True
        if isinstance(layer, nn.LSTM):
            self._memories.append(layer)
            return (
                layer.batch_first
                and layer.bias
                and not layer.bidirectional
                and layer.proj_size == 0
                and layer.dropout == 0
            )
        rule = rule_for(layer)
        if rule is not None:
            self._rules[layer] = rule
        return rule is not None

    @contextmanager
    def watching(self, examples: int) -> Iterator[None]:
        """While it lasts, a forward pass is remembered layer by layer; one that failed is forgotten.

        Args:
            examples: How many pass; they lie along the first axis of what every layer sees.
        """
        self._forget()
        self._examples = examples
        for layer in self._rules:
            layer.forward = self._remembered(layer)  # type: ignore[method-assign]  # dearer as a hook
        for memory in self._memories:
            memory.forward = self._unrolled(memory)  # type: ignore[method-assign]
        try:
            yield
        finally:
            for layer in (*self._rules, *self._memories):
                del layer.forward

    def _remembered(self, layer: nn.Module) -> Any:
        def forward(inner: Tensor) -> Tensor:
            if any(layer is known for known, _, _ in self._seen):
                raise passed_twice(layer)
            refuse_regrouped(layer, inner, self._examples)
            output: Tensor = own(inner)
            if output._is_view():  # what is done in place to a view takes another way through the graph
                output = output.clone(memory_format=torch.contiguous_format)
            self._seen.append((layer, inner.detach(), get_gradient_edge(output)))  # the output may go
            self._versions.append((inner, inner._version))
            return output

        own = layer.forward
        return forward

    def _unrolled(self, memory: nn.LSTM) -> Any:
        def forward(window: Tensor) -> tuple[Tensor, None]:
            if any(memory is known for known, *_ in self._gates):
                raise passed_twice(memory)
            refuse_regrouped(memory, window, self._examples)
            states, seen = unroll(memory, window)
            self._gates += [(memory, layer, *pair) for layer, pair in enumerate(seen)]
            return states, None  # last states and cells are not had: a network that asks for them fails

        return forward

    def add(self, loss: Tensor, *, rows: int = 1, over: float = 1.0) -> Tensor:
        """Add the clipped gradients of one batch to ``grad``, and return the units' norms (u,).

        Args:
            loss: Sum over the units of the batch that was watched; those of a unit lie side by side.
            rows: Examples of each unit.
            over: What the clipped gradients are divided by.

        Raises:
            TestamurError: The network changed in place what a layer saw, or left aside what one gave.
        """
        self._refuse_changed()
        deltas = self._deltas(loss)
        with torch.no_grad():
            of_layers = list(zip(self._seen, deltas, strict=False))
            of_gates = list(zip(self._gates, deltas[len(self._seen) :], strict=True))
            squares = [self._rules[layer].norms(layer, a, d, rows) for (layer, a, _), d in of_layers]
            if of_gates and makes_gradients(of_gates[-1][0][2], of_gates[-1][1], rows):
                last, ours = of_gates.pop()
                squares += [gate_norms(a, d, rows) for (_, _, a, _), d in of_gates]
                squares.append(self._add_last(last, ours, squares, rows, over))
            else:
                squares += [gate_norms(a, d, rows) for (_, _, a, _), d in of_gates]
            norms = torch.stack(squares).sum(dim=0).clamp_min_(0).sqrt_()  # (u,)
            scale = self._scale(norms, over)
            scale = scale if rows == 1 else scale.repeat_interleave(rows)
            for (layer, a, _), d in of_layers:
                self._rules[layer].add(layer, a, d, scale)
            for (memory, number, a, _), d in of_gates:
                add_gates(memory, number, a, d, scale)
        self._forget()
        return norms

    def _deltas(self, loss: Tensor) -> tuple[Tensor, ...]:
        """Gradients of what came out of each layer, then of each LSTM layer's gates."""
        outputs = [*(out for *_, out in self._seen), *(probe for *_, probe in self._gates)]
        try:
            deltas = torch.autograd.grad(loss, outputs, allow_unused=True)
        except RuntimeError as error:
            self._forget()
            if "modified by an inplace operation" in str(error):
                raise changed_in_place() from error
            raise
        layers = [*(layer for layer, *_ in self._seen), *(memory for memory, *_ in self._gates)]
        unused = [type(layer).__name__ for layer, d in zip(layers, deltas, strict=True) if d is None]
        if unused:
            self._forget()
            raise left_aside(unused)
        return deltas

    def _scale(self, norms: Tensor, over: float) -> Tensor:
        """(u,) what gradients of these norms are multiplied by: min(1, clip / norm) / over."""
        return (norms + _TINY).clamp_min_(self._clip).reciprocal_().mul_(self._clip / over)

    def _add_last(
        self,
        gates: tuple[nn.LSTM, int, Tensor, Tensor],
        delta: Tensor,
        others: list[Tensor],
        rows: int,
        over: float,
    ) -> Tensor:
        """The last LSTM's norms; its gradients are added as they are made, all other norms being known."""
        memory, number, seen, _ = gates
        known = torch.stack(others).sum(dim=0) if others else delta.new_zeros(delta.shape[1] // rows)

        def scaled(few: slice, own: Tensor) -> Tensor:
            return self._scale((own + known[few]).clamp_min_(0).sqrt_(), over)

        return add_made_gates(memory, number, seen, delta, rows, scaled)

    def _refuse_changed(self) -> None:
        """What a layer saw or gave must still be as it was: a gradient of something else is no gradient."""
        if any(tensor._version != version for tensor, version in self._versions):
            self._forget()
            raise changed_in_place()

    def _forget(self) -> None:
        self._seen, self._gates, self._versions = [], [], []
