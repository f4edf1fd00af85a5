"""Jobs in a terminal: a list, and one with its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.text import Text

from testamur.contracts.job import Job, State
from testamur.contracts.secrets import mask_job, mask_secrets
from testamur.interfaces.terminal.cards import show_card, show_rows

_STYLES = {
    State.QUEUED: "bright_black",
    State.RUNNING: "bold bright_blue",
    State.DONE: "bright_blue",
    State.FAILED: "bold red",
    State.CANCELLED: "bright_black",
}


def in_brief(job: Job) -> dict[str, Any]:
    """The fields of a job in ``job list --json``."""
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state.value,
        "stage": job.stage.value if job.stage else None,
        "priority": job.priority.value,
        "project": job.project,
        "owner": job.owner,
        "dataset": origin_of(job),
        "model": job.spec.model.use,
        "created_at": job.created_at.isoformat(),
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        "n_attempts": job.n_attempts,
        "cleared": job.cleared,
        "error": mask_secrets(job.error),
        "dossier": job.dossier,
    }


def in_full(job: Job) -> dict[str, Any]:
    """A job in ``job show --json``, without the password of its database."""
    tree = job.model_dump(mode="json")
    return {**tree, "spec": mask_job(tree["spec"]), "error": mask_secrets(job.error)}


def origin_of(job: Job) -> str:
    """What the job's data are called: a key, the name of a file, or that it is a query."""
    request = job.spec.dataset
    return request.use or (request.path or "").rpartition("/")[2] or "a query"


def show_jobs(jobs: Sequence[Job]) -> None:
    """Print the list of jobs."""
    now = datetime.now(UTC)
    rows = [(job.id, state_of(job), age(job.created_at, now), origin_of(job), job.name) for job in jobs]
    show_rows(("Job", "State", "Since", "Data", "Name"), rows)


def show_job(job: Job) -> None:
    """Print one job with its attempts."""
    now = datetime.now(UTC)
    show_card(
        f"{job.id}  {job.name}",
        {
            "State": state_of(job),
            "Stage": job.stage.value if job.stage else "",
            "Error": mask_secrets(job.error),
            "Data": origin_of(job),
            "Model": job.spec.model.use,
            "Priority": job.priority.value,
            "Project": job.project,
            "User": job.owner,
            "Seed": job.spec.job.seed,
            "Submitted": f"{moment(job.created_at)} ({age(job.created_at, now)} ago)",
            "Ended": moment(job.ended_at) if job.ended_at else "",
            "In the queue": "not yet sent: the broker did not answer" if _is_unsent(job) else "",
            "Dossier": job.dossier,
        },
    )
    if job.attempts:
        click.echo()
        rows = [
            (
                a.number,
                a.worker,
                moment(a.started_at),
                f"{a.outcome}: {a.error_kind}" if a.error_kind else a.outcome,
                a.resumed_from_epoch or "",
                a.reason,
            )
            for a in job.attempts
        ]
        show_rows(("Attempt", "Worker", "Began", "Outcome", "From epoch", "Reason"), rows)


def state_of(job: Job) -> Text:
    """The state, with the policy's answer where it is done."""
    words = job.state.value
    if job.state is State.DONE and job.cleared is not None:
        words += ", cleared" if job.cleared else ", not cleared"
    if job.cancel_requested and not job.state.final:
        words += ", ending"
    return Text(words, style=_STYLES[job.state])


def moment(at: datetime) -> str:
    """A moment in the reader's own zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def age(at: datetime, now: datetime) -> str:
    """How long ago, in one unit: ``40 s``, ``12 min``, ``3 h``, ``5 d``."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _is_unsent(job: Job) -> bool:
    return job.state is State.QUEUED and not job.sent
