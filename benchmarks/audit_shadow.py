"""Sixteen shadow models at once, against three ways of training them one by one.

python benchmarks/audit_shadow.py [--write]
"""

from __future__ import annotations

from dataclasses import replace

import harness  # first: it sets one thread
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

from testamur.audit.membership_scores import lira
from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature, RowsPart, RowsTable
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions
from testamur.train.stacked import Plan, train_stack

N, D, HIDDEN, BATCH, EPOCHS, MODELS = 10_000, 20, 128, 128, 4, 16
RATE = 2e-3
EXPLANATION = """\
16 perceptrons 20-128-128-1, each on a random half of 10,000 rows (15 % of the labels are wrong), batches of
128, 4 epochs, Adam, one thread, no dropout. The DataLoader and the direct loop use torch's Adam as it comes,
the third its fused kernel; all index the same resident tensors and compute the loss of 500 held-out rows
after each epoch, as `train.stacked` must to stop early. The last table attacks what each way trained (LiRA,
each model against the others); the stack keeps each network's best epoch, the loops keep the last one."""


def draw_part(n: int, seed: int) -> RowsPart:
    """Rows with a linear rule and wrong labels."""
    rng, weights = np.random.default_rng(seed), np.random.default_rng(0).normal(size=D)
    numeric = rng.normal(size=(n, D)).astype(np.float32)
    target = (numeric @ weights / 3 + 0.5 * rng.normal(size=n) > 0).astype(np.int64)
    target = np.where(rng.random(n) < 0.15, 1 - target, target)
    rows = np.arange(n)
    return RowsPart(
        row=rows, numeric=numeric, missing=np.zeros((n, D), bool), categorical=np.zeros((n, 0), np.int64),
        target=target, groups=np.zeros((n, 0), np.int16), absent=np.zeros((n, D), bool), twin=rows,
        twin_with_target=rows,
    )  # fmt: skip


TRAIN, HELD = draw_part(N, 1), draw_part(500, 2)
X, Y = torch.from_numpy(TRAIN.numeric), torch.from_numpy(TRAIN.target).float().unsqueeze(1)
HELD_X, HELD_Y = torch.from_numpy(HELD.numeric), torch.from_numpy(HELD.target).float().unsqueeze(1)
ROWS = [np.sort(np.random.default_rng(100 + k).permutation(N)[: N // 2]) for k in range(MODELS)]


def table() -> RowsTable:
    """The rows as a table."""
    problem = Problem(kind=ProblemKind.BINARY, target="y", positive="1")
    spec = DatasetSpec(
        key="drawn.rows", title="drawn", problem=problem, columns=(), source=Source(title="drawn"),
        resource="drawn:rows.csv",
    )  # fmt: skip
    names = tuple(f"x{i}" for i in range(D))
    return RowsTable(
        spec=spec,
        problem=problem,
        classes=("0", "1"),
        features=tuple(Feature(x, x, "numeric") for x in names),
        attributes=(),
        columns=names,
        train=TRAIN,
        validation=HELD,
        test=replace(HELD),
        sha256="0" * 64,
        encoder={},
    )


PLAN = Plan(
    spec=TABULAR,
    options=TabularOptions(architecture="mlp", hidden=HIDDEN, depth=2, dropout=0.0, bins=0),
    training=TrainingOptions(
        epochs=EPOCHS,
        learning_rate=RATE,
        weight_decay=0.0,
        warmup_epochs=0.0,
        gradient_clip=0.0,
        patience=EPOCHS,
    ),
    table=table(),
    validation=HELD,
    device="cpu",
    batch_size=BATCH,
    stop=lambda: None,
)


def stacked() -> list[torch.Tensor]:
    """All at once."""
    return [torch.from_numpy(p.predict(TRAIN).event) for p in train_stack(PLAN, ROWS, range(MODELS))]


def network(seed: int) -> nn.Sequential:
    """One perceptron."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(D, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1)
    )


def finish(module: nn.Module) -> torch.Tensor:
    """(N,) probabilities."""
    with torch.no_grad():
        return torch.sigmoid(module(X)).squeeze(1).double()


def judge(module: nn.Module) -> float:
    """Held-out loss."""
    with torch.no_grad():
        return float(F.binary_cross_entropy_with_logits(module(HELD_X), HELD_Y))


def loader() -> list[torch.Tensor]:
    """One by one, with a DataLoader."""
    said = []
    for k, rows in enumerate(ROWS):
        module, own = network(k), torch.from_numpy(rows)
        data = torch.utils.data.TensorDataset(X[own], Y[own])
        batches = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
        optimiser = torch.optim.Adam(module.parameters(), RATE)
        for _ in range(EPOCHS):
            for x, y in batches:
                optimiser.zero_grad()
                F.binary_cross_entropy_with_logits(module(x), y).backward()
                optimiser.step()
            judge(module)
        said.append(finish(module))
    return said


def direct(*, fused: bool) -> list[torch.Tensor]:
    """One by one, batches indexed from the resident rows."""
    said = []
    for k, rows in enumerate(ROWS):
        module, own = network(k), torch.from_numpy(rows)
        optimiser = torch.optim.Adam(module.parameters(), RATE, fused=fused)
        for _ in range(EPOCHS):
            order = own[torch.randperm(len(own))]
            for begin in range(0, len(own), BATCH):
                at = order[begin : begin + BATCH]
                optimiser.zero_grad()
                F.binary_cross_entropy_with_logits(module(X[at]), Y[at]).backward()
                optimiser.step()
            judge(module)
        said.append(finish(module))
    return said


def exposure(said: list[torch.Tensor]) -> float:
    """Mean AUC of LiRA over the models, each against the others."""
    p = np.clip(np.stack([s.numpy() for s in said]), 1e-7, 1 - 1e-7)
    logit = np.where(TRAIN.target == 1, np.log(p / (1 - p)), np.log((1 - p) / p))
    member = np.zeros((MODELS, N), dtype=bool)
    for k, rows in enumerate(ROWS):
        member[k, rows] = True
    areas = []
    for k in range(MODELS):
        others = np.arange(MODELS) != k
        score = lira(logit[k], logit[others], member[others])
        known = np.isfinite(score)
        areas.append(roc_auc_score(member[k][known], score[known]))
    return float(np.mean(areas))


def main() -> int:
    """Measure, print, write if asked."""
    torch.set_num_threads(1)
    cases = {
        "testamur, stacked": stacked,
        "direct, fused Adam": lambda: direct(fused=True),
        "direct loop": lambda: direct(fused=False),
        "DataLoader": loader,
    }
    page = harness.Page("audit_shadow", "Sixteen shadow models", EXPLANATION)
    times = harness.measure(cases, repeats=3, warm=0)
    steps = MODELS * EPOCHS * -(-N // 2 // BATCH)
    page.compare("16 models", times, base="testamur, stacked", n_items=steps, item="step")
    ours = times["testamur, stacked"]
    for name, least in (("DataLoader", 5.0), ("direct loop", 3.0), ("direct, fused Adam", 1.6)):
        page.goal(harness.Goal(f"{name}: its time over ours", times[name].ratio_to(ours), at_least=least))
    areas = {name: exposure(run()) for name, run in cases.items()}
    lines = ["| trained by | AUC of LiRA |", "|---|---:|", *(f"| {n} | {a:.3f} |" for n, a in areas.items())]
    page.note("\n".join(lines))
    apart = abs(areas["testamur, stacked"] - areas["direct loop"])
    page.goal(harness.Goal("exposure: distance from the direct loop", apart, at_most=0.02, unit=""))
    page.note("A whole LiRA against sacroml: [audit_lira](audit_lira.md).")
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
