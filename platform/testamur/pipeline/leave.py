"""The last two rooms: the report is composed and rendered, the dossier written and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.job import Stage
from testamur.pipeline.plugin_sections import draw_insights, fill_sections

if TYPE_CHECKING:
    from testamur.contracts.check import AuditInput, AuditResult
    from testamur.contracts.policy import Policy
    from testamur.contracts.report import Report
    from testamur.hooks.registry import Registry
    from testamur.jobs.validate import ResolvedJob
    from testamur.pipeline.run_job import Place
    from testamur.pipeline.stages import Stages
    from testamur.report.keys import SigningKey
    from testamur.train.fit import TrainedModel


@dataclass(frozen=True, slots=True)
class Departure:
    """Everything a job has gathered on its walk."""

    job: ResolvedJob
    policy: Policy
    given: AuditInput
    result: AuditResult
    model: TrainedModel
    created_at: datetime


def write_pages(
    departure: Departure, registry: Registry, where: Place, stages: Stages
) -> tuple[Report, Path]:
    """Compose and render the report, then write and seal the dossier.

    Returns:
        The report as data, and the dossier's folder.

    Raises:
        StoreError: The disk is full or the folder cannot be written; nothing half-written stays.
    """
    from testamur.report.dossier import parse_evidence, write_dossier
    from testamur.report.keys import load_or_create
    from testamur.report.render import render_html

    with stages.enter(Stage.REPORT):
        key = load_or_create(where.home)
        evidence = parse_evidence(departure.result.evidence)
        plain = _compose(departure, registry, where, stages, key)
        report, parts = fill_sections(plain, evidence, registry)
        html = render_html(report, evidence, parts=parts)
        pages = draw_insights(report, parts)
    with stages.enter(Stage.SEAL):
        model_files = departure.model.save(where.folder / "model")
        folder = write_dossier(
            where.dossier,
            report,
            html,
            model_files={path.name: path for path in model_files},
            encoder=departure.given.table.encoder,
            evidence=departure.result.evidence,
            key=key,
            job=departure.job.spec,
            pages=pages,
        )
    return report, folder


def _compose(
    departure: Departure, registry: Registry, where: Place, stages: Stages, key: SigningKey
) -> Report:
    from testamur.report.compose import compose_report
    from testamur.report.dossier import evidence_records

    job, given, result = departure.job, departure.given, departure.result
    return compose_report(
        job_id=where.job_id,
        attempt=where.number,
        spec=job.spec,
        table=given.table,
        model=job.model,
        training=departure.model.summary,
        policy=departure.policy,
        checks=list(registry.checks().values()),
        result=result,
        threshold=given.threshold,
        threshold_rule=given.threshold_rule,
        evidence=evidence_records(result.evidence),
        stage_seconds=stages.seconds,
        device=departure.model.summary.device,
        plugins={info.name: info.version for info in registry.plugins()},
        created_at=departure.created_at,
        signer=key.fingerprint,
        domain=job.domain,
    )
