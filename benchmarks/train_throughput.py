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

import harness  # before the others: it sets one thread
import lightning
import numpy as np
import skorch
import torch
from skorch.helper import predefined_split
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.event import EventKind
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature, RowsPart, RowsTable
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

N_TRAIN, N_HELD_OUT, N_FEATURES, WIDTH, EPOCHS, RATE = 200_000, 20_000, 30, 64, 3, 1e-3
HELD_OUT_BATCH = 2048
GOALS = {256: 3.0, 4096: 6.0}
BARE_AT_MOST = 1.15
OURS, PLAIN, BARE = "testamur, as a job runs it", "testamur, no clipping", "bare loop"

EXPLANATION = f"""\
A perceptron {N_FEATURES}-{WIDTH}-{WIDTH}-1 on {N_TRAIN:,} rows, {EPOCHS} epochs a run, AdamW, float32,
one thread. Every case shuffles anew each epoch and computes the loss of {N_HELD_OUT:,} held-out rows after
it, in batches of {HELD_OUT_BATCH:,}: what `fit_model` must do, the others do as well. All use the fused
AdamW kernel, also where a user of Lightning or skorch has to ask for it; their loggers, progress bars and
checkpoints are off. `fit_model` is called as a job calls it: checkpoints, the fingerprint of the data, early
stopping and the copy of the best weights are in its time. "As a job runs it" also clips gradients, which no
other case does. The bare loop is written by hand over the same resident tensors: one permutation an epoch,
slices, autograd, fused AdamW. Each round runs all cases in turn, every second one backwards; ratios are
taken within a round."""


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
    problem = Problem(kind=ProblemKind.BINARY, target="y", positive="yes")
    spec = DatasetSpec(
        key="bench.rows",
        title="Rows",
        problem=problem,
        columns=(),
        source=Source(title="made"),
        resource="b:rows.csv",
    )
    return RowsTable(
        spec=spec,
        problem=problem,
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


def make_net() -> nn.Module:
    """The perceptron of the comparison."""
    return nn.Sequential(
        nn.Linear(N_FEATURES, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, 1),
        nn.Flatten(0),
    )


def ours(table: RowsTable, batch_size: int, clip: float) -> Callable[[], object]:
    """`fit_model` on a plain perceptron."""
    options = TabularOptions(architecture="mlp", hidden=WIDTH, depth=2, dropout=0.0, bins=0)
    training = TrainingOptions(
        epochs=EPOCHS, batch_size=batch_size, learning_rate=RATE, gradient_clip=clip, threads=1
    )

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            fit_model(
                TABULAR,
                options,
                training,
                table,
                seed=1,
                device="cpu",
                folder=Path(folder),
                observer=Silent(),
            )

    return run


def bare(train: TensorDataset, held_out: TensorDataset, batch_size: int) -> Callable[[], object]:
    """A loop by hand over resident tensors."""
    (x, y), (x_held_out, y_held_out) = train.tensors, held_out.tensors

    def run() -> None:
        net = make_net()
        optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, fused=True)
        for _ in range(EPOCHS):
            order = torch.randperm(len(x))
            x_now, y_now = x.index_select(0, order), y.index_select(0, order)
            for i in range(0, len(x), batch_size):
                loss = F.binary_cross_entropy_with_logits(
                    net(x_now[i : i + batch_size]), y_now[i : i + batch_size]
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            with torch.no_grad():
                for i in range(0, len(x_held_out), HELD_OUT_BATCH):
                    part = slice(i, i + HELD_OUT_BATCH)
                    float(F.binary_cross_entropy_with_logits(net(x_held_out[part]), y_held_out[part]))

    return run


class Lit(lightning.LightningModule):
    """The perceptron as Lightning wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = make_net()

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        """Loss of a batch."""
        return F.binary_cross_entropy_with_logits(self.net(batch[0]), batch[1])

    def validation_step(self, batch: list[Tensor], _: int) -> Tensor:
        """Loss of a held-out batch."""
        return F.binary_cross_entropy_with_logits(self.net(batch[0]), batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The same optimiser as everywhere."""
        return torch.optim.AdamW(self.parameters(), lr=RATE, fused=True)


def by_lightning(train: TensorDataset, held_out: TensorDataset, batch_size: int) -> Callable[[], object]:
    """Lightning with everything off that can be."""
    switches = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    off = dict.fromkeys(switches, False)

    def run() -> None:
        trainer = lightning.Trainer(max_epochs=EPOCHS, accelerator="cpu", num_sanity_val_steps=0, **off)
        trainer.fit(Lit(), DataLoader(train, batch_size, shuffle=True), DataLoader(held_out, HELD_OUT_BATCH))

    return run


def by_skorch(train: TensorDataset, held_out: TensorDataset, batch_size: int) -> Callable[[], object]:
    """skorch without its printing."""

    def run() -> None:
        skorch.NeuralNet(
            make_net(),
            criterion=nn.BCEWithLogitsLoss,
            optimizer=torch.optim.AdamW,
            optimizer__fused=True,
            lr=RATE,
            batch_size=batch_size,
            max_epochs=EPOCHS,
            iterator_train__shuffle=True,
            iterator_valid__batch_size=HELD_OUT_BATCH,
            train_split=predefined_split(held_out),
            verbose=0,
        ).fit(train)

    return run


def as_dataset(part: RowsPart) -> TensorDataset:
    """The same rows as tensors."""
    return TensorDataset(torch.from_numpy(part.numeric), torch.from_numpy(part.target.astype(np.float32)))


def main() -> int:
    """Measure, print, and write when asked."""
    warnings.filterwarnings("ignore", module="lightning")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    table = make_table()
    train, held_out = as_dataset(table.train), as_dataset(table.validation)
    page = harness.Page(
        "train_throughput",
        "Training throughput",
        EXPLANATION,
        packages=("torch", "lightning", "skorch", "numpy"),
    )
    for batch_size, factor in GOALS.items():
        times = harness.measure(
            {
                OURS: ours(table, batch_size, clip=1.0),
                PLAIN: ours(table, batch_size, clip=0.0),
                BARE: bare(train, held_out, batch_size),
                "Lightning": by_lightning(train, held_out, batch_size),
                "skorch": by_skorch(train, held_out, batch_size),
            },
            repeats=5,
        )
        page.compare(f"Batches of {batch_size}", times, base=PLAIN, n_items=N_TRAIN * EPOCHS, item="row")
        for peer in ("Lightning", "skorch"):
            page.goal(
                harness.Goal(
                    f"batch {batch_size}: {peer}'s time over ours",
                    times[peer].ratio_to(times[OURS]),
                    at_least=factor,
                )
            )
        page.goal(
            harness.Goal(
                f"batch {batch_size}: our time over the bare loop's",
                times[PLAIN].ratio_to(times[BARE]),
                at_most=BARE_AT_MOST,
            )
        )
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
