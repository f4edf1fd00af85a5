"""The walk of a job: load, split, fit, predict, audit, judge, report, seal. Read this first.

A job walks through the rooms once, left to right, and leaves with a dossier. The rooms do not
know each other: everything they hand on passes through this file, as records of `contracts`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.audit_asked import asks_for_bag
from testamur.contracts.check import AuditInput, AuditResult, CheckSpec
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.job import Attempt, JobSpec, Stage
from testamur.jobs.validate import ResolvedJob, resolve_job
from testamur.pipeline.energy_meter import Meter
from testamur.pipeline.prepare import load_rows, make_table
from testamur.pipeline.previous import find_previous
from testamur.pipeline.stages import Stages
from testamur.settings import datasets_folder

if TYPE_CHECKING:
    from testamur.contracts.finding import Finding
    from testamur.contracts.model import TrainingOptions
    from testamur.contracts.policy import Policy
    from testamur.contracts.protocols import Observer, Predictor
    from testamur.contracts.report import Report
    from testamur.contracts.table import PartName, Predictions, RowsTable
    from testamur.contracts.wall import Wall
    from testamur.hooks.registry import Registry
    from testamur.pipeline.compare import Side
    from testamur.report.keys import PublicHalf
    from testamur.train.fit import TrainedModel

AllPredictions = Mapping[str, "Mapping[PartName, Predictions]"]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a job leaves with.

    Attributes:
        dossier: Folder that holds weights, report and evidence, and the signed manifest where it is sealed.
        report: The audit report as data.
        cleared: True when no ``must`` limit of the policy stands in the way of release.
    """

    dossier: Path
    report: Report
    cleared: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where one attempt works, and on what.

    Attributes:
        job_id: The job.
        number: The attempt, counted from 1.
        folder: Working folder; checkpoints in it survive the attempt.
        dossier: Where the finished dossier goes.
        home: The platform's folder; holds the signing key, which only a process that seals reads.
        base: Folder against which relative paths of the job are read.
        device: "cpu", "cuda" or "auto".
        threads: Threads for training on a CPU, where the job names none.
        environ: Variables that the job may name in ``url = "env:NAME"``.
        walls: Bounds around the code of plugins, and whether they stand.
        micro_batches: Parts in which a batch passes the device.
        in_team: This process is one of several that train together.
        brought: Copy of the object that the job names by URL; None: this process brings it.
        sealer: Public half of the key of whoever seals the dossier; None: this process, with the home's key.
        started_at: When the attempt began.
    """

    job_id: str
    number: int
    folder: Path
    dossier: Path
    home: Path
    base: Path
    device: str = "cpu"
    threads: int = 1
    environ: Mapping[str, str] | None = None
    walls: tuple[Wall, ...] = ()
    micro_batches: int = 1
    in_team: bool = False
    sealer: PublicHalf | None = None
    brought: Path | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_attempt(self) -> Attempt:
        """The running attempt, as plugins that watch the audit are told of it."""
        return Attempt(
            number=self.number,
            worker="",
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self.started_at,
            ended_at=None,
            heartbeat_at=datetime.now(UTC),
            outcome="running",
            reason="",
            resumed_from_epoch=None,
            micro_batches=self.micro_batches,
        )


def run_job(
    spec: JobSpec,
    *,
    job_id: str,
    attempt: int,
    registry: Registry,
    observer: Observer,
    folder: Path,
    dossier: Path,
    home: Path,
    base: Path,
    device: str = "cpu",
    threads: int = 1,
    environ: Mapping[str, str] | None = None,
    walls: tuple[Wall, ...] = (),
    micro_batches: int = 1,
    in_team: bool = False,
    sealer: PublicHalf | None = None,
    brought: Path | None = None,
    call: Any = None,
) -> JobOutcome:
    """Run one attempt of a job from its specification to its dossier.

    Args:
        spec: The job.
        job_id: Name of the job; the dossier states it.
        attempt: Number of the attempt, from 1. A later attempt resumes from the checkpoint in `folder`.
        registry: The loaded plugins.
        observer: Hears of stages, epochs and checks, and can end the attempt.
        folder: Working folder of the job.
        dossier: Where the finished dossier goes; written in one step at the end.
        home: The platform's folder; holds the signing key, which only a process that seals reads.
        base: Folder against which relative paths of the job are read.
        device: "cpu", "cuda" or "auto".
        threads: Threads for training on a CPU, where the job names none.
        environ: Variables that the job may name in ``url = "env:NAME"``.
        walls: Bounds around the code of plugins, which the report states; empty where there are none.
        micro_batches: Parts in which a batch passes the device: 2 after it ran out of memory once.
        in_team: This process leads several that train together; ``torchrun`` started it.
        sealer: Public half of the key of whoever seals the dossier once this process has ended; None: it
            is sealed here, by a process in which plugin code has run.
        brought: Copy of the object that the job names by URL, where another process has brought it.
        call: The callable that ``examined.call`` names, where the process that asks has one; a queued
            job never has.

    Raises:
        TestamurError: With the reason; nothing of the job is lost.
    """
    where = Place(
        job_id, attempt, folder, dossier, home, base, device, threads, environ, walls, micro_batches, in_team,
        sealer, brought,
    )  # fmt: skip
    job = resolve_job(spec, registry, base=base)
    policy = job.spec.audit.own_policy or registry.policy(job.policy)
    meter = Meter(device=device, watts_per_core=job.spec.audit.watts_per_core)
    stages = Stages(observer, registry, job_id=job_id, attempt=attempt, meter=meter)
    previous = find_previous(job.spec.audit.previous, base=base, dossiers=_dossiers(job, dossier, home))
    if job.spec.examined is not None:
        from testamur.pipeline.examine_model import examine_model

        return examine_model(job, policy, registry, where, stages, call, previous=previous)
    table = load(job, where, stages)
    model = fit(job, table, where, stages, policy)
    predictions = _predict(job, table, model, threads, stages)
    given = _question(job, policy, table, predictions, model, where, stages)
    result = audit_and_judge(given, registry, where, stages)
    return _seal(job, policy, given, result, model, previous, registry, where, stages)


def _dossiers(job: ResolvedJob, dossier: Path, home: Path) -> Path:
    """Where the dossiers of other jobs are: a queued job seals its own in a folder of its attempt."""
    near = dossier.parent
    return near if (near / (job.spec.audit.previous or "")).is_dir() else home / "dossiers"


def load(job: ResolvedJob, where: Place, stages: Stages) -> RowsTable:
    """The declared data, read, divided and encoded."""
    with stages.enter(Stage.LOAD):
        datasets = datasets_folder(where.home, where.environ)
        source = load_rows(
            job, base=where.base, environ=where.environ, datasets=datasets, brought=where.brought
        )
    with stages.enter(Stage.SPLIT):
        return make_table(job, source, base=where.base)


def fit(
    job: ResolvedJob, table: RowsTable, where: Place, stages: Stages, policy: Policy | None = None
) -> TrainedModel:
    """The model, trained; resumed where an earlier attempt left a checkpoint."""
    with stages.enter(Stage.FIT, detail=job.model.title):
        from testamur.train.devices import choose_device
        from testamur.train.fair_fit import fit_fair
        from testamur.train.fit import fit_model

        team, device = None, choose_device(where.device)
        if where.in_team:
            from testamur.train.team import join_team

            team, device = join_team(device)
        around: dict[str, Any] = {
            "seed": job.spec.job.seed,
            "device": device,
            "folder": where.folder / "checkpoint",
            "observer": stages,
            "micro_batches": where.micro_batches,
        }
        asked = (job.model, job.options, _training(job, where), table)
        if job.spec.training.fairness and policy is not None:
            model = fit_fair(*asked, **around, decide=_decide(job, policy))
        else:
            model = fit_model(*asked, **around, team=team)
    stages.meter.hear_of(model.summary)
    return model


def _decide(job: ResolvedJob, policy: Policy) -> Callable[[Any, Any], float]:
    """The decision threshold from outcomes and probabilities of validation rows."""
    from testamur.audit.threshold import choose_threshold

    return lambda target, event: choose_threshold(job.spec.audit.threshold, policy, target, event)[0]


def _training(job: ResolvedJob, where: Place) -> TrainingOptions:
    """The job's training options; threads are the worker's where the job names none."""
    training = job.spec.training
    return training if training.threads else training.model_copy(update={"threads": where.threads})


def _predict(
    job: ResolvedJob, table: RowsTable, model: TrainedModel, threads: int, stages: Stages
) -> AllPredictions:
    """Predictions of the model, of the core's baselines and of those that the model names, same split."""
    from testamur.train.baseline_set import fit_baselines
    from testamur.train.baselines import fit_further

    names: tuple[PartName, ...] = ("train", "validation", "test")
    if table.problem.kind in (ProblemKind.RANKING, ProblemKind.FORECAST):
        # Lists for every choice, and forecasts from every step, cost more than training and tell nothing.
        names = ("validation", "test")
    training = job.spec.training
    with stages.enter(Stage.PREDICT, detail=_beside(job)):
        fitted = fit_baselines(
            table,
            job.model.input_shape,
            seed=job.spec.job.seed,
            threads=training.threads or threads,
            class_weights=training.class_weights,
            bag=asks_for_bag(job.spec.audit, table),
            made=model.beside,
            stop=stages.check_stop,
        )
        predictors: dict[str, Predictor] = {"model": model.predictor, **fitted}
        stages.check_stop()
        for name, reference in job.model.baselines.items():
            predictors[name] = fit_further(
                name,
                reference,
                table,
                seed=job.spec.job.seed,
                threads=training.threads or threads,
            )
            stages.check_stop()
        said = {who: {name: p.predict(table.part(name)) for name in names} for who, p in predictors.items()}
    # Rows that a cross-fitted model learnt from are judged by the members that did not see them.
    said["model"].update(model.held_out)
    return said


