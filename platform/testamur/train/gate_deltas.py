"""An LSTM written out step by step, so that the gradients of its gates can be had.

``i, f, g, o = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh`` (Hochreiter and Schmidhuber, 1997; the order of
torch). All four weights act on the gates: their gradients are sums over time of the gates'
gradients times what went in, so that the rules of linear maps hold for them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from testamur.train.outer import squared_norms


class Unrolled(torch.autograd.Function):
    """One layer over time; `probe` stands for the gates before their non-linearity.

    The gradient of `probe` is that of the gates. Weights get no gradient here.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w_ih: Tensor, w_hh: Tensor, bias: Tensor, probe: Tensor
    ) -> tuple[Tensor, Tensor]:
        """From x (t, b, n) to the states h_1 ... h_t (t, b, h), and h_0 ... h_t for the rule."""
        n_steps, b = x.shape[:2]
        h = w_hh.shape[1]
        gates = torch.addmm(bias, x.flatten(0, 1), w_ih.t()).view(n_steps, b, 4 * h)
        states, cells = x.new_zeros(n_steps + 1, b, h), x.new_zeros(n_steps + 1, b, h)
        squashed = x.new_empty(n_steps, b, h)  # tanh of the cells
        recurrent = w_hh.t().contiguous()
        for step in range(n_steps):
            gate = gates[step].addmm_(states[step], recurrent)
            gate[:, : 2 * h].sigmoid_()
            gate[:, 2 * h : 3 * h].tanh_()
            gate[:, 3 * h :].sigmoid_()
            i, f, g, o = gate.chunk(4, dim=1)
            torch.mul(f, cells[step], out=cells[step + 1]).addcmul_(i, g)
            torch.tanh(cells[step + 1], out=squashed[step])
            torch.mul(o, squashed[step], out=states[step + 1])
        ctx.save_for_backward(gates, cells, squashed, w_ih, w_hh)
        before = states[:-1]
        ctx.mark_non_differentiable(before)
        return states[1:].clone(), before

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, None, None, None, Tensor]:
        """From the gradient of h_1 ... h_t to those of x and of the gates."""
        gates, cells, squashed, w_ih, w_hh = ctx.saved_tensors
        n_steps, b, h = squashed.shape
        i, f, g, o = gates.chunk(4, dim=2)
        of_cell = torch.stack([i * (1 - i) * g, f * (1 - f) * cells[:-1], (1 - g * g) * i], dim=2)
        of_state = o * (1 - o) * squashed
        to_cell = o * (1 - squashed * squashed)
        deltas = torch.empty_like(gates)
        d_cell, carried = gates.new_zeros(b, h), gates.new_zeros(b, h)
        for step in range(n_steps - 1, -1, -1):
            d_state = carried.add_(grad[step])
            d_cell.addcmul_(d_state, to_cell[step])
            delta = deltas[step].view(b, 4, h)
            torch.mul(of_cell[step], d_cell.unsqueeze(1), out=delta[:, :3])
            torch.mul(d_state, of_state[step], out=delta[:, 3])
            d_cell.mul_(f[step])
            carried = torch.mm(deltas[step], w_hh)
        d_x = (deltas.flatten(0, 1) @ w_ih).view(n_steps, b, -1) if ctx.needs_input_grad[0] else None
        return d_x, None, None, None, deltas


def unroll(memory: nn.LSTM, window: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """States (b, t, h) of the last layer for (b, t, n), and per layer what its gates saw and a probe of them.

    What they saw is (t, b, n + h): the layer's input beside the state before.
    """
    x = window.transpose(0, 1).contiguous()  # (t, b, n)
    seen = []
    for layer in range(memory.num_layers):
        w_ih, w_hh, b_ih, b_hh = (weight.detach() for weight in layer_weights(memory, layer))
        probe = x.new_zeros(()).expand(*x.shape[:2], 4 * memory.hidden_size).detach().requires_grad_()
        out, before = Unrolled.apply(x, w_ih, w_hh, b_ih + b_hh, probe)
        seen.append((torch.cat([x.detach(), before], dim=2), probe))
        x = out
    return x.transpose(0, 1), seen


def layer_weights(memory: nn.LSTM, layer: int) -> tuple[nn.Parameter, ...]:
    """W_ih (4 h, n), W_hh (4 h, h), b_ih (4 h,), b_hh (4 h,)."""
    names = (f"{kind}_l{layer}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    return tuple(getattr(memory, name) for name in names)


def gate_norms(seen: Tensor, delta: Tensor, rows: int) -> Tensor:
    """(u,) squared norms over the four weights; seen (t, b, n + h), delta (t, b, 4 h)."""
    seen, delta = (_by_unit(x, rows) for x in (seen, delta))  # (u, rows * t, ...)
    return squared_norms(seen, delta, n_biases=2)


def add_gates(memory: nn.LSTM, layer: int, seen: Tensor, delta: Tensor, scale: Tensor) -> None:
    """Add the scaled gradients of a layer's four weights to their ``grad``."""
    w_ih, w_hh, b_ih, b_hh = layer_weights(memory, layer)
    delta = (delta * scale[None, :, None]).flatten(0, 1)  # (t * b, 4 h)
    made = delta.t() @ seen.flatten(0, 1)  # (4 h, n + h)
    n = w_ih.shape[1]
    summed = delta.sum(dim=0)
    for parameter, gradient in ((w_ih, made[:, :n]), (w_hh, made[:, n:]), (b_ih, summed), (b_hh, summed)):
        assert parameter.grad is not None  # a view of the optimiser's buffer
        parameter.grad.add_(gradient)


def _by_unit(x: Tensor, rows: int) -> Tensor:
    """(t, u * rows, p) as (u, rows * t, p); a view where a unit has one row."""
    batched = x.transpose(0, 1)  # (u * rows, t, p)
    return batched if rows == 1 else batched.reshape(-1, rows * x.shape[0], x.shape[2])
