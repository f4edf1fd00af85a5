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
from testamur.train.closed_form import call_step, is_trainable
from testamur.train.forms import plan_form
from testamur.train.guard import memory_explained, on_threads
from testamur.train.loop import Loop
from testamur.train.make_loop import Setting, make_loop
from testamur.train.network import own_randomness
from testamur.train.team import Alone
from testamur.train.trained import build_network
from testamur.train.units import units_of

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
