"""A step of private training against Opacus (hooks, ghost clipping, DPLSTM) and against a plain step.

python benchmarks/audit_private_training.py [--write]
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import harness  # before the others: it sets one thread
import numpy as np
import torch
from opacus import PrivacyEngine
from opacus.layers import DPLSTM
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext, Precision, TrainingOptions
from testamur.contracts.privacy import PrivacyOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train.inputs import Layout, Tensors
from testamur.train.layers import build_tabular
from testamur.train.loop import Loop
from testamur.train.options import TabularOptions
from testamur.train.private_loop import PrivateLoop
from testamur.train.rows_form import RowsForm
from testamur.train.units import Drawn
from testamur.train.window_layers import RecurrentNet

WIDTH, INPUTS, STEPS, UNITS = (
    256,
    20,
    60,
    64,
)  # perceptron 20-256-256-2; LSTM of 64 over 60 steps of 1 channel
RATE, CLIP, NOISE = 1e-3, 1.0, 1.0
STEPS_A_RUN = {256: 12, 1024: 4, 4096: 1}
HOOKS, GHOST, PLAIN, OURS = "Opacus, hooks", "Opacus, ghost clipping", "plain step", "testamur, private"
OWN_PLAIN = "testamur, plain"
LAYOUT = RowsForm(Layout((), ProblemKind.MULTICLASS, 2))

EXPLANATION = f"""\
One step is: forward, gradients clipped to {CLIP:g} per example, noise of the same standard deviation, AdamW
(fused). The perceptron is {INPUTS}-{WIDTH}-{WIDTH}-2; the LSTM has {UNITS} units over {STEPS} steps of one
channel. Ours is `PrivateLoop.fill_gradient` as a job runs it, which also gathers the batch by its drawn
places; Opacus gets its batches ready. The plain step clips nothing and draws no noise; it gathers its batch,
too, as every loop must. Beside it stands the plain step of Testamur's own loop, whose rows are gathered once
an epoch and whose AdamW walks over one buffer. All run in one process, in which Testamur's loop has told the
C library to keep freed memory. Before anything is timed, gradients of all three are held against each other
without noise. All in float32, one thread, in turn, every second round backwards."""


class Window(nn.Module):
    """The LSTM as Opacus wants it."""

    def __init__(self, layer: type[nn.Module]) -> None:
        super().__init__()
        self.memory = layer(1, UNITS, batch_first=True)
        self.head = nn.Linear(UNITS, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(b, t, 1) to (b, 2)."""
        out: Tensor = self.head(self.memory(x)[0][:, -1])
        return out


class WindowExamples:
    """Windows of one channel; implements `form.Examples` by way of `Tensors`."""

    def __init__(self, window: Tensor, target: Tensor) -> None:
        self.window, self.target = window, target
        self.n = len(target)

    def taken(self, order: Tensor) -> WindowExamples:
        """The windows in another order."""
        return WindowExamples(self.window.index_select(0, order), self.target.index_select(0, order))

    def batch(self, part: slice):
        """The windows at these places."""
        from testamur.train.form import Batch

        n = len(self.target[part])
        return Batch(
            (self.window[part], torch.zeros(n, 0), torch.zeros(n, 0).long()), self.target[part], None
        )


def private_loop(module: nn.Module, examples, batch_size: int, noise: float) -> PrivateLoop:
    """Ours, as `fit_model` makes it."""
    privacy = PrivacyOptions(epsilon=1.0, clip=CLIP)
    training = TrainingOptions(privacy=privacy, learning_rate=RATE)

    class Everyone:
        n, most_rows = examples.n, 1

    return PrivateLoop(
        module=module, train=examples, validation=examples, form=LAYOUT, training=training,
        batch_size=batch_size, precision=Precision.FP32, seed=0, device="cpu", folder=Path(),
        observer=RecordingObserver(), bound_to="", units=Everyone(), privacy=privacy, noise_multiplier=noise,
    )  # fmt: skip


