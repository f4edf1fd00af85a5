"""The walk of a model trained elsewhere: load, ask, audit, judge, report, seal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from testamur.contracts.audit_asked import asks_for_bag, find_audit_faults
from testamur.contracts.check import AuditInput, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.examined import ExaminedCard, Handover
from testamur.contracts.job import Stage
from testamur.contracts.table import Predictions
from testamur.contracts.threshold_rule import parse_threshold
from testamur.pipeline.at_hand import at_hand
from testamur.settings import datasets_folder

if TYPE_CHECKING:
    from testamur.contracts.policy import Policy
    from testamur.contracts.table import PartName, RowsTable
    from testamur.data.examined_rows import ExaminedRows
    from testamur.hooks.registry import Registry
    from testamur.jobs.validate import ResolvedJob
    from testamur.pipeline.compare import Side
    from testamur.pipeline.handed_model import HandedModel
    from testamur.pipeline.run_job import JobOutcome, Place
    from testamur.pipeline.stages import Stages

_ELSEWHERE = "the model was trained elsewhere, by a recipe that was not given"
DECIDED = 0.5  # between classes that were decided elsewhere, which are probabilities of 0 and 1


def examine_model(
    job: ResolvedJob,
    policy: Policy,
    registry: Registry,
    where: Place,
    stages: Stages,
    call: Any = None,
    *,
    previous: Side | None = None,
) -> JobOutcome:
    """Audit a model that was trained elsewhere.

    Args:
        job: A job with an ``[examined]`` part.
        policy: What the findings are held against.
        registry: The loaded plugins.
        where: Where the attempt works.
        stages: Hears of the stages.
        call: The callable itself, where the process that asks has one.
        previous: The earlier dossier that the job names.

    Raises:
        TestamurError: With the reason.
    """
    from testamur.pipeline.leave import Departure, write_pages
    from testamur.pipeline.run_job import JobOutcome, audit_and_judge

    rows = _load(job, where, stages)
    model = _open(job, rows, where, stages, call)
    predictions = _predict(job, rows, model, where, stages)
    given = _question(job, policy, rows, predictions, model, stages)
    result = audit_and_judge(given, registry, where, stages)
    departure = Departure(
        job=job,
        policy=policy,
        given=given,
        result=result,
        model=None,
        examined=model.card,
        created_at=datetime.now(UTC),
        previous=previous,
    )
    report, dossier = write_pages(departure, registry, where, stages)
    return JobOutcome(dossier=dossier, report=report, cleared=result.cleared)


def _load(job: ResolvedJob, where: Place, stages: Stages) -> ExaminedRows:
    from testamur.data.examined_rows import load_examined

    examined = job.spec.examined
    assert examined is not None
    with stages.enter(Stage.LOAD), at_hand(job.spec.dataset, where.brought) as request:
        rows = load_examined(
            request,
            examined,
            job.dataset,
            base=where.base,
            environ=where.environ,
            datasets=datasets_folder(where.home, where.environ),
            bands=job.spec.audit.bands,
            seed=job.spec.job.seed,
        )
        if faults := find_audit_faults(job.spec.audit, rows.table):
            raise ConfigurationError("The audit's options cannot be used", faults)
    return rows


def _open(job: ResolvedJob, rows: ExaminedRows, where: Place, stages: Stages, call: Any) -> HandedModel:
    from testamur.pipeline.handed_model import open_model

    examined = job.spec.examined
    assert examined is not None
    stages.check_stop()
    model = open_model(examined, base=where.base, data=rows.table.spec.title, call=call)
    if examined.train is None:
        return model
    from dataclasses import replace
    from pathlib import PurePath

    named = model.card.model_copy(update={"trained_on": PurePath(examined.train).name})
    return replace(model, card=named)


def _predict(
    job: ResolvedJob, rows: ExaminedRows, model: HandedModel, where: Place, stages: Stages
) -> dict[str, Mapping[PartName, Predictions]]:
    """The model's predictions, and those of baselines where training rows are given."""
    table = rows.table
    with stages.enter(Stage.PREDICT, detail=model.card.title):
        if rows.stated is not None:
            stated = rows.stated
            said = Predictions(
                probabilities=stated.probabilities, values=stated.values, decided=stated.decided
            )
        else:
            assert model.ask is not None
            said = model.ask(rows.frame, table.problem.kind, table.classes)
        found: dict[str, Mapping[PartName, Predictions]] = {"model": {"test": said}}
        if table.train.n_rows and table.features:
            found |= _baselines(job, table, where, stages)
    return found


