"""What may go from the artifacts that machines share, by the same rules as from the home."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from testamur.contracts.job import State
from testamur.pipeline.leftover import Leftover, Retention
from testamur.settings import Settings
from testamur.store.artifacts import MANIFEST, Artifacts
from testamur.store.erasure import StoredJob


@dataclass(frozen=True, slots=True)
class Shelved:
    """Something of a job among the artifacts.

    Attributes:
        place: Where.
        job_id: Whose it is.
        attempt: Of a dossier, the attempt that left it; of checkpoints 0.
        whole: False for a dossier whose manifest never came.
        n_bytes: Its size.
        written: When something of it was written last.
    """

    place: str
    job_id: str
    attempt: int
    whole: bool
    n_bytes: int
    written: datetime


def list_shelf(settings: Settings) -> list[Shelved]:
    """Everything among the artifacts; nothing where there are none.

    Raises:
        StoreError: They cannot be read.
    """
    if not settings.artifacts:
        return []
    artifacts = Artifacts(settings.artifacts)
    found = []
    for job_id in artifacts.names("checkpoints"):
        place = f"checkpoints/{job_id}"
        found.append(Shelved(place, job_id, 0, True, *artifacts.size(place)))
    for name in artifacts.names("dossiers"):
        place, (job_id, _, attempt) = f"dossiers/{name}", name.rpartition("-")
        if attempt.isdigit():
            whole = MANIFEST in artifacts.names(place)
            found.append(Shelved(place, job_id, int(attempt), whole, *artifacts.size(place)))
    return found


def find_on_shelf(
    shelved: list[Shelved], jobs: list[StoredJob], gone: Collection[str], rules: Retention, now: datetime
) -> list[Leftover]:
    """What of it may go.

    Args:
        shelved: From `list_shelf`, looked at before the jobs: a job is stored before it leaves anything.
        jobs: The stored ones.
        gone: Jobs whose dossier goes from the home.
        rules: Which let what go.
        now: The moment.
    """
    stored = {job.id: job for job in jobs}
    found = []
    for one in shelved:
        if reason := _reason(one, stored.get(one.job_id), gone, rules, now):
            name = Path(f"artifacts/{one.place}")
            found.append(Leftover(name, reason, one.n_bytes, one.job_id, artifact=one.place))
    return found


def _reason(
    one: Shelved, job: StoredJob | None, gone: Collection[str], rules: Retention, now: datetime
) -> str:
    """Why it may go; empty where it stays."""
    if job is None:
        return "no job of this name is stored" if now - one.written >= rules.failed_after else ""
    if not job.state.final:
        return ""
    if job.id in gone and one.attempt:
        return "its dossier goes from the home"
    if job.state is State.DONE and not one.attempt:
        return "the job is done: its weights are in the dossier"
    if job.state is State.DONE and (one.attempt != job.n_attempts or not one.whole):
        return "an attempt that was lost left it"
    if job.state is not State.DONE and job.ended_at is not None and now - job.ended_at >= rules.failed_after:
        return f"the job has been {job.state.value} for more than {rules.failed_after.days} days"
    return ""