def ours(module: nn.Module, examples, batch_size: int, noise: float = NOISE) -> Callable[[int], None]:
    """A step on the batch that begins at a place."""
    loop = private_loop(module.train(), examples, batch_size, noise)

    def step(begin: int) -> None:
        loop.fill_gradient(Drawn(np.arange(begin, begin + batch_size), None, 1))
        loop.optimiser.step(RATE)

    step.gradient = loop.optimiser.gradient
    return step


def by_opacus(
    module: nn.Module, x: Tensor, y: Tensor, batch_size: int, mode: str, noise: float = NOISE
) -> Callable[[int], None]:
    """Opacus' step, by hooks or by ghost clipping."""
    optimiser, criterion = torch.optim.AdamW(module.parameters(), lr=RATE, fused=True), nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(x[: 2 * batch_size], y[: 2 * batch_size]), batch_size=batch_size)
    more = {"grad_sample_mode": "ghost", "criterion": criterion} if mode == "ghost" else {}
    made = PrivacyEngine(accountant="rdp").make_private(
        module=module, optimizer=optimiser, data_loader=loader, noise_multiplier=noise, max_grad_norm=CLIP,
        poisson_sampling=False, **more,
    )  # fmt: skip
    net, optimiser = made[0], made[1]
    criterion = made[2] if mode == "ghost" else criterion

    def step(begin: int) -> None:
        optimiser.zero_grad()
        criterion(net(x[begin : begin + batch_size]), y[begin : begin + batch_size]).backward()
        optimiser.step()

    step.module = module
    return step


def plain(module: nn.Module, x: Tensor, y: Tensor, batch_size: int) -> Callable[[int], None]:
    """No privacy; the batch is gathered by its places."""
    optimiser = torch.optim.AdamW(module.parameters(), lr=RATE, fused=True)

    def step(begin: int) -> None:
        places = torch.arange(begin, begin + batch_size)
        optimiser.zero_grad()
        F.cross_entropy(module(x.index_select(0, places)), y.index_select(0, places)).backward()
        optimiser.step()

    return step


def own_plain(module: nn.Module, examples, batch_size: int) -> Callable[[int], None]:
    """Testamur's own loop without privacy, on rows that were gathered before the epoch."""
    loop = Loop(
        module=module.train(), train=examples, validation=examples, form=LAYOUT,
        training=TrainingOptions(learning_rate=RATE), batch_size=batch_size, precision=Precision.FP32, seed=0,
        device="cpu", folder=Path(), observer=RecordingObserver(), bound_to="",
    )  # fmt: skip
    return lambda begin: loop._step(examples, slice(begin, begin + batch_size), RATE)


def perceptron() -> nn.Module:
    """The same first weights each time."""
    context = BuildContext(INPUTS, (), 2, ProblemKind.MULTICLASS, (), 1)
    options = TabularOptions(architecture="mlp", hidden=WIDTH, depth=2, dropout=0.0, bins=0)
    return build_tabular(context, options)


def lstms() -> tuple[nn.Module, nn.Module]:
    """Ours and Opacus' LSTM with the same first weights."""
    torch.manual_seed(3)
    context = BuildContext(0, (), 2, ProblemKind.MULTICLASS, (), 1, length=STEPS, n_channels=1)
    own, other = RecurrentNet(context, hidden=UNITS), Window(DPLSTM)
    pairs = [(other.head.weight, own.head.weight), (other.head.bias, own.head.bias)]
    for cell, name in ((other.memory.l0.ih, "ih"), (other.memory.l0.hh, "hh")):
        pairs += [(getattr(cell, k), getattr(own.memory, f"{k}_{name}_l0")) for k in ("weight", "bias")]
    with torch.no_grad():
        for theirs, ours_ in pairs:
            theirs.copy_(ours_)
    return own, other


def flat(module: nn.Module) -> Tensor:
    """All gradients of a module of Opacus after a step, in our order."""
    named = list(module.named_parameters())
    if any("_l0" in name for name, _ in named):
        order = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "head.weight", "head.bias")
        named.sort(key=lambda pair: next(i for i, end in enumerate(order) if pair[0].endswith(end)))
    return torch.cat([p.grad.reshape(-1) for _, p in named])


