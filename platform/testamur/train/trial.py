"""A few batches of a training that is only thought of: do they run, what do they take?"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions
from testamur.contracts.table import RowsTable
from testamur.train.fit import begin_training, own_randomness
from testamur.train.guard import memory_explained, on_threads
from testamur.train.loop import Loop
from testamur.train.team import Alone

BUDGET_S = 2.0  # at least one batch is run, then no more than so long
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen, and what follows from it.

    Attributes:
        n_parameters: Of the network.
        n_batches: Batches of an epoch; 0 where nothing is trained in epochs.
        batch_size: Rows of a batch.
        n_tried: Batches that were run.
        seconds_per_epoch: Estimated from these; an epoch that was run whole is measured.
        seconds_at_most: The same times the largest number of epochs; stopping early takes less.
        device_mib: Peak of the device's memory, as its allocator counts; 0 on a CPU.
        host_mib: Peak of this process's memory so far, libraries and data included.
        device: Where it was tried.
    """

    n_parameters: int
    n_batches: int
    batch_size: int
    n_tried: int
    seconds_per_epoch: float
    seconds_at_most: float
    device_mib: float
    host_mib: float
    device: str


class _Enough(Exception):
    """The time for trying is over."""


class _Patience:
    """An observer that ends a training after a while."""

    def __init__(self) -> None:
        self.end = float("inf")

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Nobody is told."""

    def check_stop(self) -> None:
        """Raise when the time is over."""
        if time.perf_counter() >= self.end:
            raise _Enough


def try_out(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    *,
    seed: int,
    device: str,
    budget_s: float = BUDGET_S,
) -> Trial:
    """Train for `budget_s`, at least one batch, keep nothing, and say what a whole training would take.

    Args:
        spec: The model.
        options: Its validated options.
        training: As the job has it.
        table: Encoded rows.
        seed: Of the job.
        device: "cpu" or "cuda".
        budget_s: Seconds after which no further batch is begun.

    Raises:
        TestamurError: What would end the training at once: nothing to learn from, no memory, not finite.
    """
    patience = _Patience()
    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(device)
    around = (on_threads(training.threads), memory_explained(device), own_randomness(device))
    with tempfile.TemporaryDirectory() as folder, around[0], around[1], around[2]:
        begun = begin_training(
            spec, options, _unconstrained(training), table,
            seed=seed, device=device, folder=Path(folder), observer=patience, resume=False, team=Alone(),
        )  # fmt: skip
        n_tried, per_epoch = _run(begun.loop, patience, budget_s) if begun.loop else (0, 0.0)
    loop = begun.loop
    return Trial(
        n_parameters=sum(p.numel() for p in begun.module.parameters()),
        n_batches=loop.n_batches if loop else 0,
        batch_size=loop.batch_size if loop else 0,
        n_tried=n_tried,
        seconds_per_epoch=per_epoch,
        seconds_at_most=per_epoch * training.epochs,
        device_mib=torch.cuda.max_memory_allocated(device) / MIB if on_gpu else 0.0,
        host_mib=_peak_of_process(),
        device=device,
    )


def _unconstrained(training: TrainingOptions) -> TrainingOptions:
    """Without a constraint, which asks for a rule of the audit and costs little beside the steps."""
    return training.model_copy(update={"fairness": None})


def _run(loop: Loop, patience: _Patience, budget_s: float) -> tuple[int, float]:
    """Batches that were run, and the seconds that an epoch takes."""
    begin = time.perf_counter()
    patience.end = begin + budget_s
    try:
        loop.run_epoch()
    except _Enough:
        done = loop.progress.batch
        if done:
            return done, (time.perf_counter() - begin) / done * loop.n_batches
    return loop.n_batches, time.perf_counter() - begin


def _peak_of_process() -> float:
    """Largest resident memory of this process so far, MiB; macOS counts bytes, Linux kibibytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024
