"""An LSTM written out step by step, so that the gradients of its gates can be had.

``i, f, g, o = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh`` (Hochreiter and Schmidhuber, 1997; the order of
torch). All four weights act on the gates: their gradients are sums over time of the gates'
gradients times what went in, so that the rules of linear maps hold for them. What went in is kept as
``[x_t, h_(t-1), 1]``: one product makes the gates, one the gradients of all four weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from testamur.train.outer import row_squares, squared_norms

_MADE_AT_ONCE = 1 << 18  # numbers of gradients: 1 MB, which the cache holds


class Unrolled(torch.autograd.Function):
    """One layer over time; `probe` stands for the gates before their non-linearity.

    The gradient of `probe` is that of the gates. Weights get no gradient here.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, probe: Tensor) -> tuple[Tensor, Tensor]:
        """From x (t, b, n) and weight (4 h, n + h + 1) to h_1 ... h_t (t, b, h), and what the gates saw."""
        n_steps, b, n = x.shape
        h = weight.shape[0] // 4
        seen = x.new_zeros(n_steps + 1, b, n + h + 1)
        seen[:-1, :, :n], seen[:, :, -1] = x, 1.0
        states, cells = seen[:, :, n:-1], x.new_zeros(n_steps + 1, b, h)
        gates, squashed = x.new_empty(n_steps, b, 4 * h), x.new_empty(n_steps, b, h)  # tanh of the cells
        turned, minus_one = weight.t().contiguous(), x.new_tensor(-1.0)
        turned[:, 2 * h : 3 * h] *= 2.0  # tanh(x) = 2 sigmoid(2 x) - 1, which takes a third of the time
        each = (part.unbind(0) for part in (seen, gates, *gates.chunk(4, dim=2), squashed))
        for step, (saw, gate, i, f, g, o, tanh) in enumerate(zip(*each, strict=False)):
            torch.mm(saw, turned, out=gate).sigmoid_()
            torch.add(minus_one, g, alpha=2.0, out=g)
            cell = torch.mul(f, cells[step], out=cells[step + 1]).addcmul_(i, g)
            torch.mul(cell, 2.0, out=tanh).sigmoid_()
            torch.add(minus_one, tanh, alpha=2.0, out=tanh)
            torch.mul(o, tanh, out=states[step + 1])
        ctx.save_for_backward(gates, cells, squashed, seen, weight)
        before = seen[:-1]
        ctx.mark_non_differentiable(before)
        return states[1:].contiguous(), before

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, None, Tensor]:
        """From the gradient of h_1 ... h_t to those of x and of the gates, which take the gates' place."""
        gates, cells, squashed, seen, weight = ctx.saved_tensors
        n_steps, b, h = squashed.shape
        n = seen.shape[2] - h - 1
        i, f, g, o = gates.chunk(4, dim=2)
        states, taken = seen[1:, :, n:-1], i * g
        of_forget = torch.addcmul(cells[:-1], cells[:-1], f, value=-1)  # c (1 - f); f itself comes below
        torch.addcmul(i, taken, g, value=-1, out=g)  # i (1 - g^2)
        torch.addcmul(taken, taken, i, value=-1, out=i)  # i (1 - i) g
        to_cell = torch.addcmul(o, states, squashed, value=-1)  # o (1 - tanh^2 c)
        torch.addcmul(states, states, o, value=-1, out=o)  # o (1 - o) tanh c
        recurrent = weight[:, n:-1].contiguous()
        d_cell, carried = gates.new_zeros(b, h), gates.new_zeros(b, h)
        slots = gates.view(n_steps, b, 4, h)
        parts = (grad, gates, slots[:, :, ::2], f, o, of_forget, to_cell)
        steps = list(zip(*(part.unbind(0) for part in parts), strict=True))
        for of_output, delta, two, f_t, o_t, forget, onto in reversed(steps):
            d_state = carried.add_(of_output)
            d_cell.addcmul_(d_state, onto)
            kept = d_cell * f_t
            torch.mul(kept, forget, out=f_t)
            two.mul_(d_cell.unsqueeze(1))
            o_t.mul_(d_state)
            torch.mm(delta, recurrent, out=carried)
            d_cell = kept
        d_x = (gates.flatten(0, 1) @ weight[:, :n]).view(n_steps, b, n) if ctx.needs_input_grad[0] else None
        return d_x, None, gates


