"""Drawn tables of every kind of problem, and a shorthand for `fit_model`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.model import TrainingOptions
from testamur.contracts.table import Feature, PartName, RowsPart, RowsTable
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

N_NUMERIC, CODES = 4, 3


def draw_part(n: int, kind: ProblemKind, r: np.random.Generator, *, weighted: bool) -> RowsPart:
    numeric = r.normal(size=(n, N_NUMERIC)).astype(np.float32)
    missing = np.zeros((n, N_NUMERIC), np.bool_)
    missing[:, 1] = r.random(n) < 0.2
    numeric[missing] = 0.0
    codes = r.integers(0, CODES, (n, 1))
    score = 2 * numeric[:, 0] - numeric[:, 2] + (codes[:, 0] == 1) + 0.3 * r.normal(size=n)
    target = {
        ProblemKind.BINARY: (score > 0.3).astype(np.int64),
        ProblemKind.MULTICLASS: np.digitize(score, [-1.0, 1.0]).astype(np.int64),
        ProblemKind.REGRESSION: 1000.0 + 50.0 * score,
    }[kind]
    rows = np.arange(n)
    return RowsPart(
        row=rows,
        numeric=numeric,
        missing=missing,
        categorical=codes,
        target=target,
        groups=np.zeros((n, 0), np.int16),
        absent=np.zeros((n, N_NUMERIC + 1), np.bool_),
        twin=rows,
        twin_with_target=rows,
        weight=r.uniform(0.5, 2.0, n) if weighted else None,
    )


def draw_table(kind: ProblemKind = ProblemKind.BINARY, *, n: int = 300, weighted: bool = False) -> RowsTable:
    r = np.random.default_rng(5)
    problem = Problem(kind=kind, target="y", positive="1" if kind is ProblemKind.BINARY else None)
    classes = {ProblemKind.BINARY: ("0", "1"), ProblemKind.MULTICLASS: ("a", "b", "c")}.get(kind, ())
    names = [f"x{i}" for i in range(N_NUMERIC)]
    features = (*(Feature(x, x, "numeric") for x in names), Feature("c", "c", "categorical", CODES))
    return RowsTable(
        spec=DatasetSpec(
            key="drawn.rows", title="drawn", problem=problem, columns=(), source=Source(title="drawn"),
            resource="drawn:rows.csv",
        ),
        problem=problem,
        classes=classes,
        features=features,
        attributes=(),
        columns=(*names, "c"),
        train=draw_part(n, kind, r, weighted=weighted),
        validation=draw_part(n // 3, kind, r, weighted=weighted),
        test=draw_part(n // 3, kind, r, weighted=weighted),
        sha256="0" * 64,
        encoder={"columns": names},
    )  # fmt: skip


def with_part(table: RowsTable, name: PartName, **changes: object) -> RowsTable:
    return dataclasses.replace(table, **{name: dataclasses.replace(table.part(name), **changes)})


def with_train(table: RowsTable, **changes: object) -> RowsTable:
    return with_part(table, "train", **changes)


SMALL = {"hidden": 8, "members": 3, "bins": 4, "embedding": 3}


@pytest.fixture
def fit(tmp_path):
    """`fit_model` on the CPU with a small network; keywords override."""

    def run(
        table, *, folder="run", observer=None, seed=0, resume=True, model=None, micro_batches=1, **training
    ):
        options = TabularOptions(**{**SMALL, **(model or {})})
        settings = {"epochs": 4, "batch_size": 32, "threads": 1, **training}
        return fit_model(
            TABULAR,
            options,
            TrainingOptions.parse(settings),
            table,
            seed=seed,
            device="cpu",
            folder=tmp_path / folder,
            observer=observer or RecordingObserver(),
            resume=resume,
            micro_batches=micro_batches,
        )

    return run
