"""A forecast learnt once more, on everything before the test, when validation has said for how long.

What lies between training and test is the latest that is known, and the nearest to what is asked for. The
network is built anew with the same first weights and learns for as many epochs as were best on validation
windows; nothing is chosen in this second training. What it says of validation windows is no held-out
answer any more: whoever settles something on them asks the network of before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec
from testamur.contracts.protocols import Observer
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.checkpoint import fingerprint, load_checkpoint
from testamur.train.closed_form import call_step
from testamur.train.loop import Loop

FOLDER = "refit"  # of its checkpoints, beside those of the first training


@dataclass(slots=True, eq=False)
class RefitLoop(Loop):
    """The second training under way.

    Attributes:
        n_epochs: To be run; learning rates follow the schedule of the first training.
    """

    n_epochs: int = field(kw_only=True)

    def run(self) -> None:
        """Do the epochs that are left."""
        while len(self.progress.history) < self.n_epochs:
            self.run_epoch()
            self._save_if_due()

    def _is_best(self, validation_loss: float) -> bool:
        return True  # the latest weights are kept

    def _patience(self) -> int:
        return self.n_epochs + 1


@dataclass(frozen=True, slots=True)
class Aside:
    """Passes on what is told of the second training; its epochs are none of the learning curve.

    Attributes:
        observer: Of the attempt.
        n_epochs: To be run.
    """

    observer: Observer
    n_epochs: int

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Report it; an epoch as a line of the log."""
        if kind is not EventKind.EPOCH:
            self.observer.emit(kind, data)
            return
        message = f"learning from everything before the test: epoch {data['epoch']} of {self.n_epochs}"
        self.observer.emit(EventKind.LOG, {"level": "info", "message": message})

    def check_stop(self) -> None:
        """Return, or raise when the attempt must end."""
        self.observer.check_stop()


def plan_refit(
    first: Loop, made: nn.Module, spec: ModelSpec, options: ModelOptions, table: RowsTable, *, resume: bool
) -> RefitLoop:
    """The training of `made` on ``table.whole``, for as many epochs as were best in the first one.

    Args:
        first: The first training, done.
        made: The network with its first weights, on its device.
        spec: The model.
        options: Its options.
        table: The table, with its part `whole`.
        resume: Use a checkpoint of an earlier attempt, if one fits.

    Returns:
        The loop, at its beginning or where an earlier attempt left it.

    Raises:
        ConfigurationError: There is no such part, or what cannot be learnt again.
    """
    whole = _whole(spec, table, first)
    n_epochs = first.progress.best_epoch
    bound_to = fingerprint(first=first.bound_to, refit=n_epochs, n=whole.n_rows)
    folder = first.folder / FOLDER
    found = load_checkpoint(folder, bound_to) if resume else ""
    if isinstance(found, str):
        around = {"seed": first.seed, "stop": first.observer.check_stop}
        call_step(spec.before, made, replace(table, train=whole), options, **around)
    loop = RefitLoop(
        module=made,
        train=first.form.examples(whole, first.device, None),
        validation=first.validation,
        form=first.form,
        training=first.training,
        batch_size=first.batch_size,
        precision=first.precision,
        seed=first.seed,
        device=first.device,
        folder=folder,
        observer=Aside(first.observer, n_epochs),
        bound_to=bound_to,
        micro_batches=first.micro_batches,
        n_epochs=n_epochs,
    )
    if not isinstance(found, str):
        loop.restore(*found)
    return loop


def _whole(spec: ModelSpec, table: RowsTable, first: Loop) -> RowsPart:
    fault = ""
    if table.whole is None:
        fault = "windows of a forecast with the part before the test are required, however: there are none"
    elif spec.after is not None:
        fault = f"a model that settles nothing on validation rows is required, however: {spec.key} does"
    elif first.team.size > 1:
        fault = f"one process is required for it, however: {first.team.size}"
    if table.whole is None or fault:
        raise ConfigurationError("The model cannot be refitted", [Problem("training.refit", fault)])
    return table.whole
