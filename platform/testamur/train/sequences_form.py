"""Sequences of answers on their way through the loop: whole learners, or overlapping stretches of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import TestamurError
from testamur.contracts.model import BuildContext, ModelOptions
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.choices import history_of
from testamur.train.form import Batch
from testamur.train.loss import held_out_loss, training_loss

LENGTH = 200  # steps of a stretch, where the model's options name none
STRETCHES_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of sequences on the device; implements `form.Examples`.

    Attributes:
        items: (n, length) item codes.
        answers: (n, length) 0, 1, or -1 where not known.
        mask: (n, length) True where there is a step.
        weight: (n, length) weights of the answers that count, 0 for all others; n in all.
    """

    items: Tensor
    answers: Tensor
    mask: Tensor
    weight: Tensor

    @property
    def n(self) -> int:
        """How many stretches there are."""
        return int(self.items.shape[0])

    def taken(self, order: Tensor) -> Stretches:
        """The stretches in another order, (n,)."""
        arrays = (self.items, self.answers, self.mask, self.weight)
        return Stretches(*(array.index_select(0, order) for array in arrays))

    def batch(self, part: slice) -> Batch:
        """The stretches at these places."""
        answers = self.answers[part]
        return Batch((self.items[part], answers, self.mask[part]), answers, self.weight[part])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the rows of a part lie in stretches.

    Attributes:
        at: (m, length) steps of the log; below 0 where there is none.
        window: (n,) stretch of each row.
        place: (n,) step of the row in it.
    """

    at: NDArray[np.int64]
    window: NDArray[np.int64]
    place: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SequencesForm:
    """Answers of learners in order; implements `form.Form`.

    Attributes:
        n_items: Items, without the code 0.
        length: Steps of a stretch.
    """

    n_items: int
    length: int

    @classmethod
    def plan(cls, options: ModelOptions, table: RowsTable) -> SequencesForm:
        """The form that the training part asks for.

        Raises:
            DataError: The rows have no history.
        """
        for part in (table.train, table.validation):
            history_of(part)
        return cls(len(table.items), int(getattr(options, "length", LENGTH)))

    @classmethod
    def read(cls, tree: dict[str, Any]) -> SequencesForm:
        """From `description`."""
        return cls(int(tree["n_items"]), int(tree["length"]))

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told."""
        return BuildContext(
            n_numeric=0,
            cardinalities=(self.n_items + 1,),
            n_outputs=1,
            problem=table.problem.kind,
            bins=(),
            seed=seed,
            length=self.length,
            n_items=self.n_items,
        )

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Stretches:
        """The part's stretches; only its own rows count."""
        layout = lay_out(part, self.length)
        weight = np.zeros(layout.at.shape)
        own = np.ones(part.n_rows) if part.weight is None else np.asarray(part.weight, np.float64)
        if by_class is not None:
            own = own * by_class[np.asarray(part.target, np.int64)]
        weight[layout.window, layout.place] = own
        weight *= len(weight) / weight.sum()
        arrays = (*inputs_at(part, layout.at), weight.astype(np.float32))
        return Stretches(*(torch.from_numpy(array).to(device, copy=True) for array in arrays))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Log loss of the answers that count, divided by the stretches of the batch."""
        chosen, target, weight = _counting(output, batch)
        rows = training_loss(chosen[:, None], target, weight, ProblemKind.BINARY)
        return rows * target.shape[0] / batch.n

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """The same, of probabilities, summed."""
        chosen, target, weight = _counting(settled, batch)
        return held_out_loss(chosen, target, weight, ProblemKind.BINARY)

    def settle(self, output: Tensor) -> Tensor:
        """(b, t) probabilities."""
        return torch.sigmoid(output.float())

    def predict(self, module: nn.Module, part: RowsPart, device: str) -> Predictions:
        """The probability of the event for every row, given the answers that came before it."""
        layout = lay_out(part, self.length)
        arrays = inputs_at(part, layout.at)
        module.eval()
        found = np.zeros(layout.at.shape)
        with torch.no_grad():
            for begin in range(0, len(layout.at), STRETCHES_AT_ONCE):
                some = slice(begin, begin + STRETCHES_AT_ONCE)
                given = (torch.from_numpy(array[some]).to(device, copy=True) for array in arrays)
                found[some] = self.settle(module(*given)).double().cpu().numpy()
        event = found[layout.window, layout.place]
        if not np.isfinite(event).all():
            raise TestamurError(
                "finite predictions are required, however: some are not",
                remedy="lower training.learning_rate",
            )
        return Predictions(probabilities=np.stack([1.0 - event, event], axis=1))

    def description(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def lay_out(part: RowsPart, length: int) -> Layout:
    """Lay the rows of a part into stretches of their sequences.

    A sequence up to `length` is one stretch. Of a longer one each further stretch begins half a length
    later and its second half counts, so that every answer is seen after half a length of earlier ones.

    Args:
        part: Rows whose own step in the log is the one at which their history stops.
        length: Steps of a stretch, 2 or more.
    """
    log = history_of(part)
    half = max(length // 2, 1)
    offset = log.stop - log.start
    number = np.maximum(-(-(offset - length + 1) // half), 0)
    keys = np.stack([log.start, number], axis=1)
    unique, window = np.unique(keys, axis=0, return_inverse=True)
    window = window.ravel().astype(np.int64)
    first = unique[:, 0] + unique[:, 1] * half
    last = np.zeros(len(unique), dtype=np.int64)
    np.maximum.at(last, window, log.stop)
    at = first[:, None] + np.arange(length)[None, :]
    return Layout(np.where(at <= last[:, None], at, -1), window, log.stop - first[window])


def inputs_at(part: RowsPart, at: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Items, answers and mask, each (m, length), at steps of the log; none where the step is below 0."""
    log = history_of(part)
    mask = at >= 0
    codes = log.codes[np.maximum(at, 0)]
    return np.where(mask, codes[..., 0], 0), np.where(mask, codes[..., 1], -1), mask


def _counting(values: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """The values, answers and weights of the steps that count, each (m,)."""
    assert batch.weight is not None
    counts = batch.weight > 0
    return values[counts], batch.target[counts].float(), batch.weight[counts]
