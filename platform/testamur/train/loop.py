"""The training loop. Batches are slices of a permuted, resident copy of the rows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from testamur.contracts.errors import TrainingDiverged
from testamur.contracts.event import EventKind
from testamur.contracts.model import EpochMetrics, Precision, TrainingOptions
from testamur.contracts.protocols import Observer
from testamur.train.checkpoint import save_checkpoint
from testamur.train.flat_adamw import FlatAdamW
from testamur.train.form import Batch, Examples, Form, MemberwiseForm
from testamur.train.freed_memory import keep_freed_memory
from testamur.train.kept_state import kept_state
from testamur.train.mixed import MixedPrecision
from testamur.train.progress import Progress
from testamur.train.schedule import epoch_seeds, learning_rate
from testamur.train.team import Alone, Team

LISTEN_EVERY_S = 0.1  # how often the observer may end the attempt, and the loss is looked at
EVALUATION_ROWS = 2048  # on a CPU, TabM takes three times as long a row with 16,384
_BEST = "best."


@dataclass(slots=True, eq=False)
class Loop:
    """One training under way. See `fit.fit_model` for what the fields mean."""

    module: nn.Module
    train: Examples
    validation: Examples
    form: Form
    training: TrainingOptions
    batch_size: int
    precision: Precision
    seed: int
    device: str
    folder: Path
    observer: Observer
    bound_to: str
    team: Team = field(default_factory=Alone)
    micro_batches: int = 1  # parts in which a batch passes the device; their gradients add up to the batch's
    progress: Progress = field(default_factory=Progress)
    optimiser: FlatAdamW = field(init=False)
    mixed: MixedPrecision = field(init=False)
    loss_sum: Tensor = field(init=False)
    _network: nn.Module = field(init=False)
    _best: dict[str, Tensor] = field(init=False)
    _listened_at: float = field(default=0.0, init=False)
    _saved_at: float = field(default=0.0, init=False)
    _clock: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        keep_freed_memory()
        self.optimiser = FlatAdamW(self.module, weight_decay=self.training.weight_decay)
        self.mixed = MixedPrecision(self.precision, self.device)
        self.loss_sum = torch.zeros((), dtype=torch.float64, device=self.device)
        self._network = self.team.network(self.module)
        self._best = self._snapshot()
        self._saved_at = self._clock = time.perf_counter()

    def run(self) -> None:
        """Do the epochs that are left."""
        while not self.progress.finished:
            self.run_epoch()
            self._save_if_due()

    def best_module(self) -> nn.Module:
        """The module with the weights of the best epoch."""
        self.optimiser.release()
        self._write_back(self._best)
        return self.module.eval()

    def save(self) -> None:
        """Write a checkpoint of this moment; of a team its leader does."""
        if not self.team.leads:
            return
        self._count_seconds()
        self.progress.scale, self.progress.n_good_steps = self.mixed.scale, self.mixed.n_good_steps
        save_checkpoint(self.folder, self._state(), self.progress, self.bound_to)
        self._saved_at = time.perf_counter()

    def _state(self) -> dict[str, Tensor]:
        """All tensors of a checkpoint, by name."""
        tensors = {
            **self.optimiser.state(),
            **{f"buffer.{name}": buffer for name, buffer in self.module.named_buffers()},
            **{f"{_BEST}{name}": tensor for name, tensor in self._best.items()},
            "loss_sum": self.loss_sum,
            "random_state": torch.get_rng_state(),
        }
        if self.device.startswith("cuda"):
            tensors["random_state_cuda"] = torch.cuda.get_rng_state(self.device)
        return tensors

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Go on from a checkpoint."""
        self.progress, self.mixed.scale = progress, progress.scale
        self.mixed.n_good_steps = progress.n_good_steps
        self.optimiser.load({name: tensors[name].to(self.device) for name in self.optimiser.state()})
        for name, buffer in self.module.named_buffers():
            buffer.copy_(tensors[f"buffer.{name}"])
        found = {name: tensor for name, tensor in tensors.items() if name.startswith(_BEST)}
        self._best = {name.removeprefix(_BEST): tensor.to(self.device) for name, tensor in found.items()}
        self.loss_sum = tensors["loss_sum"].to(self.device)
        torch.set_rng_state(tensors["random_state"])
        if "random_state_cuda" in tensors and self.device.startswith("cuda"):
            torch.cuda.set_rng_state(tensors["random_state_cuda"], self.device)

    def run_epoch(self) -> None:
        """One epoch, or what is left of one, and its figures."""
        begin = time.perf_counter()
        epoch = self.progress.epoch
        order = self._begin_epoch(epoch)
        self._run_batches(epoch, order)
        train_loss = self._mean_loss()
        validation_loss, *by_member = self.team.agree(self._evaluate())
        self._refuse_divergence(validation_loss)
        metrics = EpochMetrics(
            epoch=epoch,
            train_loss=train_loss,
            validation_loss=validation_loss,
            learning_rate=self._rate(epoch, self.n_batches - 1),
            seconds=time.perf_counter() - begin,
            best=self._is_best(validation_loss),
        )
        improved = self.progress.improve_members(by_member, epoch=epoch)
        if by_member:
            self._keep_members(improved)
        elif metrics.best:
            self._best = self._snapshot()
        self._count_seconds()
        self.progress.close_epoch(metrics, patience=self._patience(), epochs=self.training.epochs)
        self.observer.emit(
            EventKind.EPOCH, {**metrics.model_dump(mode="json"), "epochs": self.training.epochs}
        )
        self.observer.check_stop()

    def _mean_loss(self) -> float | None:
        """Training loss of the epoch, where it may be told."""
        loss = float(self.loss_sum) / self.n_rows
        self._refuse_divergence(loss)
        return loss

    def _is_best(self, validation_loss: float) -> bool:
        """Whether the weights of this epoch are the ones to keep so far."""
        return validation_loss < self.progress.best_loss

    def _patience(self) -> int:
        """Epochs without a better one after which training ends."""
        return self.training.patience

    def _begin_epoch(self, epoch: int) -> Tensor:
        """Order of the rows, (n,). Seed and epoch alone decide it, and the dropout of the epoch."""
        of_dropout, of_order = epoch_seeds(self.seed, epoch)
        if self.progress.batch == 0:
            torch.manual_seed(of_dropout)
            self.loss_sum.zero_()
        generator = torch.Generator().manual_seed(of_order)
        return torch.randperm(self.n_rows, generator=generator).to(self.device)

    def _run_batches(self, epoch: int, order: Tensor) -> None:
        # All rows, also where the epoch is half done: a batch lies at the same place in memory in every
        # attempt, and where a matrix begins can change the last bit of a product.
        rows = self.train.taken(order)
        self.module.train()
        size = self.batch_size
        for number in range(self.progress.batch, self.n_batches):
            places = slice(number * size, min((number + 1) * size, self.n_rows))
            self.team.reseed(self.seed, epoch, number)
            loss = self._step(rows, places, self._rate(epoch, number))
            self.loss_sum.add_(loss, alpha=places.stop - places.start)
            self.progress.batch = number + 1
            self._listen()

    def _step(self, rows: Examples, places: slice, rate: float) -> Tensor:
        """One step on the rows at these places; the mean loss of all of them, ()."""
        self.optimiser.clear()
        total = torch.zeros((), device=self.device)
        for part, share in self._parts(places):
            batch = rows.batch(part)
            with self.mixed.forward():
                loss = self.team.weigh(self._loss(batch, part), places)
            if share != 1.0:
                loss = loss * share
            self.mixed.backward(loss)
            total += loss.detach()
        if self.mixed.ready(self.optimiser):
            self.optimiser.clip(self.training.gradient_clip)
            self.optimiser.step(rate)
        return self.team.mean(total)

    def _loss(self, batch: Batch, part: slice) -> Tensor:
        """Mean loss of the rows at these places of the order."""
        return self.form.loss(self._network(*batch.inputs), batch)

    def _parts(self, places: slice) -> list[tuple[slice, float]]:
        """Stretches of this process's share of a batch, each with its part of the share's rows.

        Every form's loss is a sum over rows divided by their number, so that losses weighted by these
        parts add up to the loss of the whole, and their gradients to its gradient.
        """
        own = self.team.share(places)
        n, parts = own.stop - own.start, self.micro_batches
        if (places.stop - places.start) // self.team.size < parts:
            parts = 1  # the same number in every process of the team
        edges = [own.start + n * i // parts for i in range(parts + 1)]
        return [(slice(low, high), (high - low) / n) for low, high in pairwise(edges)]

    def _listen(self) -> None:
        now = time.perf_counter()
        if now - self._listened_at < LISTEN_EVERY_S:
            return
        self._listened_at = now
        self._refuse_divergence(float(self.loss_sum))
        self.observer.check_stop()
        if self.training.checkpoint_every_s and now - self._saved_at > self.training.checkpoint_every_s:
            self.save()

    @torch.no_grad()
    def _evaluate(self) -> list[float]:
        """Held-out loss; then that of each member where members are held from rows of their own."""
        self.module.eval()
        n, form = self.validation.n, self.form
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        members = torch.zeros((), dtype=torch.float64, device=self.device)
        size = max(EVALUATION_ROWS // self.micro_batches, 1)
        for begin in range(0, n, size):
            batch = self.validation.batch(slice(begin, begin + size))
            with self.mixed.forward():
                output = self.module(*batch.inputs)
            if isinstance(form, MemberwiseForm):
                loss, by_member = form.judge(output, batch)
                members = members + by_member  # (k,)
            else:
                loss = form.held_out(form.settle(output), batch)
            total += loss
            self._listen()
        return [float(loss) / n for loss in (total, *(members if members.dim() else ()))]

    def _rate(self, epoch: int, batch: int) -> float:
        return learning_rate(self.training, epoch, batch, self.n_batches)

    def _refuse_divergence(self, loss: float) -> None:
        if math.isfinite(loss):
            return
        raise TrainingDiverged(
            f"the loss must stay finite, however: it is not any more in epoch {self.progress.epoch} "
            f"at a learning rate of {self.training.learning_rate:g}",
            remedy="lower training.learning_rate or lengthen training.warmup_epochs; look for extreme values",
        )

    def _save_if_due(self) -> None:
        """After an epoch: at the agreed rhythm, but not more than twice a second."""
        every = self.training.checkpoint_every_epochs
        due = len(self.progress.history) % every == 0 or self.progress.finished
        if due and (self.progress.finished or time.perf_counter() - self._saved_at > 0.5):
            self.save()

    def _snapshot(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in kept_state(self.module).items()}

    @torch.no_grad()
    def _keep_members(self, improved: list[bool]) -> None:
        """Keep the weights of the members that are better than ever; buffers are shared by all."""
        chosen = torch.tensor(improved, device=self.device)
        for name, parameter in self.module.named_parameters():
            self._best[name][chosen] = parameter.detach()[chosen]

    @torch.no_grad()
    def _write_back(self, state: dict[str, Tensor]) -> None:
        for name, tensor in kept_state(self.module).items():
            tensor.copy_(state[name])

    def _count_seconds(self) -> None:
        now = time.perf_counter()
        self.progress.seconds += now - self._clock
        self._clock = now

    @property
    def n_rows(self) -> int:
        """Training examples."""
        return self.train.n

    @property
    def n_batches(self) -> int:
        """Batches of an epoch; the last one may be smaller."""
        return -(-self.n_rows // self.batch_size)