def _beside(job: ResolvedJob) -> str:
    further = [name.replace("_", " ") for name in job.model.baselines]
    return ", ".join(["the model and its baselines", *further])


def _question(
    job: ResolvedJob,
    policy: Policy,
    table: RowsTable,
    predictions: AllPredictions,
    model: TrainedModel,
    where: Place,
    stages: Stages,
) -> AuditInput:
    """What the audit is given; the decision threshold is fixed on validation rows only."""
    from testamur.audit.threshold import choose_threshold
    from testamur.train.shadow import Recipe, ShadowTrainer

    threshold, rule = None, ""
    if table.problem.kind is ProblemKind.BINARY:
        kept = model.summary.fairness
        # Thresholds by group were settled around that of the model before: it is the one they share.
        who = "unconstrained" if kept is not None and kept.needs_group else "model"
        threshold, rule = choose_threshold(
            job.spec.audit.threshold,
            policy,
            table.validation.target,
            predictions[who]["validation"].event,
        )
    stages.check_stop()
    recipe = Recipe(
        job.model, job.options, _training(job, where), table, model.summary.device, _decide(job, policy)
    )
    return AuditInput(
        table=table,
        policy=policy,
        options=job.spec.audit,
        predictions=predictions,
        threshold=threshold,
        threshold_rule=rule,
        training=model.summary,
        predictor=model.predictor,
        trainer=ShadowTrainer(recipe, model.summary, stages.check_stop),
        gradients=model.gradients,
        energy=stages.meter,
        purpose=job.spec.purpose,
        seed=job.spec.job.seed,
    )