def _baselines(
    job: ResolvedJob, table: RowsTable, where: Place, stages: Stages
) -> dict[str, Mapping[PartName, Predictions]]:
    from testamur.contracts.model import InputShape
    from testamur.train.baseline_set import fit_baselines

    training = job.spec.training
    fitted = fit_baselines(
        table,
        InputShape.ROWS,
        seed=job.spec.job.seed,
        threads=training.threads or where.threads,
        class_weights=training.class_weights,
        bag=asks_for_bag(job.spec.audit, table),
        made={},
        stop=stages.check_stop,
    )
    return {name: {"test": predictor.predict(table.test)} for name, predictor in fitted.items()}


def _question(
    job: ResolvedJob,
    policy: Policy,
    rows: ExaminedRows,
    predictions: Mapping[str, Mapping[PartName, Predictions]],
    model: HandedModel,
    stages: Stages,
) -> AuditInput:
    from testamur.pipeline.handed_rows import HandedRows

    table, threshold, rule = rows.table, None, ""
    if table.problem.kind is ProblemKind.BINARY:
        threshold, rule = settle_threshold(job.spec.audit.threshold, predictions["model"]["test"])
    return AuditInput(
        table=table,
        policy=policy,
        options=job.spec.audit,
        predictions=predictions,
        threshold=threshold,
        threshold_rule=rule,
        raw=None
        if model.ask is None
        else HandedRows(rows.frame, model.ask, table.problem.kind, table.classes),
        energy=None,
        purpose=job.spec.purpose,
        seed=job.spec.job.seed,
        reasons=_reasons(model.card, table),
    )


def settle_threshold(option: float | str | None, said: Predictions) -> tuple[float, str]:
    """The threshold at which the model decides elsewhere: it is stated, for no rows are kept to find one.

    Args:
        option: The job's ``audit.threshold``.
        said: The model's predictions.

    Raises:
        ConfigurationError: A rule that needs validation rows.
    """
    if said.decided:
        return DECIDED, "the classes were decided elsewhere"
    if option is None:
        return DECIDED, "none was stated; one half was taken"
    rule = parse_threshold(option)
    if rule.kind == "number":
        return rule.value, "given by the job"
    if rule.kind == "cost":
        words = f"from costs: a false alarm costs {rule.value:g}, a missed event {rule.miss:g}"
        return rule.value / (rule.value + rule.miss), words
    message = (
        f"a number or costs are required for a model trained elsewhere, however: the rule '{rule.text}', "
        "which is applied to validation rows"
    )
    remedy = "audit.threshold = 0.3, say: the threshold that the model is used with"
    raise ConfigurationError("The job cannot be used", [Problem("audit.threshold", message, remedy)])


def _reasons(card: ExaminedCard, table: RowsTable) -> dict[Need, str]:
    """Why something is not at hand, for the ledger."""
    if card.handover is Handover.PREDICTIONS:
        predictor = "the model itself was not given, only its predictions"
    else:
        predictor = "the model takes rows as they are in the file; it cannot be asked about encoded rows"
    found = {
        Need.TRAINER: _ELSEWHERE,
        Need.GRADIENTS: _ELSEWHERE,
        Need.ENERGY: "the model was trained elsewhere; what that took was not measured",
        Need.PREDICTOR: predictor,
        Need.ASKABLE: predictor,
    }
    if not table.train.n_rows:
        found[Need.BASELINES] = "no training rows were given that baselines could be fitted on"
    return found


__all__ = ["DECIDED", "examine_model", "settle_threshold"]
