"""The training loop under a constraint on the rates of groups: a Lagrangian, steered by validation rows.

The loss of a row gets a term: the sum of the multipliers of its groups (each over the group's share, less
the mean over all) times a smooth stand-in for "is selected". Its mean over the training rows is the sum of
multipliers times (rate of the group - rate of all), so that one batch need not hold every group. After
each epoch the multipliers move by how far the rates of *decisions* on validation rows lie beyond the
bound (proxy-Lagrangian: Cotter et al., JMLR 2019). Groups are not needed to predict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from testamur.contracts.constraint import FairnessOptions
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import RowsTable
from testamur.train.form import Batch
from testamur.train.group_rates import Decide, Watch, count_rows, rates_of, strata_of, widest
from testamur.train.loop import EVALUATION_ROWS, Loop
from testamur.train.loss import averaged
from testamur.train.progress import Progress

STRIDE = 3.0  # by how much a multiplier moves per epoch for each unit that a rate lies beyond
AIM = 0.7  # of the bound: rates of training end a little inside
_TINY = 1e-6


@dataclass(slots=True, eq=False)
class FairLoop(Loop):
    """One constrained training under way.

    Attributes:
        table: Rows with their groups.
        asked: The constraint.
        watches: Attributes that it holds for.
        decide: Fixes the decision threshold on validation rows.
        multipliers: Per attribute (2, n_strata, n_groups), at least 0: against a rate above that of all
            rows, and against one below it.
        threshold: Of the last epoch.
        gap: Largest gap of the last epoch on validation rows.
        best: (excess of the gap over the bound, validation loss) of the weights that are kept.
    """

    table: RowsTable = field(kw_only=True)
    asked: FairnessOptions = field(kw_only=True)
    watches: list[Watch] = field(kw_only=True)
    decide: Decide = field(kw_only=True)
    multipliers: list[np.ndarray] = field(init=False)
    threshold: float = field(default=0.5, init=False)
    gap: float = field(default=math.inf, init=False)
    best: tuple[float, float] = field(default=(math.inf, math.inf), init=False)
    _pull: Tensor = field(init=False)

    def __post_init__(self) -> None:
        Loop.__post_init__(self)
        self.multipliers = [np.zeros((2, *watch.kept.shape)) for watch in self.watches]

    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Go on from a checkpoint, with its multipliers."""
        Loop.restore(self, tensors, progress)
        self.multipliers = [tensors[f"multipliers.{watch.name}"].numpy() for watch in self.watches]
        self.threshold, self.gap, *best = tensors["constraint"].tolist()
        self.best = (best[0], best[1])

    def _state(self) -> dict[str, Tensor]:
        pairs = zip(self.watches, self.multipliers, strict=True)
        kept = {f"multipliers.{watch.name}": torch.from_numpy(values) for watch, values in pairs}
        numbers = torch.tensor([self.threshold, self.gap, *self.best], dtype=torch.float64)
        return {**Loop._state(self), **kept, "constraint": numbers}

    def _run_batches(self, epoch: int, order: Tensor) -> None:
        self._pull = torch.from_numpy(self.pull()).to(self.device).index_select(0, order)
        Loop._run_batches(self, epoch, order)

    def pull(self) -> np.ndarray:
        """(n,) float32 factor of each training row's stand-in for being selected."""
        part = self.table.train
        stratum = strata_of(self.asked.constraint, part.target)
        pulled = np.zeros(part.n_rows)
        for watch, (above, below) in zip(self.watches, self.multipliers, strict=True):
            weight = above - below  # (n_strata, n_groups)
            rows = count_rows(part, stratum, watch.position, *watch.kept.shape)
            group = part.groups[:, watch.position].astype(np.int64)
            own = np.where(rows > 0, weight * part.n_rows / np.maximum(rows, 1), 0.0)
            common = weight.sum(axis=1) * part.n_rows / np.maximum(rows.sum(axis=1), 1)  # (n_strata,)
            pulled += np.where(group >= 0, own[stratum, group] - common[stratum], 0.0)
        return pulled.astype(np.float32)

    def _loss(self, batch: Batch, part: slice) -> Tensor:
        """The loss with the term of the constraint; the training loss that is told holds it, too."""
        output = self.module(*batch.inputs)
        chance = averaged(output, ProblemKind.BINARY).clamp(_TINY, 1 - _TINY)  # (b,)
        near = torch.sigmoid(torch.logit(chance) - self._logit_of_threshold())
        return self.form.loss(output, batch) + (self._pull[part] * near).mean()

    def _logit_of_threshold(self) -> float:
        threshold = min(max(self.threshold, 1e-3), 1 - 1e-3)
        return math.log(threshold / (1 - threshold))

    def _evaluate(self) -> list[float]:
        """The held-out loss; on the way, rates are looked at and the multipliers moved."""
        losses = Loop._evaluate(self)
        part = self.table.validation
        event = self._events()
        self.threshold = self.decide(np.asarray(part.target, np.int64), event)
        selected, stratum = event >= self.threshold, strata_of(self.asked.constraint, part.target)
        self.gap = 0.0
        for watch, multipliers in zip(self.watches, self.multipliers, strict=True):
            rates = rates_of(part, selected, stratum, watch)
            self.gap = max(self.gap, widest(rates))
            self._steer(multipliers, rates)
        return losses

    def _steer(self, multipliers: np.ndarray, rates: np.ndarray) -> None:
        """Raise multipliers of rates that lie too far from the middle of all groups, lower the others."""
        middle = (np.nanmax(rates, axis=1) + np.nanmin(rates, axis=1)) / 2  # (n_strata,)
        off, room = np.nan_to_num(rates - middle[:, None]), AIM * self.asked.bound / 2
        watched = ~np.isnan(rates)
        multipliers[0] = np.where(watched, np.maximum(multipliers[0] + STRIDE * (off - room), 0.0), 0.0)
        multipliers[1] = np.where(watched, np.maximum(multipliers[1] + STRIDE * (-off - room), 0.0), 0.0)

    @torch.no_grad()
    def _events(self) -> np.ndarray:
        """(n,) probabilities of the event of the validation rows, float64."""
        self.module.eval()
        n, size = self.validation.n, EVALUATION_ROWS
        parts = [self.validation.batch(slice(i, i + size)) for i in range(0, n, size)]
        settled = [self.form.settle(self.module(*batch.inputs)) for batch in parts]
        events: np.ndarray = torch.cat(settled).double().cpu().numpy()
        return events

    def settled(self) -> dict[str, float]:
        """The multipliers by attribute, group and outcome; above 0 where a rate is held down."""
        told = {}
        for watch, (above, below) in zip(self.watches, self.multipliers, strict=True):
            for (stratum, group), value in np.ndenumerate(above - below):
                among = f" (outcome {stratum})" if len(above) == 2 else ""
                told[f"{watch.name}: {watch.levels[group]}{among}"] = float(value)
        return told

    def _is_best(self, validation_loss: float) -> bool:
        """Within the bound before beyond it; among those within, the lower loss."""
        found = (max(self.gap - self.asked.bound, 0.0), validation_loss)
        if found >= self.best:
            return False
        self.best = found
        return True