def unroll(memory: nn.LSTM, window: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """States (b, t, h) of the last layer for (b, t, n), and per layer what its gates saw and a probe of them.

    What they saw is (t, b, n + h + 1): the layer's input, the state before, and 1 for the biases.
    """
    x = window.transpose(0, 1)  # (t, b, n)
    seen = []
    for layer in range(memory.num_layers):
        w_ih, w_hh, b_ih, b_hh = (weight.detach() for weight in layer_weights(memory, layer))
        probe = x.new_zeros(()).expand(*x.shape[:2], 4 * memory.hidden_size).detach().requires_grad_()
        x, before = Unrolled.apply(x, torch.cat([w_ih, w_hh, (b_ih + b_hh).unsqueeze(1)], dim=1), probe)
        seen.append((before, probe))
    return x.transpose(0, 1), seen


def layer_weights(memory: nn.LSTM, layer: int) -> tuple[nn.Parameter, ...]:
    """W_ih (4 h, n), W_hh (4 h, h), b_ih (4 h,), b_hh (4 h,)."""
    names = (f"{kind}_l{layer}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    return tuple(getattr(memory, name) for name in names)


def gate_norms(seen: Tensor, delta: Tensor, rows: int) -> Tensor:
    """(u,) squared norms over the four weights; seen (t, b, n + h + 1), delta (t, b, 4 h)."""
    seen, delta = (_by_unit(x, rows) for x in (seen, delta))  # (u, rows * t, ...)
    return squared_norms(seen, delta, n_biases=1)  # the other one goes with the ones that were seen


def add_gates(memory: nn.LSTM, layer: int, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
    """Add the scaled gradients of a layer's four weights to their ``grad``."""
    delta = (delta * scale[None, :, None]).flatten(0, 1)  # (t * b, 4 h)
    _add_made(memory, layer, delta.t() @ seen.flatten(0, 1))


def makes_gradients(seen: Tensor, delta: Tensor, rows: int) -> bool:
    """Whether norms come from gradients that are made, a few units at a time, and not from pairs of steps."""
    n_steps, p, q = seen.shape[0] * rows, seen.shape[2], delta.shape[2]
    return n_steps * (p + q) > p * q


def add_made_gates(
    memory: nn.LSTM,
    layer: int,
    seen: Tensor,
    delta: Tensor,
    rows: int,
    scaled: Callable[[slice, Tensor], Tensor],
) -> Tensor:
    """Norms and sum at once: gradients of a few units are made, measured, and added up while at hand.

    Args:
        memory: The LSTM.
        layer: Number of its layer.
        seen: (t, b, n + h + 1) what the gates saw.
        delta: (t, b, 4 h) gradients of the gates.
        rows: Examples of each unit.
        scaled: From some units and their squared norms over this layer to what their gradients are scaled by.

    Returns:
        (u,) squared norms over the four weights.
    """
    seen, delta = (_by_unit(x, rows) for x in (seen, delta))
    (u, _, p), q = seen.shape, delta.shape[2]
    size = min(u, max(1, _MADE_AT_ONCE // (p * q)))
    held, total = delta.new_empty(size, q, p), delta.new_zeros(1, q * p)
    squares = delta.new_empty(u)
    for begin in range(0, u, size):
        few = slice(begin, min(begin + size, u))
        made = torch.bmm(delta[few].transpose(1, 2), seen[few], out=held[: few.stop - begin])
        of_weights, of_bias = row_squares(made.flatten(1)), row_squares(made[:, :, -1])
        squares[few] = of_weights.add_(of_bias)  # the second bias has the same gradient
        total.addmm_(scaled(few, squares[few]).unsqueeze(0), made.flatten(1))
    _add_made(memory, layer, total.view(q, p))
    return squares


def _add_made(memory: nn.LSTM, layer: int, made: Tensor) -> None:
    """Add gradients (4 h, n + h + 1) to those of a layer's four weights."""
    w_ih, w_hh, b_ih, b_hh = layer_weights(memory, layer)
    n, summed = w_ih.shape[1], made[:, -1]
    for parameter, gradient in ((w_ih, made[:, :n]), (w_hh, made[:, n:-1]), (b_ih, summed), (b_hh, summed)):
        assert parameter.grad is not None  # a view of the optimiser's buffer
        parameter.grad.add_(gradient)


def _by_unit(x: Tensor, rows: int) -> Tensor:
    """(t, u * rows, p) as (u, rows * t, p); a view where a unit has one row."""
    batched = x.transpose(0, 1)  # (u * rows, t, p)
    return batched if rows == 1 else batched.reshape(-1, rows * x.shape[0], x.shape[2])