def audit_and_judge(given: AuditInput, registry: Registry, where: Place, stages: Stages) -> AuditResult:
    """Every check, and every finding held against the policy."""
    return _judge(given, *_audit(given, registry, where, stages), stages)


def _audit(
    given: AuditInput, registry: Registry, where: Place, stages: Stages
) -> tuple[AuditResult, Sequence[Finding]]:
    """Every registered check, run or accounted for; plugins may add findings, never remove."""
    from testamur.audit.run import run_audit

    with stages.enter(Stage.AUDIT, detail=given.policy.key):
        result = run_audit(given, planned_checks(given, registry), observer=stages)
        return result, registry.after_audit(where.as_attempt(), result.findings)


def planned_checks(given: AuditInput, registry: Registry) -> list[CheckSpec]:
    """The registered checks that concern the data at hand: those bound to other datasets are not planned."""
    used = given.table.request.use if given.table.request else None
    return [check for check in registry.checks().values() if not check.datasets or used in check.datasets]


def _judge(given: AuditInput, result: AuditResult, added: Sequence[Finding], stages: Stages) -> AuditResult:
    """Every finding, those that plugins added too, held against the policy's limits."""
    from testamur.audit.conclude import conclude

    with stages.enter(Stage.JUDGE, detail=given.policy.key):
        return conclude(given, result, added)


def _seal(
    job: ResolvedJob,
    policy: Policy,
    given: AuditInput,
    result: AuditResult,
    model: TrainedModel,
    previous: Side | None,
    registry: Registry,
    where: Place,
    stages: Stages,
) -> JobOutcome:
    """The report, rendered, and the dossier, sealed with the platform's key or left for whoever holds it."""
    from testamur.pipeline.leave import Departure, write_pages

    departure = Departure(
        job=job,
        policy=policy,
        given=given,
        result=result,
        model=model,
        created_at=datetime.now(UTC),
        previous=previous,
    )
    report, dossier = write_pages(departure, registry, where, stages)
    return JobOutcome(dossier=dossier, report=report, cleared=result.cleared)
