"""Shadow models: the recipe of the audited model, trained again on chosen rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions, TrainingSummary
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.fit import fit_model
from testamur.train.folds import take_rows
from testamur.train.make_loop import default_batch_size

if TYPE_CHECKING:
    from testamur.contracts.table import Int64

SHARE_OF_STEPS = 0.4  # of the time of an epoch goes with the number of steps, the rest with that of rows
START_S = 0.05  # before the first step, whatever the rows
FEWEST_VALIDATION = 100

NOT_ENCODED_AGAIN = "the encoding of the columns is that of the audited model and is not learnt again"
FEWER_VALIDATION = "validation rows, by which a training stops, are reduced in proportion to the rows"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the audited model was trained.

    Attributes:
        spec: The model.
        options: Its validated options.
        training: Epochs, learning rate, early stopping, and private or fair training where it is asked for.
        table: The table it learnt from.
        device: "cpu" or "cuda".
    """

    spec: ModelSpec
    options: ModelOptions
    training: TrainingOptions
    table: RowsTable
    device: str

    def on(self, part: RowsPart, chosen: Int64, seed: int) -> RowsTable:
        """The table whose training part are the chosen rows; validation rows in proportion."""
        validation = self.table.validation
        wanted = max(
            FEWEST_VALIDATION, round(validation.n_rows * len(chosen) / max(self.table.train.n_rows, 1))
        )
        if wanted < validation.n_rows:
            drawn = np.random.default_rng([seed, 1]).choice(validation.n_rows, wanted, replace=False)
            validation = take_rows(validation, np.sort(drawn))
        return replace(self.table, train=take_rows(part, chosen), validation=validation)

    def n_steps(self, n_rows: int) -> int:
        """Batches of an epoch on so many rows."""
        return -(-n_rows // (self.training.batch_size or default_batch_size(n_rows)))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hears nothing of the shadow models' epochs, and lets the attempt end them; an `Observer`."""

    stop: Callable[[], None]

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Nothing: these epochs are not those of the job."""

    def check_stop(self) -> None:
        """As the attempt does."""
        self.stop()


class ShadowTrainer:
    """Trains a recipe again; implements `testamur.contracts.protocols.Trainer`.

    Perceptrons that nothing special is asked of are trained many at a time with stacked weights
    (`train.stacked`); everything else, private training among it, goes through `fit_model` one by one.

    Args:
        recipe: The recipe.
        summary: What the training of the audited model took.
        stop: Raises when the attempt must end.
        stack: False trains one by one, whatever the model.
    """

    def __init__(
        self, recipe: Recipe, summary: TrainingSummary, stop: Callable[[], None], *, stack: bool = True
    ) -> None:
        self._recipe = recipe
        self._summary = summary
        self._stop = stop
        self._stacked = stack and self._can_stack()

    def _can_stack(self) -> bool:
        return False

    @property
    def differences(self) -> tuple[str, ...]:
        """Where these trainings differ from that of the audited model."""
        return (NOT_ENCODED_AGAIN, FEWER_VALIDATION)

    def train(self, rows: Sequence[Int64], seed: int, *, part: RowsPart | None = None) -> list[Predictor]:
        """Train one model per array of positions in `part`, by default the training part.

        Raises:
            DataError: There is nothing to learn from.
            TrainingDiverged: A loss is not finite any more.
            Cancelled, Interrupted: The attempt must end.
        """
        part = self._recipe.table.train if part is None else part
        seeds = np.random.SeedSequence([seed, 2]).generate_state(len(rows)).astype(np.int64) % 2**31
        return [self._train_one(part, own, int(s)) for own, s in zip(rows, seeds, strict=True)]

    def _train_one(self, part: RowsPart, chosen: Int64, seed: int) -> Predictor:
        recipe = self._recipe
        unsaved = {"checkpoint_every_s": 0.0, "checkpoint_every_epochs": recipe.training.epochs + 1}
        with tempfile.TemporaryDirectory(prefix="testamur-shadow-") as folder:
            return fit_model(
                recipe.spec,
                recipe.options,
                recipe.training.model_copy(update=unsaved),
                recipe.on(part, chosen, seed),
                seed=seed,
                device=recipe.device,
                folder=Path(folder),
                observer=Quiet(self._stop),
                resume=False,
            ).predictor

    def estimate_seconds(self, n_rows: int, n_models: int) -> float:
        """From what the audited model took: epochs alike, steps and rows in proportion."""
        n = max(self._recipe.table.train.n_rows, 1)
        of_steps = self._recipe.n_steps(n_rows) / self._recipe.n_steps(n)
        each = self._summary.seconds * (SHARE_OF_STEPS * of_steps + (1 - SHARE_OF_STEPS) * n_rows / n)
        return n_models * (START_S + each)
