"""Shadow models: the recipe of the audited model, trained again on chosen rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions, TrainingSummary
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsPart, RowsTable
from testamur.train.fit import fit_model
from testamur.train.folds import take_rows
from testamur.train.group_rates import Decide
from testamur.train.guard import memory_explained, on_threads
from testamur.train.make_loop import default_batch_size
from testamur.train.network import NetworkPredictor
from testamur.train.options import TabularOptions
from testamur.train.stacked import DIFFERENCES, Plan, can_stack, train_stack

if TYPE_CHECKING:
    from testamur.contracts.table import Int64

SHARE_OF_STEPS = 0.4  # of the time of an epoch goes with the number of steps, the rest with that of rows
START_S = 0.05  # before the first step, whatever the rows
FEWEST_VALIDATION = 100

NOT_ENCODED_AGAIN = "the encoding of the columns is that of the audited model and is not learnt again"
NO_PATIENCE = (
    "training ends with the epoch that was the audited model's best, and the best epoch up to there is kept"
)
FASTER = 2.4  # a stack against one by one; measured in docs/measurements/audit_shadow.md
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
        decide: Fixes the decision threshold, where a constraint on rates is kept in training.
    """

    spec: ModelSpec
    options: ModelOptions
    training: TrainingOptions
    table: RowsTable
    device: str
    decide: Decide | None = None

    def validation(self, n_rows: int, seed: int) -> RowsPart:
        """The validation rows beside so many training rows: in proportion, and a hundred at least."""
        rows = self.table.validation
        wanted = max(FEWEST_VALIDATION, round(rows.n_rows * n_rows / max(self.table.train.n_rows, 1)))
        if wanted >= rows.n_rows:
            return rows
        drawn = np.random.default_rng([seed, 1]).choice(rows.n_rows, wanted, replace=False)
        return take_rows(rows, np.sort(drawn))

    def batch_size(self, n_rows: int) -> int:
        """Rows of a batch, by the rule of `fit_model`."""
        return self.training.batch_size or default_batch_size(n_rows)

    def n_steps(self, n_rows: int) -> int:
        """Batches of an epoch on so many rows."""
        return -(-n_rows // self.batch_size(n_rows))


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
        epochs = _epochs(recipe.training, summary)
        self._recipe = replace(recipe, training=recipe.training.model_copy(update={"epochs": epochs}))
        self._summary = summary
        self._stop = stop
        self._stacks = stack and can_stack(recipe.spec, recipe.options, recipe.training, recipe.table)

    @property
    def differences(self) -> tuple[str, ...]:
        """Where these trainings differ from that of the audited model."""
        told: tuple[str, ...] = (NOT_ENCODED_AGAIN, FEWER_VALIDATION)
        if self._recipe.training.epochs < self._summary.epochs_run:
            told = (*told, NO_PATIENCE)
        return (*told, *DIFFERENCES) if self._stacks else told

    def train(self, rows: Sequence[Int64], seed: int, *, part: RowsPart | None = None) -> list[Predictor]:
        """Train one model per array of positions in `part`, by default the training part.

        Raises:
            DataError: There is nothing to learn from.
            TrainingDiverged: A loss is not finite any more.
            Cancelled, Interrupted: The attempt must end.
        """
        if not rows:
            return []
        part = self._recipe.table.train if part is None else part
        own = np.random.SeedSequence([seed, 2]).generate_state(len(rows)).astype(np.int64) % 2**31
        seeds = [int(s) for s in own]
        validation = self._recipe.validation(round(np.mean([len(chosen) for chosen in rows])), seed)
        if self._stacks:
            return list(self._train_stack(part, rows, seeds, validation))
        return [self._train_one(part, c, s, validation) for c, s in zip(rows, seeds, strict=True)]

    def _train_stack(
        self, part: RowsPart, rows: Sequence[Int64], seeds: list[int], validation: RowsPart
    ) -> list[NetworkPredictor]:
        recipe = self._recipe
        used, places = np.unique(np.concatenate(rows), return_inverse=True)
        ends = np.cumsum([len(chosen) for chosen in rows])[:-1]
        plan = Plan(
            spec=recipe.spec,
            options=cast(TabularOptions, recipe.options),
            training=recipe.training,
            table=replace(recipe.table, train=take_rows(part, used)),
            validation=validation,
            device=recipe.device,
            batch_size=recipe.batch_size(round(np.mean([len(chosen) for chosen in rows]))),
            stop=self._stop,
        )
        with on_threads(recipe.training.threads), memory_explained(recipe.device):
            return train_stack(plan, np.split(places, ends), seeds)

    def _train_one(self, part: RowsPart, chosen: Int64, seed: int, validation: RowsPart) -> Predictor:
        recipe = self._recipe
        unsaved = {"checkpoint_every_s": 0.0, "checkpoint_every_epochs": recipe.training.epochs + 1}
        with tempfile.TemporaryDirectory(prefix="testamur-shadow-") as folder:
            return fit_model(
                recipe.spec,
                recipe.options,
                recipe.training.model_copy(update=unsaved),
                replace(recipe.table, train=take_rows(part, chosen), validation=validation),
                seed=seed,
                device=recipe.device,
                folder=Path(folder),
                observer=Quiet(self._stop),
                resume=False,
                decide=recipe.decide,
            ).predictor

    def estimate_seconds(self, n_rows: int, n_models: int) -> float:
        """From what the audited model took: the epochs of the recipe, steps and rows in proportion."""
        recipe, n = self._recipe, max(self._recipe.table.train.n_rows, 1)
        share = min(1.0, recipe.training.epochs / max(self._summary.epochs_run, 1))
        of_steps = recipe.n_steps(n_rows) / recipe.n_steps(n)
        each = self._summary.seconds * share
        each *= SHARE_OF_STEPS * of_steps + (1 - SHARE_OF_STEPS) * n_rows / n
        return n_models * ((each / FASTER if self._stacks else each) + START_S)


def _epochs(training: TrainingOptions, summary: TrainingSummary) -> int:
    """Epochs of a shadow model: those after which the audited model was no better, where it stopped by that.

    A private training has no best epoch, and a cosine ends where its epochs end: both run in full.
    """
    chosen = summary.best_epoch or training.epochs
    if training.privacy is not None or training.cosine_decay or summary.member_epochs:
        return training.epochs
    return max(1, min(chosen, training.epochs))
