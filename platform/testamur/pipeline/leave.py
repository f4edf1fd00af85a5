"""The last two rooms: the report is composed and rendered, the dossier written and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.finding import CheckStatus
from testamur.contracts.job import Stage
from testamur.jobs.validate import CORE
from testamur.pipeline.plugin_sections import applying, draw_insights, fill_sections
from testamur.pipeline.previous import change_since

if TYPE_CHECKING:
    from testamur.contracts.check import AuditInput, AuditResult
    from testamur.contracts.examined import ExaminedCard
    from testamur.contracts.policy import Policy
    from testamur.contracts.report import Report
    from testamur.hooks.registry import Registry
    from testamur.jobs.validate import ResolvedJob
    from testamur.pipeline.compare import Side
    from testamur.pipeline.run_job import Place
    from testamur.pipeline.stages import Stages
    from testamur.report.keys import PublicHalf, SigningKey
    from testamur.train.fit import TrainedModel


@dataclass(frozen=True, slots=True)
class Departure:
    """Everything a job has gathered on its walk."""

    job: ResolvedJob
    policy: Policy
    given: AuditInput
    result: AuditResult
    model: TrainedModel | None  # None: trained elsewhere, see `examined`
    created_at: datetime
    examined: ExaminedCard | None = None
    previous: Side | None = None  # the earlier dossier that the job names


def write_pages(
    departure: Departure, registry: Registry, where: Place, stages: Stages
) -> tuple[Report, Path]:
    """Compose and render the report, then write the dossier, and seal it where nobody else is to.

    Returns:
        The report as data, and the dossier's folder.

    Raises:
        StoreError: The disk is full or the folder cannot be written; nothing half-written stays.
    """
    from testamur.report.dossier import parse_evidence, write_dossier
    from testamur.report.job_file import notes_on, repeatable
    from testamur.report.keys import load_or_create
    from testamur.report.render import render_html

    with stages.enter(Stage.REPORT):
        key = where.sealer or load_or_create(where.home)
        evidence = parse_evidence(departure.result.evidence)
        plain = _with_change(_compose(departure, registry, where, stages, key), departure)
        rows = parse_evidence(departure.result.evidence, restricted=True)
        report, parts = plain, []
        if departure.model is not None:  # plugins' parts go by what training left behind
            report, parts = fill_sections(plain, evidence, registry, restricted=rows)
        report, pages = draw_insights(report, parts)
        html = render_html(report, evidence, parts=[part.spec for part in parts])
    with stages.enter(Stage.SEAL):
        model_files = departure.model.save(where.folder / "model") if departure.model else []
        spec = departure.job.spec
        again = repeatable(
            spec,
            departure.given.table,
            policy=departure.policy.key,
            threads=spec.training.threads or where.threads,
        )
        folder = write_dossier(
            where.dossier,
            report,
            html,
            model_files={path.name: path for path in model_files},
            encoder=departure.given.table.encoder,
            evidence=departure.result.evidence,
            key=key,
            job=again,
            job_notes=notes_on(again, report.data.sha256),
            pages=pages.shared,
            restricted_pages=pages.restricted,
        )
    return report, folder


def _with_change(report: Report, departure: Departure) -> Report:
    """The report with what has changed since the earlier one, where the job names one."""
    if departure.previous is None:
        return report
    change = change_since(departure.previous, report, departure.result.evidence)
    return report.model_copy(update={"change": change})


def _requirements(departure: Departure, registry: Registry) -> list[str]:
    """The plugins that had a part in the job, each as pip installs it again."""
    spec = departure.job.spec
    asked = {CheckStatus.DONE, CheckStatus.FAILED, CheckStatus.NOT_ESTIMABLE}
    keys = {spec.dataset.use or "", spec.model.use, departure.policy.key}
    keys |= {entry.check for entry in departure.result.coverage if entry.status in asked}
    parts = applying(registry, departure.given.table.problem.kind, spec.dataset.use or "")
    keys |= {part.key for part in parts}
    names = {key.partition(".")[0] for key in keys} - {"", CORE}
    found = [info for info in registry.plugins() if info.name in names and info.distribution]
    return sorted({f"{info.distribution}=={info.version}" for info in found})


def _compose(
    departure: Departure, registry: Registry, where: Place, stages: Stages, key: SigningKey | PublicHalf
) -> Report:
    from testamur.report.compose import compose_report
    from testamur.report.dossier import evidence_records

    job, given, result = departure.job, departure.given, departure.result
    return compose_report(
        job_id=where.job_id,
        attempt=where.number,
        spec=job.spec,
        table=given.table,
        model_title=departure.examined.title if departure.examined else job.model.title,
        training=departure.model.summary if departure.model else None,
        examined=departure.examined,
        policy=departure.policy,
        checks=list(registry.checks().values()),
        result=result,
        threshold=given.threshold,
        threshold_rule=given.threshold_rule,
        evidence=evidence_records(result.evidence),
        stage_seconds=stages.seconds,
        device=departure.model.summary.device if departure.model else "cpu",
        walls=where.walls,
        plugins={info.name: info.version for info in registry.plugins()},
        requirements=_requirements(departure, registry),
        created_at=departure.created_at,
        signer=key.fingerprint,
        domain=job.domain,
    )
