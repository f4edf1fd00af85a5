"""Gathers what a job has found into one record, the source of every view of it."""

from __future__ import annotations

import calendar
import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from testamur import __version__
from testamur.contracts.report import Provenance, Report
from testamur.report.cards import make_data_card
from testamur.report.triggers import list_triggers
from testamur.report.versions import code_digest, package_versions, platform_words

if TYPE_CHECKING:
    from testamur.contracts.check import AuditResult, CheckSpec
    from testamur.contracts.examined import ExaminedCard
    from testamur.contracts.finding import Evidence, Finding
    from testamur.contracts.job import JobSpec
    from testamur.contracts.model import TrainingSummary
    from testamur.contracts.policy import Policy
    from testamur.contracts.table import RowsTable
    from testamur.contracts.wall import Wall


def compose_report(
    *,
    job_id: str,
    attempt: int,
    spec: JobSpec,
    table: RowsTable,
    model_title: str,
    training: TrainingSummary | None,
    policy: Policy,
    checks: Sequence[CheckSpec],
    result: AuditResult,
    threshold: float | None,
    threshold_rule: str,
    evidence: Sequence[Evidence],
    stage_seconds: Mapping[str, float],
    device: str,
    walls: Sequence[Wall] = (),
    plugins: Mapping[str, str],
    requirements: Sequence[str] = (),
    created_at: datetime,
    signer: str,
    domain: str,
    sections: Mapping[str, Any] | None = None,
    examined: ExaminedCard | None = None,
) -> Report:
    """The report as data.

    Args:
        job_id: The job.
        attempt: Number of the attempt, from 1.
        spec: The job as it was asked for.
        table: The data as they were read and divided.
        model_title: What the model is called.
        training: What training did, or None for a model trained elsewhere.
        policy: What the findings are held against.
        checks: Every registered check; those that the coverage names are described.
        result: Findings, coverage, verdicts.
        threshold: Decision threshold, or None.
        threshold_rule: How it was fixed, in words.
        evidence: From `dossier.evidence_records`.
        stage_seconds: Stage -> seconds.
        device: What the model was trained on.
        walls: Bounds around the code of plugins, and whether they stood.
        plugins: Plugin name -> version.
        requirements: Distributions of the plugins that the job uses, such as ``testamur-health==0.1.0``.
        created_at: Moment of the report, with its zone.
        signer: Fingerprint of the key that will seal the dossier.
        domain: Domain of the dataset, or "core".
        sections: What plugins' report sections add, by key.
        examined: The model that was trained elsewhere, or None.
    """
    data = make_data_card(table, spec.dataset, policy, seed=spec.job.seed)
    if examined is not None:
        data = data.model_copy(update={"split": _undivided(examined)})
    installed = (f"testamur=={__version__}", *requirements)
    ends = expiry(created_at.date(), policy)
    provenance = Provenance(
        job_id=job_id,
        attempt=attempt,
        created_at=created_at,
        testamur_version=__version__,
        python_version=platform.python_version(),
        platform=platform_words(),
        packages=package_versions(),
        plugins=dict(plugins),
        code_sha256=code_digest(),
        device=device,
        walls=tuple(walls),
        seed=spec.job.seed,
        seconds=dict(stage_seconds),
        reproduce=reproduce_command(installed),
        requirements=installed,
    )
    return Report(
        report_id=f"{job_id}.{attempt}",
        title=spec.job.name or f"{model_title}: {data.title}",
        domain=domain,
        purpose=spec.purpose,
        data=data,
        model_title=model_title,
        training=training,
        policy=policy,
        threshold=threshold,
        threshold_rule=threshold_rule,
        checks=tuple(describe_check(check) for check in _covered(checks, result)),
        coverage=result.coverage,
        findings=tuple(suppress_cells(f, policy.minimum_cell) for f in result.findings),
        verdicts=result.verdicts,
        cleared=result.cleared,
        evidence=tuple(evidence),
        limitations=result.limitations,
        provenance=provenance,
        expires=ends,
        triggers=list_triggers(policy, result.verdicts, ends),
        signer=signer,
        sections=dict(sections or {}),
        examined=examined,
    )


def _undivided(examined: ExaminedCard) -> str:
    """Of a model trained elsewhere: which rows it was trained on is known by word of mouth at best."""
    if examined.trained_on:
        return f"every row of the examined file; the training rows are those of {examined.trained_on}"
    return "every row of the examined file; whether the model has learnt from some of them is not known"


def describe_check(check: CheckSpec) -> dict[str, Any]:
    """What a reader needs to know of a check."""
    return {
        "key": check.key,
        "section": check.section.value,
        "title": check.title,
        "question": check.question,
        "formula": check.formula,
        "citation": check.citation,
    }


def suppress_cells(finding: Finding, minimum_cell: int) -> Finding:
    """Leave all counts of a finding out when one is so small that it could point at a person.

    All of them, because a single missing one could be worked out from n and the others.
    """
    if not any(0 < count < minimum_cell for count in finding.cells.values()):
        return finding
    note = f"{finding.note}; " if finding.note else ""
    return finding.model_copy(
        update={"cells": {}, "note": f"{note}counts below {minimum_cell} are suppressed"}
    )


def expiry(made: date, policy: Policy) -> date:
    """The day the report ends: the policy's months after it was made, or with the policy if earlier."""
    month = made.month - 1 + policy.valid_months
    year, month = made.year + month // 12, month % 12 + 1
    end = date(year, month, min(made.day, calendar.monthrange(year, month)[1]))
    return end if policy.expires is None else min(end, policy.expires)


def reproduce_command(requirements: Sequence[str]) -> str:
    """One command line that repeats the job, to be run beside its job file and its data."""
    return f"pip install {shlex.join(requirements)} && testamur run job.toml"


def _covered(checks: Sequence[CheckSpec], result: AuditResult) -> list[CheckSpec]:
    named = {entry.check for entry in result.coverage} | {finding.check for finding in result.findings}
    return [check for check in checks if check.key in named]
