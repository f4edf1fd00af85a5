"""Rows of a table on their way through the loop."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.form import Batch, Inputs
from testamur.train.group_thresholds import GroupThresholds
from testamur.train.inputs import (
    Layout,
    Tensors,
    check_table,
    load_tensors,
    make_context,
    numeric_input,
    plan_layout,
)
from testamur.train.loss import averaged, held_out_loss, training_loss


@dataclass(frozen=True, slots=True)
class RowsForm:
    """Rows: numbers with missing-value flags, and codes; implements `form.Form`.

    Attributes:
        layout: How a part's arrays become the network's inputs.
        thresholds: By which probabilities are moved by group, or None.
    """

    layout: Layout
    thresholds: GroupThresholds | None = field(default=None, kw_only=True)

    @classmethod
    def plan(cls, table: RowsTable) -> RowsForm:
        """The form that the training part asks for.

        Raises:
            DataError: No feature, or a part without rows.
        """
        check_table(table)
        return cls(plan_layout(table))

    @classmethod
    def read(cls, tree: dict[str, Any]) -> RowsForm:
        """From `description`."""
        found = tree.get("thresholds")
        thresholds = GroupThresholds(**{**found, "own": tuple(found["own"])}) if found else None
        return cls(read_layout(tree), thresholds=thresholds)

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told, with quantile bins of the training inputs."""
        return make_context(table, self.layout, n_bins=n_bins, seed=seed)

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Tensors:
        """The rows as resident tensors."""
        return load_tensors(part, self.layout, device, by_class)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Cross entropy, or squared error of the standardised value."""
        return training_loss(output, batch.target, batch.weight, self.layout.problem)

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """The same, of averaged members."""
        return held_out_loss(settled, batch.target, batch.weight, self.layout.problem)

    def settle(self, output: Tensor) -> Tensor:
        """(b, n_classes) for multiclass, else (b,)."""
        return averaged(output, self.layout.problem)

    def inputs(self, part: RowsPart) -> Inputs:
        """Numbers (b, n_numeric_in) and codes (b, n_categorical)."""
        numbers = torch.from_numpy(numeric_input(part, self.layout))
        codes = torch.from_numpy(np.ascontiguousarray(part.categorical, dtype=np.int64))
        return lambda stretch: (numbers[stretch], codes[stretch])

    def as_predictions(self, settled: np.ndarray, part: RowsPart) -> Predictions:
        """Probabilities, or values in the unit of the target."""
        if self.thresholds is not None:
            settled = self.thresholds.shifted(settled, part)
        return as_predictions(settled, self.layout)

    def description(self) -> dict[str, Any]:
        """The layout, and thresholds by group where there are any."""
        layout = describe_layout(self.layout)
        return layout if self.thresholds is None else {**layout, "thresholds": asdict(self.thresholds)}


def as_predictions(settled: np.ndarray, layout: Layout) -> Predictions:
    """Probabilities from (n,) or (n, n_classes), or values in the unit of the target from (n,)."""
    if layout.problem is ProblemKind.REGRESSION:
        return Predictions(values=settled * layout.target_scale + layout.target_mean)
    if layout.problem is ProblemKind.BINARY:
        return Predictions(probabilities=np.stack([1.0 - settled, settled], axis=1))
    return Predictions(probabilities=settled / settled.sum(axis=1, keepdims=True))


def describe_layout(layout: Layout) -> dict[str, Any]:
    """A layout, JSON-ready."""
    return {**asdict(layout), "problem": layout.problem.value}


def read_layout(tree: dict[str, Any]) -> Layout:
    """From `describe_layout`."""
    return Layout(
        flags=tuple(tree["flags"]),
        problem=ProblemKind(tree["problem"]),
        n_classes=tree["n_classes"],
        target_mean=tree["target_mean"],
        target_scale=tree["target_scale"],
    )
