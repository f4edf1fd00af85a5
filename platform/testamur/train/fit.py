"""Training: one loop for every model, over slices of resident tensors."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from testamur.contracts.errors import Interrupted, StoreError
from testamur.contracts.event import EventKind
from testamur.contracts.model import (
    BuildContext,
    ModelOptions,
    ModelSpec,
    TrainingOptions,
)
from testamur.contracts.protocols import Observer
from testamur.contracts.table import RowsTable
from testamur.train.binding import bind
from testamur.train.checkpoint import Checkpoint, load_checkpoint
from testamur.train.closed_form import call_step, is_trainable
from testamur.train.form import CompletedForm, Conclusion, Form, MemberwiseForm
from testamur.train.forms import plan_form
from testamur.train.gradients import find_gradients
from testamur.train.group_rates import Decide
from testamur.train.guard import memory_explained, on_threads
from testamur.train.inputs import class_weights
from testamur.train.kept_state import base_of
from testamur.train.loop import Loop
from testamur.train.make_loop import Setting, make_loop
from testamur.train.network import NetworkPredictor
from testamur.train.private_fit import plan_units, settled_bins
from testamur.train.refit import plan_refit
from testamur.train.rows_form import RowsForm
from testamur.train.summary import summarise
from testamur.train.team import Alone, Team
from testamur.train.trained import (
    TrainedModel,
    build_network,
    describe,
    dump_weights,
)  # fmt: skip


def fit_model(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    *,
    seed: int,
    device: str,
    folder: Path,
    observer: Observer,
    resume: bool = True,
    team: Team | None = None,
    micro_batches: int = 1,
    decide: Decide | None = None,
) -> TrainedModel:
    """Train a model on the training part, with early stopping on the validation part.

    A cross-fitted model (`forms.plan_form`) learns from both, each member from all folds but its own.

    The result depends on the arguments alone, not on interruptions: an attempt that resumes from
    the checkpoint in `folder` ends with the same weights, to the last bit, as one that was left alone
    (on the same kind of machine, with the same number of threads).

    Args:
        spec: The model; its ``build`` function makes the network.
        options: Its validated options.
        training: Epochs, batch size, learning rate and the like.
        table: Encoded rows.
        seed: Seed of initial weights, batches and dropout.
        device: "cpu" or "cuda".
        folder: Where checkpoints are kept.
        observer: Hears of each epoch and can end the attempt.
        resume: Use a checkpoint in `folder`, if one fits.
        team: The processes that train together; None: this one alone.
        micro_batches: Parts in which a batch passes the device; the batch stays what it is.
        decide: Fixes the decision threshold on validation rows; needed under a constraint on rates.

    Raises:
        DataError: There is nothing to learn from: no feature, no row.
        TrainingDiverged: The loss is not finite any more.
        OutOfMemory: Device or host have no memory left.
        StoreError: A checkpoint cannot be written; the one before is kept.
        Cancelled, Interrupted: The observer ended the attempt.
        Dismissed: The epochs are done, and this process does not lead its team.
    """
    team = team or Alone()
    begin = time.perf_counter()
    with on_threads(training.threads), memory_explained(device), own_randomness(device):
        begun = begin_training(
            spec, options, training, table,
            seed=seed, device=device, folder=folder, observer=observer, resume=resume, team=team,
            decide=decide,
        )  # fmt: skip
        if begun.loop is not None:
            begun.loop.micro_batches = micro_batches
            _run(begun.loop, begun.found, observer)
        team.leave()
        module = begun.module.eval()
        call_step(spec.after, module, table, options, seed=seed, stop=observer.check_stop)
        form = _completed(begun.form, module, table, device)
        concluded = _conclude(form, module, table, training, seed, device, observer)
        if training.refit and begun.loop is not None:
            said = NetworkPredictor(module, form, device).predict(table.validation)
            concluded, module = Conclusion({"validation": said}), _built(spec, begun.context, options, device)
            _run(plan_refit(begun.loop, module, spec, options, table, resume=resume), None, observer)
        weights = dump_weights(module)
        seconds = time.perf_counter() - begin + (begun.found[1].seconds if begun.found else 0.0)
        return TrainedModel(
            NetworkPredictor(module, form, device),
            summarise(
                spec, options, module, begun.loop, weights, device, seconds, concluded,
                table=table, refitted=training.refit,
            ),
            weights,
            describe(spec, options, table, begun.context, form, base_of(module)),
            held_out=concluded.held_out,
            beside=concluded.beside,
            gradients=find_gradients(module, form, device, table),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A training before its first epoch.

    Attributes:
        form: How its shape of input passes through the loop.
        context: What the build function was told.
        module: The network.
        loop: None where there is nothing to learn by gradients.
        found: The checkpoint to go on from.
    """

    form: Form
    context: BuildContext
    module: nn.Module
    loop: Loop | None
    found: Checkpoint | None


