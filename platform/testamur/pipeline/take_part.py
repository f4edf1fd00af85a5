"""The walk of a process that only helps to train: load, split, fit, and no further."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.jobs.validate import resolve_job
from testamur.pipeline.energy_meter import Meter
from testamur.pipeline.run_job import Place, fit, load
from testamur.pipeline.stages import Stages

if TYPE_CHECKING:
    from testamur.contracts.event import EventKind
    from testamur.contracts.job import JobSpec
    from testamur.hooks.registry import Registry


class _Silent:
    """An observer to whom nothing is told: the leader of the team reports."""

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Nothing to do."""

    def check_stop(self) -> None:
        """The leader decides when to stop; the others see its end."""


def take_part(
    spec: JobSpec,
    *,
    job_id: str,
    attempt: int,
    registry: Registry,
    folder: Path,
    home: Path,
    base: Path,
    device: str,
    threads: int,
    environ: Mapping[str, str],
    micro_batches: int = 1,
) -> None:
    """Train in a team that another process leads; arguments as of `run_job.run_job`.

    Raises:
        TestamurError: With the reason.
    """
    from testamur.train.team import Dismissed

    where = Place(
        job_id, attempt, folder, folder, home, base, device, threads, environ,
        micro_batches=micro_batches, in_team=True,
    )  # fmt: skip
    job = resolve_job(spec, registry, base=base)
    meter = Meter(device=device, watts_per_core=job.spec.audit.watts_per_core)
    stages = Stages(_Silent(), registry, job_id=job_id, attempt=attempt, meter=meter)
    table = load(job, where, stages)
    try:
        fit(job, table, where, stages)
    except Dismissed:
        return
