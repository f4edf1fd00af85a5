"""Training throughput of `fit_model` against Lightning, skorch and a bare loop: 200,000 rows of 30 numbers.

    python benchmarks/train_throughput.py [--write]
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness import Goal, Page, measure, wants_writing  # first: it sets one thread

import lightning
import numpy as np
import skorch
import torch
from skorch.helper import predefined_split
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind
from testamur.contracts.event import EventKind
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature, RowsPart, RowsTable
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

N_TRAIN, N_HELD_OUT, N_FEATURES, WIDTH, EPOCHS, RATE = 200_000, 20_000, 30, 64, 2, 1e-3
HELD_OUT_BATCH = 16_384
GOALS = {256: 3.0, 4096: 6.0}
BARE_AT_MOST = 1.15
OURS, PLAIN, BARE = "testamur, as a job runs it", "testamur, no clipping", "bare loop"

EXPLANATION = f"""\
A perceptron {N_FEATURES}-{WIDTH}-{WIDTH}-1 on {N_TRAIN:,} rows, {EPOCHS} epochs a run, AdamW, float32, one thread. Every case shuffles anew
each epoch and computes the loss of {N_HELD_OUT:,} held-out rows after each epoch, in batches of {HELD_OUT_BATCH:,}: what `fit_model` must do, the
others do as well. All use the fused AdamW kernel, also where a user of Lightning and skorch would have to ask
for it. Loggers, progress bars and checkpoints of Lightning and skorch are off. `fit_model` is called as a job calls it, so its time
includes the checkpoints, the fingerprint of the data, early stopping and the copy of the best weights; "as a job runs
it" clips gradients, which the others do not do. The bare loop is written by hand over the same resident tensors: one permutation
an epoch, slices, autograd, fused AdamW. Each round runs all cases in turn; ratios are taken within a round."""


class Silent:
    """An observer that listens and says nothing."""

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Do nothing."""

    def check_stop(self) -> None:
        """Go on."""


def make_part(n: int, seed: int) -> RowsPart:
    """Rows with a linear signal."""
    rng = np.random.default_rng(seed)
    numeric = rng.normal(size=(n, N_FEATURES)).astype(np.float32)
    signal = np.random.default_rng(1).normal(size=N_FEATURES)
    none = np.zeros((n, 0))
    return RowsPart(
        row=np.arange(n),
        numeric=numeric,
        missing=np.zeros(numeric.shape, bool),
        categorical=none.astype(np.int64),
        target=(numeric @ signal + rng.normal(size=n) > 0).astype(np.int64),
        groups=none.astype(np.int16),
        absent=none.astype(bool),
        twin=np.arange(n),
        twin_with_target=np.arange(n),
    )


def make_table() -> RowsTable:
    """Training and held-out rows."""
    held_out = make_part(N_HELD_OUT, 3)
    return RowsTable(
        spec=DatasetSpec(key="bench.rows", title="Rows", target="y", problem=ProblemKind.BINARY, path="rows.csv"),
        problem=Problem(kind=ProblemKind.BINARY, target="y"),
        classes=("no", "yes"),
        features=tuple(Feature(f"x{i}", f"x{i}", "numeric") for i in range(N_FEATURES)),
        attributes=(),
        columns=(),
        train=make_part(N_TRAIN, 2),
        validation=held_out,
        test=held_out,
        sha256="",
        encoder={},
    )