def largest_difference(own: Callable[[int], None], others: list[Callable[[int], None]]) -> float:
    """Over the gradients of one step without noise, as the optimiser got them."""
    own(0)
    worst = 0.0
    for other in others:
        other(0)
        worst = max(worst, float((flat(other.module) - own.gradient).abs().max()))
    return worst


def many(step: Callable[[int], None], batch_size: int, times: int, n: int) -> Callable[[], None]:
    """Several steps on one batch after the other."""
    begins = [(i * batch_size) % (n - batch_size + 1) for i in range(times)]
    return lambda: [step(begin) for begin in begins]


def main() -> int:
    """Measure and tell."""
    warnings.filterwarnings("ignore")
    page = harness.Page(
        "audit_private_training", "Steps of private training", EXPLANATION, ("numpy", "torch", "opacus")
    )
    torch.manual_seed(0)
    x, n = torch.randn(12_000, INPUTS), 12_000
    y = (x[:, 0] + 0.5 * x[:, 1] * x[:, 2] > 0).long()
    rows = Tensors(x, torch.zeros(n, 0).long(), y, None)
    worst = largest_difference(
        ours(perceptron(), rows, 256, 0.0),
        [by_opacus(copy.deepcopy(perceptron().body), x, y, 256, mode, 0.0) for mode in ("hooks", "ghost")],
    )
    page.goal(harness.Goal("perceptron: largest difference of a gradient", worst, at_most=1e-6, unit=""))
    for size, times in STEPS_A_RUN.items():
        steps = {
            OURS: ours(perceptron(), rows, size),
            PLAIN: plain(perceptron().body, x, y, size),
            OWN_PLAIN: own_plain(perceptron(), rows, size),
            HOOKS: by_opacus(perceptron().body, x, y, size, "hooks"),
            GHOST: by_opacus(perceptron().body, x, y, size, "ghost"),
        }
        timed = harness.measure({k: many(s, size, times, n) for k, s in steps.items()}, repeats=5)
        page.compare(f"Perceptron, batch {size:,}", timed, base=OURS, n_items=size * times, item="row")
        page.goal(
            harness.Goal(f"batch {size:,} against {HOOKS}", timed[HOOKS].ratio_to(timed[OURS]), at_least=15)
        )
        page.goal(
            harness.Goal(f"batch {size:,} against {GHOST}", timed[GHOST].ratio_to(timed[OURS]), at_least=1.6)
        )
        if size == 1024:
            few = {k: many(steps[k], size, times, n) for k in (OURS, PLAIN, OWN_PLAIN)}
            timed = harness.measure(few, repeats=25)
            page.compare(f"Perceptron, batch {size:,}, beside plain steps, 25 rounds", timed, base=PLAIN)
            slower = timed[OURS].ratio_to(timed[PLAIN])
            page.goal(harness.Goal(f"batch {size:,} against the {PLAIN}: slower by", slower, at_most=1.25))
    windows = torch.randn(2048, STEPS, 1)
    label = (windows.mean(dim=(1, 2)) > 0).long()
    examples = WindowExamples(windows, label)
    own, other = lstms()
    worst = largest_difference(
        ours(own, examples, 256, 0.0), [by_opacus(other, windows, label, 256, "hooks", 0.0)]
    )
    page.goal(harness.Goal("LSTM: largest difference of a gradient", worst, at_most=1e-6, unit=""))
    for size in (64, 256):
        own, other = lstms()
        steps = {
            OURS: ours(own, examples, size),
            "plain step of torch's LSTM": plain(Window(nn.LSTM), windows, label, size),
            "Opacus, DPLSTM": by_opacus(other, windows, label, size, "hooks"),
        }
        timed = harness.measure({k: many(s, size, 3, 2048) for k, s in steps.items()}, repeats=5)
        page.compare(f"LSTM, batch {size}", timed, base=OURS, n_items=size * 3, item="window")
        ratio = timed["Opacus, DPLSTM"].ratio_to(timed[OURS])
        page.goal(harness.Goal(f"LSTM, batch {size}, against Opacus' DPLSTM", ratio, at_least=4))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
