"""Choices of users on their way through the loop: windows of histories, and the item that comes next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from testamur.contracts.model import BuildContext, ModelOptions
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur.train.choices import check_choices, choice_windows
from testamur.train.form import Batch
from testamur.train.ranked import rank_part

LENGTH = 50  # steps of a window, where the model's options name none


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of histories on the device; implements `form.Examples`.

    Attributes:
        items: (n, length) item codes.
        targets: (n, length) the choice after each step, 0 where none is asked for.
        weight: (n, length) weights of the targets, n in all.
    """

    items: Tensor
    targets: Tensor
    weight: Tensor

    @property
    def n(self) -> int:
        """How many windows there are."""
        return int(self.items.shape[0])

    def taken(self, order: Tensor) -> Windows:
        """The windows in another order, (n,)."""
        return Windows(*(t.index_select(0, order) for t in (self.items, self.targets, self.weight)))

    def batch(self, part: slice) -> Batch:
        """The windows at these places."""
        targets = self.targets[part]
        return Batch((self.items[part], targets > 0), targets, self.weight[part])


@dataclass(frozen=True, slots=True)
class InteractionsForm:
    """Histories of choices; implements `form.Form`.

    Attributes:
        n_items: Items, without the code 0.
        length: Steps of a window.
        repeats: True where an item may be chosen again.
    """

    n_items: int
    length: int
    repeats: bool

    @classmethod
    def plan(cls, options: ModelOptions, table: RowsTable) -> InteractionsForm:
        """The form that the training part asks for.

        Raises:
            DataError: There are no choices to learn from.
        """
        check_choices(table)
        return cls(len(table.items), int(getattr(options, "length", LENGTH)), table.problem.repeats)

    @classmethod
    def read(cls, tree: dict[str, Any]) -> InteractionsForm:
        """From `description`."""
        return cls(int(tree["n_items"]), int(tree["length"]), bool(tree["repeats"]))

    def context(self, table: RowsTable, *, n_bins: int, seed: int) -> BuildContext:
        """What the build function is told."""
        return BuildContext(
            n_numeric=0,
            cardinalities=(),
            n_outputs=self.n_items,
            problem=table.problem.kind,
            bins=(),
            seed=seed,
            length=self.length,
            n_items=self.n_items,
        )

    def examples(self, part: RowsPart, device: str, by_class: np.ndarray | None) -> Windows:
        """The part's windows; choices of unseen items are no targets."""
        cut = choice_windows(part, self.length)
        arrays = (cut.items, cut.targets, cut.weight)
        return Windows(*(torch.from_numpy(array).to(device, copy=True) for array in arrays))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Cross entropy of the items that came next, (m, n_items) against the batch's targets."""
        return self._cross_entropy(output, batch) / batch.n

    def held_out(self, settled: Tensor, batch: Batch) -> Tensor:
        """The same, summed."""
        return self._cross_entropy(settled, batch).double()

    def _cross_entropy(self, output: Tensor, batch: Batch) -> Tensor:
        asked = batch.target > 0
        rows = F.cross_entropy(output.float(), batch.target[asked] - 1, reduction="none")  # (m,)
        assert batch.weight is not None
        return (rows * batch.weight[asked]).sum()

    def settle(self, output: Tensor) -> Tensor:
        """The scores as they are."""
        return output.float()

    def predict(self, module: nn.Module, part: RowsPart, device: str) -> Predictions:
        """The best items for every row; see `ranked.rank_part`."""

        def score(items: NDArray[np.int64]) -> NDArray[np.float64]:
            return score_after(module, items, device)

        return rank_part(part, self.n_items, score, repeats=self.repeats)

    def description(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def score_after(module: nn.Module, items: NDArray[np.int64], device: str) -> NDArray[np.float64]:
    """(b, n_items) scores of a module after the last step of histories (b, t)."""
    module.eval()
    with torch.no_grad():
        seen = torch.from_numpy(items).to(device, copy=True)
        own = getattr(module, "score_next", None)
        if own is not None:
            scores = own(seen)
        else:
            asked = torch.zeros_like(seen, dtype=torch.bool)
            asked[:, -1] = True
            scores = module(seen, asked)
    found: NDArray[np.float64] = scores.double().cpu().numpy()
    return found
