"""A constrained training: the recipe without the constraint first, then with it, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from testamur.contracts.constraint import FairMethod, FairnessKept, FairnessOptions
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem, TestamurError
from testamur.contracts.event import EventKind
from testamur.contracts.model import ModelOptions, ModelSpec, TrainingOptions
from testamur.contracts.protocols import Observer
from testamur.contracts.table import RowsTable
from testamur.train.fit import fit_model
from testamur.train.group_rates import Decide, Watch, gaps_of, left_out, plan_watches
from testamur.train.group_thresholds import GroupThresholds, settle_thresholds
from testamur.train.rows_form import RowsForm
from testamur.train.trained import TrainedModel

BESIDE = "unconstrained"  # what the report calls the same recipe without the constraint


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A model beside the threshold and the gaps that it has on validation rows."""

    model: TrainedModel
    threshold: float
    gaps: dict[str, float]


def fit_fair(
    spec: ModelSpec,
    options: ModelOptions,
    training: TrainingOptions,
    table: RowsTable,
    *,
    seed: int,
    device: str,
    folder: Path,
    observer: Observer,
    decide: Decide,
    micro_batches: int = 1,
) -> TrainedModel:
    """Train twice, without the constraint and with it; the first stands beside the second in the report.

    Args:
        spec: A model of rows, binary, without folds.
        options: Its validated options.
        training: With ``fairness``.
        table: Encoded rows with protected attributes.
        seed: Of both trainings.
        device: "cpu" or "cuda".
        folder: Where checkpoints are kept, in a folder for each training.
        observer: Hears of each epoch and can end the attempt.
        decide: Fixes the decision threshold on validation rows.
        micro_batches: As in `fit.fit_model`.

    Raises:
        ConfigurationError, DataError: The constraint cannot be kept on these data.
        TestamurError: As `fit.fit_model`.
    """
    asked = training.fairness
    assert asked is not None
    if table.problem.kind is not ProblemKind.BINARY:
        message = f"a binary problem is required, however: {table.problem.kind.value}"
        raise ConfigurationError("The constraint cannot be kept", [Problem("training.fairness", message)])
    watches = plan_watches(asked, table)
    _refuse_many(asked, watches)
    plain_training = training.model_copy(update={"fairness": None})
    around = {"seed": seed, "device": device, "observer": observer, "micro_batches": micro_batches}
    _say(observer, "training without the constraint, to show its price")
    plain = fit_model(spec, options, plain_training, table, folder=folder / BESIDE, **around)
    before = _look(plain, asked, watches, table, decide)
    if asked.method is FairMethod.THRESHOLDS:
        after = _with_thresholds(before, asked, watches[0], table)
        settled = _name_thresholds(after.model, watches[0])
    else:
        _say(observer, f"training under the constraint {asked.constraint.value}")
        made = fit_model(spec, options, training, table, folder=folder, decide=decide, **around)
        after, settled = _look(made, asked, watches, table, decide), made.summary.settled
    told = FairnessKept(
        constraint=asked.constraint,
        bound=asked.bound,
        attributes=tuple(watch.name for watch in watches),
        method=asked.method,
        needs_group=asked.method is FairMethod.THRESHOLDS,
        reached=max(after.gaps.values()) <= asked.bound,
        threshold=after.threshold,
        threshold_before=before.threshold,
        gap_before=before.gaps,
        gap_after=after.gaps,
        n_held_out=table.validation.n_rows,
        left_out=left_out(watches),
        settled=settled,
    )
    summary = after.model.summary.model_copy(update={"fairness": told})
    return replace(after.model, summary=summary, beside={**after.model.beside, BESIDE: plain.predictor})


def _refuse_many(asked: FairnessOptions, watches: Sequence[Watch]) -> None:
    if asked.method is FairMethod.THRESHOLDS and len(watches) > 1:
        names = ", ".join(watch.name for watch in watches)
        message = f"one attribute is required for thresholds by group, however: {names}"
        problem = Problem(
            "training.fairness.attributes", message, "name one, or state method = 'in_training'"
        )
        raise ConfigurationError("The constraint cannot be kept", [problem])


def _look(
    model: TrainedModel, asked: FairnessOptions, watches: Sequence[Watch], table: RowsTable, decide: Decide
) -> Kept:
    """Threshold and gaps of a model on validation rows."""
    part = table.validation
    event = model.predictor.predict(part).event
    threshold = decide(np.asarray(part.target, np.int64), event)
    return Kept(model, threshold, gaps_of(part, event, threshold, asked.constraint, watches))


def _with_thresholds(before: Kept, asked: FairnessOptions, watch: Watch, table: RowsTable) -> Kept:
    """The same network, whose probabilities are moved by group."""
    part, model = table.validation, before.model
    event = model.predictor.predict(part).event
    found = settle_thresholds(part, event, before.threshold, asked.constraint, asked.bound, watch)
    made = _shift(model, found)
    moved = made.predictor.predict(part).event
    return Kept(made, found.common, gaps_of(part, moved, found.common, asked.constraint, [watch]))


def _shift(model: TrainedModel, found: GroupThresholds) -> TrainedModel:
    form = model.predictor.form
    if not isinstance(form, RowsForm):
        raise TestamurError(
            f"plain rows are required for thresholds by group, however: {type(form).__name__}"
        )
    form = replace(form, thresholds=found)
    predictor = model.predictor.with_form(form)
    described = {**model.description, "layout": form.description()}
    return replace(model, predictor=predictor, description=described, gradients=None)


def _name_thresholds(model: TrainedModel, watch: Watch) -> dict[str, float]:
    form = model.predictor.form
    assert isinstance(form, RowsForm)
    assert form.thresholds is not None
    return dict(zip(watch.levels, form.thresholds.own, strict=True))


def _say(observer: Observer, message: str) -> None:
    observer.emit(EventKind.LOG, {"level": "info", "message": message})
