"""Many perceptrons of one recipe, trained at once on different rows.

What a stack shares with training them one by one: the network, its first weights, the loss and its weights,
AdamW, the learning rate, gradient clipping of each network, the order in which each network sees its rows,
and early stopping of each network on the same validation rows. What it does not: see `DIFFERENCES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TrainingDiverged
from testamur.contracts.model import InputShape, ModelOptions, ModelSpec, Precision, TrainingOptions
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.flat_adamw import FlatAdamW
from testamur.train.inputs import class_weights, load_tensors, row_weights
from testamur.train.layers import TabularMLP
from testamur.train.loss import member_losses
from testamur.train.models import TABULAR
from testamur.train.network import NetworkPredictor
from testamur.train.options import TabularOptions
from testamur.train.rows_form import RowsForm
from testamur.train.schedule import epoch_seeds, learning_rate
from testamur.train.stack_layers import Stack, encode_cells
from testamur.train.trained import build_network

if TYPE_CHECKING:
    from testamur.contracts.table import Int64

DIFFERENCES = (
    "missing-value flags, bins of numbers and the scale of the target are those of all rows drawn for the "
    "shadow models together",
    "all networks take as many batches an epoch as the longest one; the others see some rows twice",
    "dropout is drawn for all networks together",
)
WIDEST = 2048  # encoded cells of a row; beyond it the design matrix costs more than it saves
MOST_AT_ONCE = 16
KNOWN_OPTIONS = frozenset(
    {
        "epochs", "batch_size", "learning_rate", "weight_decay", "warmup_epochs", "cosine_decay", "patience",
        "gradient_clip", "class_weights", "precision", "threads", "checkpoint_every_s",
        "checkpoint_every_epochs",
    }
)  # fmt: skip
_EVALUATION_ROWS = 2048


def can_stack(spec: ModelSpec, options: ModelOptions, training: TrainingOptions, table: RowsTable) -> bool:
    """Whether a stack trains this recipe: ``core.tabular``'s perceptron, and nothing asked that it cannot do.

    Private or fair training, or any option that came later, goes through `fit_model`.
    """
    if spec.build != TABULAR.build or spec.input_shape is not InputShape.ROWS or spec.before or spec.after:
        return False
    if not isinstance(options, TabularOptions) or options.architecture != "mlp":
        return False
    asked = {name for name in training.model_fields_set if name not in KNOWN_OPTIONS}
    if any(getattr(training, name) != type(training).model_fields[name].default for name in asked):
        return False
    n_flags = int(table.train.missing.any(axis=0).sum())
    width = (table.n_numeric + n_flags) * (1 + options.bins) + sum(table.cardinalities)
    return training.precision in (Precision.AUTO, Precision.FP32) and width <= WIDEST


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stack trains.

    Attributes:
        spec: The model.
        options: Of its perceptron.
        training: Its training options.
        table: The table; its training part holds all rows that the networks draw from.
        validation: Rows by which each network stops.
        device: "cpu" or "cuda".
        batch_size: Rows of each network in a batch.
        stop: Raises when the attempt must end.
    """

    spec: ModelSpec
    options: TabularOptions
    training: TrainingOptions
    table: RowsTable
    validation: RowsPart
    device: str
    batch_size: int
    stop: Callable[[], None]


def train_stack(plan: Plan, rows: Sequence[Int64], seeds: Sequence[int]) -> list[NetworkPredictor]:
    """Train a network per array of positions in the table's training part.

    Raises:
        DataError: There is nothing to learn from.
        TrainingDiverged: A loss is not finite any more.
    """
    drawn = replace(plan.table, validation=plan.validation)
    form = RowsForm.plan(drawn)
    contexts = [form.context(drawn, n_bins=plan.options.bins, seed=seed) for seed in seeds]
    found: list[NetworkPredictor] = []
    for begin in range(0, len(rows), MOST_AT_ONCE):
        chunk = slice(begin, begin + MOST_AT_ONCE)
        modules = [build_network(plan.spec, c, plan.options).to(plan.device) for c in contexts[chunk]]
        assert all(isinstance(m, TabularMLP) for m in modules)
        _Training(plan, form, modules, rows[chunk], list(seeds[chunk])).run()  # type: ignore[arg-type]
        found += [NetworkPredictor(module, form, plan.device) for module in modules]
    return found


