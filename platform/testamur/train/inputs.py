"""Rows as resident tensors: what the network sees, and what it is trained towards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.model import BuildContext, ClassWeights
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.form import Batch


@dataclass(frozen=True, slots=True)
class Layout:
    """How a part's arrays become the network's inputs; kept beside the weights.

    Attributes:
        flags: Positions of numeric features that get a missing-value flag of their own.
        problem: Kind of problem.
        n_classes: Classes of a classification, else 0.
        target_mean: Mean of the training target (regression), else 0.
        target_scale: Standard deviation of the training target (regression), else 1.
    """

    flags: tuple[int, ...]
    problem: ProblemKind
    n_classes: int
    target_mean: float = 0.0
    target_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Tensors:
    """Rows on the device; implements `form.Examples`.

    Attributes:
        numeric: (n, n_numeric_in) float32.
        categorical: (n, n_categorical) int64.
        target: (n,) float32, or int64 for multiclass.
        weight: (n,) float32 with mean 1, or None.
    """

    numeric: Tensor
    categorical: Tensor
    target: Tensor
    weight: Tensor | None

    @property
    def n(self) -> int:
        """How many rows there are."""
        return int(self.target.shape[0])

    def batch(self, part: slice) -> Batch:
        """The rows at these places."""
        weight = None if self.weight is None else self.weight[part]
        return Batch((self.numeric[part], self.categorical[part]), self.target[part], weight)

    def taken(self, order: Tensor) -> Tensors:
        """The rows in another order, (n,); `index_select` is five times as fast here as brackets."""
        weight = None if self.weight is None else self.weight.index_select(0, order)
        return Tensors(
            self.numeric.index_select(0, order),
            self.categorical.index_select(0, order),
            self.target.index_select(0, order),
            weight,
        )


def check_table(table: RowsTable) -> None:
    """Make sure that there is something to learn from.

    Raises:
        DataError: No feature, or a part without rows.
    """
    problems = []
    if not table.features:
        problems.append(Problem("features", "at least one is required, however: 0"))
    for name, part in (("training", table.train), ("validation", table.validation)):
        if part.n_rows == 0:
            problems.append(Problem(f"{name} rows", "at least one is required, however: 0"))
    if problems:
        raise DataError("The table cannot be trained on", problems, remedy="see the job's dataset and split")


def plan_layout(table: RowsTable) -> Layout:
    """The layout that the training part asks for."""
    flags = tuple(int(i) for i in np.flatnonzero(table.train.missing.any(axis=0)))
    kind = table.problem.kind
    if kind is not ProblemKind.REGRESSION:
        return Layout(flags, kind, len(table.classes))
    target = np.asarray(table.train.target, dtype=np.float64)
    scale = float(target.std())
    return Layout(flags, kind, 0, float(target.mean()), scale if scale > 0 else 1.0)


def numeric_input(part: RowsPart, layout: Layout) -> np.ndarray:
    """(n, n_numeric + n_flags) numbers followed by missing-value flags, float32.

    Without flags this may be the part's own array: copy it before writing.
    """
    if not layout.flags:
        return np.ascontiguousarray(part.numeric, dtype=np.float32)
    flags = part.missing[:, list(layout.flags)].astype(np.float32)
    return np.ascontiguousarray(np.concatenate([part.numeric, flags], axis=1))


def load_tensors(part: RowsPart, layout: Layout, device: str, class_weight: np.ndarray | None) -> Tensors:
    """Put a part on the device; weights are sample weights times class weights, scaled to mean 1.

    Copied on a CPU, too: torch's own memory begins at a multiple of 64 bytes in every attempt.
    """
    if layout.problem is ProblemKind.REGRESSION:
        target = torch.from_numpy(
            ((part.target - layout.target_mean) / layout.target_scale).astype(np.float32)
        )
    elif layout.problem is ProblemKind.MULTICLASS:
        target = torch.from_numpy(np.asarray(part.target, dtype=np.int64))
    else:
        target = torch.from_numpy(np.asarray(part.target, dtype=np.float32))
    weight = row_weights(part, class_weight)
    return Tensors(
        numeric=torch.from_numpy(numeric_input(part, layout)).to(device, copy=True),
        categorical=torch.from_numpy(np.array(part.categorical, dtype=np.int64)).to(device, copy=True),
        target=target.to(device),
        weight=None
        if weight is None
        else torch.from_numpy((weight / weight.mean()).astype(np.float32)).to(device),
    )


def row_weights(part: RowsPart, by_class: np.ndarray | None) -> np.ndarray | None:
    """(n,) sample weights times the weight of each row's class, or None where there is neither."""
    if by_class is None:
        return None if part.weight is None else np.asarray(part.weight, dtype=np.float64)
    of_row: np.ndarray = by_class[np.asarray(part.target, dtype=np.int64)]
    return of_row if part.weight is None else of_row * part.weight


def class_weights(table: RowsTable, rule: ClassWeights) -> np.ndarray | None:
    """(n_classes,) n / (n_classes * n_c) for ``balanced``, or None."""
    if rule is ClassWeights.NONE or not table.classes or table.problem.kind is ProblemKind.RANKING:
        return None
    counts = np.bincount(np.asarray(table.train.target, dtype=np.int64), minlength=len(table.classes))
    weights: np.ndarray = table.train.n_rows / (len(table.classes) * np.maximum(counts, 1))
    return weights


def make_context(table: RowsTable, layout: Layout, *, n_bins: int, seed: int) -> BuildContext:
    """What the build function is told, with quantile bins of the training inputs.

    Args:
        table: The table.
        layout: Its layout.
        n_bins: Bins per numeric input; 0 gives none.
        seed: Seed of the initial weights.
    """
    bins: tuple[tuple[float, ...], ...] = ()
    if n_bins:
        bins = tuple(quantile_edges(values, n_bins) for values in numeric_input(table.train, layout).T)
    return BuildContext(
        n_numeric=table.n_numeric + len(layout.flags),
        cardinalities=table.cardinalities,
        n_outputs=table.n_outputs,
        problem=layout.problem,
        bins=bins,
        seed=seed,
    )


def quantile_edges(values: np.ndarray, n_bins: int) -> tuple[float, ...]:
    """Strictly growing edges at the quantiles of (n,) `values`, at least two of them."""
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, n_bins + 1)).astype(np.float32))
    if edges.size < 2:
        centre = float(edges[0]) if edges.size else 0.0
        return (centre - 0.5, centre + 0.5)
    return tuple(float(edge) for edge in edges)