def begin_training(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    *,
    seed: int,
    device: str,
    folder: Path,
    observer: Observer,
    resume: bool,
    team: Team,
    decide: Decide | None = None,
) -> Begun:
    """Build the network and its loop; do what comes before the first epoch, unless a checkpoint holds it.

    The arguments and what is raised are those of `fit_model`.
    """
    form = plan_form(spec, options, table)
    n_bins, private = getattr(options, "bins", 0), training.privacy is not None
    context = form.context(table, n_bins=0 if private else n_bins, seed=seed)
    units = plan_units(spec, form, training, table) if private else None
    if isinstance(form, RowsForm) and private:
        context = settled_bins(context, n_bins, len(form.layout.flags))
    module = _built(spec, context, options, device)
    bound_to = bind(spec, options, training, table, module, seed, device, team)
    found = _find_checkpoint(folder, bound_to, observer) if resume else None
    if found is None:  # a checkpoint holds what was done before the first epoch
        call_step(spec.before, module, table, options, seed=seed, stop=observer.check_stop)
    loop = None
    if is_trainable(module):
        places = (seed, device, folder, observer, bound_to, team, decide)
        setting = Setting(module, form, table, training, *places)
        loop = make_loop(setting, units)
    return Begun(form, context, module, loop, found)


def _built(spec: ModelSpec, context: BuildContext, options: ModelOptions, device: str) -> nn.Module:
    return build_network(spec, context, options).to(device)


def _completed(form: Form, module: nn.Module, table: RowsTable, device: str) -> Form:
    """The form with what it learns of the trained network, where it does."""
    if not isinstance(form, CompletedForm):
        return form
    return form.completed(NetworkPredictor(module, form, device).settled, table)


def _conclude(
    form: Form,
    module: nn.Module,
    table: RowsTable,
    training: TrainingOptions,
    seed: int,
    device: str,
    observer: Observer,
) -> Conclusion:
    """What is settled on rows that members hold out; nothing where the validation part was kept apart."""
    if not isinstance(form, MemberwiseForm):
        return Conclusion({})
    return form.conclude(
        module,
        table,
        by_class=class_weights(table, training.class_weights),
        seed=seed,
        device=device,
        threads=training.threads or torch.get_num_threads(),
        stop=observer.check_stop,
    )


def _run(loop: Loop, found: Checkpoint | None, observer: Observer) -> None:
    """Train, from a checkpoint where there is one, and put the best weights into the module."""
    if found is not None:
        _resume(loop, found, observer)
    try:
        loop.run()
    except Interrupted:
        _save_for_next_attempt(loop, observer)
        raise
    loop.best_module()


def _find_checkpoint(folder: Path, bound_to: str, observer: Observer) -> Checkpoint | None:
    found = load_checkpoint(folder, bound_to)
    if not isinstance(found, str):
        return found
    if found:
        observer.emit(EventKind.LOG, {"level": "warning", "message": f"training starts anew: {found}"})
    return None


def _resume(loop: Loop, found: Checkpoint, observer: Observer) -> None:
    loop.restore(*found)
    message = f"training resumes after epoch {loop.progress.resumed_from}"
    resumed = loop.progress.resumed_from
    observer.emit(EventKind.LOG, {"level": "info", "message": message, "resumed_from_epoch": resumed})


def _save_for_next_attempt(loop: Loop, observer: Observer) -> None:
    """Let the next attempt begin where this one was stopped; a full disk must not hide why it stops."""
    try:
        loop.save()
    except StoreError as error:
        message = f"the next attempt begins from the checkpoint before: {error.message}"
        observer.emit(EventKind.LOG, {"level": "warning", "message": message})


def own_randomness(device: str) -> AbstractContextManager[None]:
    """A context that gives the process's random state back as it was."""
    devices = [torch.device(device)] if device.startswith("cuda") else []
    context: AbstractContextManager[None] = torch.random.fork_rng(devices=devices)
    return context
