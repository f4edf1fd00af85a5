"""Training: one loop for every model, over slices of resident tensors."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import torch
from torch import nn

from testamur.contracts.errors import Interrupted, StoreError
from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions, TrainingSummary
from testamur.contracts.protocols import Observer
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.checkpoint import fingerprint, load_checkpoint
from testamur.train.guard import memory_explained, on_threads
from testamur.train.inputs import Layout, check_table, class_weights, load_tensors, make_context, plan_layout
from testamur.train.loop import Loop
from testamur.train.mixed import choose_precision
from testamur.train.network import NetworkPredictor
from testamur.train.trained import (
    TrainedModel,
    build_network,
    describe,
    digest,
    dump_weights,
    encoder_digest,
)  # fmt: skip

LARGEST_BATCH, SMALLEST_BATCH, BATCHES_PER_EPOCH = 256, 16, 16


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
) -> TrainedModel:
    """Train a model on the training part, with early stopping on the validation part.

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

    Raises:
        DataError: There is nothing to learn from: no feature, no row.
        TrainingDiverged: The loss is not finite any more.
        OutOfMemory: Device or host have no memory left.
        StoreError: A checkpoint cannot be written; the one before is kept.
        Cancelled, Interrupted: The observer ended the attempt.
    """
    check_table(table)
    with on_threads(training.threads), memory_explained(device), _own_randomness(device):
        layout = plan_layout(table)
        context = make_context(table, layout, n_bins=getattr(options, "bins", 0), seed=seed)
        module = build_network(spec, context, options)
        bound_to = _facts(spec, options, training, table, module, seed, device)
        loop = _make_loop(
            training, table, layout, module.to(device), seed, device, folder, observer, bound_to
        )
        if resume:
            _resume(loop, folder, observer)
        try:
            loop.run()
        except Interrupted:
            _save_for_next_attempt(loop, observer)
            raise
        weights = dump_weights(loop.best_module())
        summary = _summarise(spec, options, loop, weights, device)
        description = describe(spec, options, table, context, layout)
        return TrainedModel(NetworkPredictor(loop.module, layout, device), summary, weights, description)


def _make_loop(
    training: TrainingOptions,
    table: RowsTable,
    layout: Layout,
    module: nn.Module,
    seed: int,
    device: str,
    folder: Path,
    observer: Observer,
    bound_to: str,
) -> Loop:
    weights = class_weights(table, training.class_weights)
    return Loop(
        module=module,
        train=load_tensors(table.train, layout, device, weights),
        validation=load_tensors(table.validation, layout, device, weights),
        problem=layout.problem,
        training=training,
        batch_size=training.batch_size or default_batch_size(table.train.n_rows),
        precision=choose_precision(training.precision, device),
        seed=seed,
        device=device,
        folder=folder,
        observer=observer,
        bound_to=bound_to,
    )


def default_batch_size(n_rows: int) -> int:
    """Batch size where a job names none: about sixteen batches an epoch, between 16 and 256 rows."""
    return max(SMALLEST_BATCH, min(LARGEST_BATCH, n_rows // BATCHES_PER_EPOCH))


def _resume(loop: Loop, folder: Path, observer: Observer) -> None:
    found = load_checkpoint(folder, loop.bound_to)
    if isinstance(found, str):
        if found:
            observer.emit(EventKind.LOG, {"level": "warning", "message": f"training starts anew: {found}"})
        return
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


def _facts(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    module: nn.Module,
    seed: int,
    device: str,
) -> str:
    """What the weights depend on; threads and the rhythm of checkpoints are left out."""
    free = {"threads", "checkpoint_every_s", "checkpoint_every_epochs"}
    return fingerprint(
        model=spec.key,
        build=spec.build,
        options=options.model_dump(mode="json"),
        training=training.model_dump(mode="json", exclude=free),
        data=table.sha256,
        problem=table.problem.model_dump(mode="json"),
        rows=[_rows_digest(table.train), _rows_digest(table.validation)],
        encoder=encoder_digest(table),
        network={name: list(tensor.shape) for name, tensor in module.state_dict().items()},
        seed=seed,
        device=device.partition(":")[0],
        torch=torch.__version__,
    )


def _rows_digest(part: RowsPart) -> str:
    """SHA-256 of all that training sees of a part."""
    whole = hashlib.sha256()
    for array in (part.row, part.numeric, part.missing, part.categorical, part.target, part.weight):
        whole.update(
            b"none" if array is None else np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        )
    return whole.hexdigest()


def _summarise(
    spec: ModelSpec, options: ModelOptions, loop: Loop, weights: bytes, device: str
) -> TrainingSummary:
    progress = loop.progress
    return TrainingSummary(
        model=spec.key,
        options=options.model_dump(mode="json"),
        n_parameters=sum(p.numel() for p in loop.module.parameters()),
        epochs_run=len(progress.history),
        best_epoch=progress.best_epoch,
        stopped_early=progress.stopped_early,
        device=device,
        precision=loop.mixed.precision.value,
        batch_size=loop.batch_size,
        seconds=progress.seconds,
        history=tuple(progress.history),
        resumed_from_epoch=progress.resumed_from,
        weights_sha256=digest(weights),
    )


def _own_randomness(device: str) -> AbstractContextManager[None]:
    """A context that gives the process's random state back as it was."""
    devices = [torch.device(device)] if device.startswith("cuda") else []
    context: AbstractContextManager[None] = torch.random.fork_rng(devices=devices)
    return context
