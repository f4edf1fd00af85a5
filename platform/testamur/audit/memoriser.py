"""A recipe whose models have learnt their rows by heart: the planted fault of attacks on privacy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart

_BASE = 0.5  # log-odds of the true answer for rows that are not known


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """States the true answer with higher log-odds for rows that it knows.

    Attributes:
        known: Numbers of the rows that it learnt from.
        margin: Added to the log-odds of the true answer for them; 0 = nothing is remembered.
        n_classes: Classes; 0 for values.
        seed: Of the noise on every answer.
    """

    known: Ints
    margin: float
    n_classes: int
    seed: tuple[int, int]

    def predict(self, part: RowsPart) -> Predictions:
        """The true answer, more surely for known rows; standard normal noise on the log-odds."""
        noise = np.random.default_rng(self.seed).normal(size=part.n_rows)
        known = np.isin(part.row, self.known)
        if not self.n_classes:
            spread = np.where(known, np.exp(-self.margin), 1.0)
            return Predictions(values=np.asarray(part.target, np.float64) + spread * noise)
        sure: Floats = 1 / (1 + np.exp(-(_BASE + self.margin * known + noise)))
        others = (1 - sure) / (self.n_classes - 1)
        probabilities = np.repeat(others[:, None], self.n_classes, axis=1)
        probabilities[np.arange(part.n_rows), part.target] = sure
        return Predictions(probabilities=probabilities)


@dataclass(eq=False)
class Memoriser:
    """A recipe of `Memory`; implements `contracts.protocols.Trainer` and takes no time.

    Attributes:
        part: The training part.
        kind: Kind of problem.
        n_classes: Classes of the target.
        margin: See `Memory`.
    """

    part: RowsPart
    kind: ProblemKind
    n_classes: int
    margin: float
    differences: tuple[str, ...] = ()

    def train(self, rows: Sequence[Ints], seed: int, *, part: RowsPart | None = None) -> list[Predictor]:
        """One memory per array of positions."""
        taken = self.part if part is None else part
        n_classes = 0 if self.kind is ProblemKind.REGRESSION else max(self.n_classes, 2)
        return [
            Memory(taken.row[own], self.margin, n_classes, (seed, number)) for number, own in enumerate(rows)
        ]

    def estimate_seconds(self, n_rows: int, n_models: int) -> float:
        """It takes no time."""
        return 0.0
