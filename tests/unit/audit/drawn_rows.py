"""Drawn rows as the data room encodes them, and models that are a formula of their encoded cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.table import Feature, Predictions, RowsPart, RowsTable

KNOTS = [0.0, 10.0, 20.0, 40.0]  # of x0: a number of the source for each score
SCORES = [-2.0, -0.5, 0.5, 2.0]


@dataclass(frozen=True)
class Formula:
    """Probability of the event as a formula of the (n, 4) encoded cells, and of (n, 3) missing flags."""

    of_cells: Callable[[np.ndarray], np.ndarray]
    of_missing: Callable[[np.ndarray], np.ndarray] = lambda m: np.zeros(len(m))

    def predict(self, part: RowsPart) -> Predictions:
        cells = np.concatenate([part.numeric.astype(np.float64), part.categorical.astype(np.float64)], axis=1)
        event = self.of_cells(cells) + self.of_missing(part.missing)
        return Predictions(probabilities=np.stack([1 - event, event], axis=1))


def draw_rows(n_train: int = 60, *, immutable: tuple[str, ...] = ()) -> RowsTable:
    """Three numbers (x0 with knots in whole numbers, x1 with missing cells, x2 yes or no), one category."""
    r = np.random.default_rng(2)
    problem = Problem(kind=ProblemKind.BINARY, target="y", positive="1")
    columns = tuple(
        ColumnSpec(name=name, label=name.upper(), unit=unit, values=values, immutable=name in immutable)
        for name, unit, values in (
            ("x0", "kg", {}), ("x1", "", {}), ("x2", "", {}), ("c", "", {"a": "first", "b": "second"}),
        )
    )  # fmt: skip
    names = [c.name for c in columns]
    entries = [
        {"name": "x0", "kind": "numeric", "source": "numeric", "knots": KNOTS, "scores": SCORES, "fill": 0.0},
        {"name": "x1", "kind": "numeric", "source": "numeric", "knots": [], "scores": [], "fill": 0.0},
        {"name": "x2", "kind": "numeric", "source": "boolean", "knots": [], "scores": [], "fill": 0.0},
        {"name": "c", "kind": "categorical", "source": "categorical", "levels": ["a", "b"]},
    ]
    return RowsTable(
        spec=DatasetSpec(
            key="drawn.rows", title="drawn", problem=problem, columns=columns, source=Source(title="drawn"),
            resource="drawn:rows.csv",
        ),
        problem=problem,
        classes=("0", "1"),
        features=tuple(
            Feature(e["name"], e["name"].upper(), e["kind"], 3 if e["kind"] == "categorical" else 0)
            for e in entries
        ),
        attributes=(),
        columns=tuple(names),
        train=_draw_part(n_train, r),
        validation=_draw_part(20, r),
        test=_draw_part(20, r),
        sha256="0" * 64,
        encoder={"features": entries},
    )  # fmt: skip


def _draw_part(n: int, r: np.random.Generator) -> RowsPart:
    numeric = np.zeros((n, 3), dtype=np.float32)
    numeric[:, 0] = np.interp(r.integers(0, 41, n), KNOTS, SCORES)
    numeric[:, 1] = r.normal(size=n)
    numeric[:, 2] = r.random(n) < 0.5
    missing = np.zeros((n, 3), dtype=bool)
    missing[:, 1] = r.random(n) < 0.2
    numeric[missing] = 0.0
    rows = np.arange(n)
    return RowsPart(
        row=rows,
        numeric=numeric,
        missing=missing,
        categorical=r.integers(0, 3, (n, 1)),
        target=(numeric[:, 0] > 0).astype(np.int64),
        groups=np.zeros((n, 0), np.int16),
        absent=np.zeros((n, 4), np.bool_),
        twin=rows,
        twin_with_target=rows,
    )
