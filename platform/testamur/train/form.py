"""How a shape of input passes through the one training loop: what a form must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor, nn

from testamur.contracts.model import BuildContext
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import PartName, Predictions, RowsPart, RowsTable

Inputs = Callable[[slice], tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some examples, ready for the network.

    Attributes:
        inputs: What the network's forward takes, each (b, ...).
        target: (b, ...) what it is trained towards; what is unknown in it is marked as the form says.
        weight: (b,) float32 with mean 1 over all examples, or None.
    """

    inputs: tuple[Tensor, ...]
    target: Tensor
    weight: Tensor | None

    @property
    def n(self) -> int:
        """Examples in this batch."""
        return int(self.target.shape[0])


class Examples(Protocol):
    """The examples of one part, on the device."""

    @property
    def n(self) -> int:
        """How many there are."""
        ...

    def taken(self, order: Tensor) -> Examples:
        """The examples in another order, (n,); of large ones only their places need be reordered."""
        ...

    def batch(self, part: slice) -> Batch:
        """The examples at these places of the order."""
        ...


class Form(Protocol):
    """One shape of input: rows, windows, sequences or interactions.

    A form is planned from the training part (`forms.plan_form`), written beside the weights
    (`description`) and read again (`forms.read_form`).
    """

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told."""
        ...

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Examples:
        """The examples of a part, copied to the device; `by_class` are weights of the classes."""
        ...

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Mean loss of a training batch, each member of an ensemble held to the target."""
        ...

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """Sum over the examples of the loss of settled outputs, as float64."""
        ...

    def settle(self, output: Tensor) -> Tensor:
        """(b, ...) the output with members averaged: probabilities, values, quantiles or scores."""
        ...

    def description(self) -> dict[str, Any]:
        """JSON-ready; `forms.read_form` makes the same form of it."""
        ...


class RowwiseForm(Form, Protocol):
    """A form whose examples are the rows of the part, one by one."""

    def inputs(self, part: RowsPart) -> Inputs:
        """What the network takes for a stretch of the part's rows, on the CPU, whatever the target."""
        ...

    def as_predictions(self, settled: np.ndarray, part: RowsPart) -> Predictions:
        """Predictions of all rows of a part from their settled outputs (n, ...), float64."""
        ...


@runtime_checkable
class CompletedForm(RowwiseForm, Protocol):
    """A form that must still be told what only the trained network can tell, such as held-out errors."""

    def completed(self, settled: Callable[[RowsPart], np.ndarray], table: RowsTable) -> Form:
        """The form as it is to be kept.

        Args:
            settled: Settled outputs (n, ...) of a part, float64.
            table: The table.
        """
        ...


@runtime_checkable
class PredictingForm(Form, Protocol):
    """A form whose examples are not the rows (stretches of several rows, say): it predicts by itself."""

    def predict(self, module: nn.Module, part: RowsPart, device: str) -> Predictions:
        """Predict every row of `part` with the trained module."""
        ...


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is left when a model whose members hold rows out has learnt.

    Attributes:
        held_out: By part, what the members say of the rows that they hold out.
        beside: Predictors that were made along the way and that the report shows beside the model.
        settled: What was fixed on held-out rows, by its name.
    """

    held_out: Mapping[PartName, Predictions]
    beside: Mapping[str, Predictor] = field(default_factory=dict)
    settled: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class MemberwiseForm(Form, Protocol):
    """A form whose members hold different rows out: each is judged, and kept, by itself.

    Every parameter of the network has the member as its first dimension.
    """

    def shared(
        self, table: RowsTable, device: str, by_class: np.ndarray | None, seed: int
    ) -> tuple[Examples, Examples]:
        """Training and validation rows together, to learn from and to judge by."""
        ...

    def judge(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sums over the examples, float64: the loss of the held-out members' average, and of each (k,)."""
        ...

    def conclude(
        self,
        module: nn.Module,
        table: RowsTable,
        *,
        by_class: np.ndarray | None,
        seed: int,
        device: str,
        threads: int,
        stop: Callable[[], None],
    ) -> Conclusion:
        """After the last epoch: settle what is settled on held-out rows, and predict these."""
        ...