class _Training:
    """One stack under way."""

    def __init__(
        self, plan: Plan, form: RowsForm, modules: list[TabularMLP], rows: Sequence[Int64], seeds: list[int]
    ) -> None:
        self.plan, self.form, self.modules, self.seeds = plan, form, modules, seeds
        self.rows = [torch.from_numpy(np.asarray(own, dtype=np.int64)) for own in rows]
        self.n = max(len(own) for own in rows)
        self.stack = Stack(modules)
        self.optimiser = FlatAdamW(self.stack, weight_decay=plan.training.weight_decay)
        self.train = load_tensors(plan.table.train, form.layout, plan.device, None)
        self.held = load_tensors(plan.validation, form.layout, plan.device, None)
        with torch.no_grad():
            self.cells, self.held_cells = (
                encode_cells(modules[0], t.numeric, t.categorical) for t in (self.train, self.held)
            )
        self.weight, self.held_weight = self._weights(rows)
        k = len(rows)
        self.best = [p.detach().clone() for p in self.stack.stacked]
        self.best_loss, self.waited = np.full(k, np.inf), np.zeros(k, dtype=np.int64)
        self.done = np.zeros(k, dtype=bool)

    def _weights(self, rows: Sequence[Int64]) -> tuple[Tensor | None, Tensor | None]:
        """(K, n) weights of training and validation rows; each network's class weights are its own."""
        plan = self.plan
        pairs = []
        for own in rows:
            part = plan.table.train
            seen = _taken_target(part, own)
            by_class = class_weights(replace(plan.table, train=seen), plan.training.class_weights)
            weight, held = row_weights(part, by_class), row_weights(plan.validation, by_class)
            if weight is None or held is None:
                return None, None
            pairs.append((weight / weight[own].mean(), held / held.mean()))
        one, two = (torch.from_numpy(np.stack(side).astype(np.float32)) for side in zip(*pairs, strict=True))
        return one.to(plan.device), two.to(plan.device)

    @torch.no_grad()
    def run(self) -> None:
        """All epochs; then each module gets the weights of its own best epoch."""
        with torch.random.fork_rng(devices=[]):
            for epoch in range(1, self.plan.training.epochs + 1):
                self._run_epoch(epoch)
                self._judge()
                if self.done.all():
                    break
        for k, module in enumerate(self.modules):
            self.stack.copy_to(module, k, self.best)

    def _run_epoch(self, epoch: int) -> None:
        torch.manual_seed(epoch_seeds(self.seeds[0], epoch)[0])
        order = torch.stack([self._order(k, epoch) for k in range(len(self.rows))]).to(self.plan.device)
        size, n_batches = self.plan.batch_size, -(-self.n // self.plan.batch_size)
        self.stack.train()
        for number in range(n_batches):
            self._step(
                order[:, number * size : (number + 1) * size],
                learning_rate(self.plan.training, epoch, number, n_batches),
            )
            self.plan.stop()

    def _order(self, k: int, epoch: int) -> Tensor:
        """(n,) positions of the k-th network's rows in this epoch, filled up from their beginning."""
        generator = torch.Generator().manual_seed(epoch_seeds(self.seeds[k], epoch)[1])
        own = self.rows[k]
        mixed = own[torch.randperm(len(own), generator=generator)]
        return mixed.repeat(-(-self.n // len(own)))[: self.n]

    def _step(self, places: Tensor, rate: float) -> None:
        k, b = places.shape
        flat = places.reshape(-1)
        out = self.stack(self.cells.index_select(0, flat).view(k, b, -1))  # (K, b, n_outputs)
        gradient = _output_gradient(out, self.train.target.index_select(0, flat), self.form.layout.problem)
        if self.weight is not None:
            gradient *= self.weight.gather(1, places).unsqueeze(-1)
        self.stack.backward(gradient.div_(b))
        self.stack.clip(self.plan.training.gradient_clip)
        self.optimiser.step(rate)

    def _judge(self) -> None:
        """Keep the weights of the networks that are better than ever and have not run out of patience."""
        self.stack.eval()
        loss = self._held_out().cpu().numpy()  # (K,)
        if not np.isfinite(loss).all():
            raise TrainingDiverged(
                "the loss of a shadow model must stay finite, however: it is not any more",
                remedy="lower training.learning_rate, or set audit.privacy_attacks = 'none'",
            )
        improved = (loss < self.best_loss) & ~self.done
        chosen = torch.from_numpy(improved)
        for kept, now in zip(self.best, self.stack.stacked, strict=True):
            kept[chosen] = now.detach()[chosen]
        self.best_loss = np.where(improved, loss, self.best_loss)
        self.waited = np.where(improved, 0, self.waited + 1)
        self.done |= self.waited >= self.plan.training.patience

    def _held_out(self) -> Tensor:
        """(K,) sums of the loss over validation rows, float64."""
        total = torch.zeros(len(self.rows), dtype=torch.float64, device=self.plan.device)
        for begin in range(0, self.held.n, _EVALUATION_ROWS):
            part = slice(begin, begin + _EVALUATION_ROWS)
            out = self.stack(self.held_cells[part]).transpose(0, 1)  # (b, K, n_outputs)
            rows = _clamped_losses(out, self.held.target[part], self.form.layout.problem)  # (b, K)
            if self.held_weight is not None:
                rows = rows * self.held_weight[:, part].T
            total += rows.double().sum(dim=0)
        return total


def _taken_target(part: RowsPart, own: Int64) -> RowsPart:
    return replace(part, row=part.row[own], target=part.target[own])


def _output_gradient(out: Tensor, target: Tensor, problem: ProblemKind) -> Tensor:
    """(K, b, n_outputs) gradient of each row's loss with respect to the outputs."""
    k, b, n_outputs = out.shape
    if problem is ProblemKind.MULTICLASS:
        return torch.softmax(out, dim=-1) - F.one_hot(target.view(k, b), n_outputs).to(out.dtype)
    wanted = target.view(k, b, 1)
    return torch.sigmoid(out) - wanted if problem is ProblemKind.BINARY else 2.0 * (out - wanted)


def _clamped_losses(out: Tensor, target: Tensor, problem: ProblemKind) -> Tensor:
    """(b, K) held-out loss of each network on each row, as `loss.held_out_loss` sums it."""
    if problem is not ProblemKind.BINARY:
        return member_losses(out, target, problem)
    low = -math.log(1e-7)
    return member_losses(out.clamp(-low, low), target, problem)
