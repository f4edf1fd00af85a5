"""``testamur job list``, ``show``, ``cancel``, ``retry``, ``move`` and ``schema``."""

from __future__ import annotations

from typing import Any

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option

_STATES = ("queued", "running", "done", "failed", "cancelled")
_PRIORITIES = ("urgent", "normal", "batch")


@click.command(name="list")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these; may be repeated."
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@json_option
def list_jobs(states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """The newest jobs first."""
    from testamur.contracts.job import State
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.interfaces.terminal.jobs import in_brief, show_jobs

    with Desk(current().settings()) as desk:
        jobs = desk.jobs.list([State(state) for state in states], limit=limit)
    if as_json:
        print_json([in_brief(job) for job in jobs])
    elif jobs:
        show_jobs(jobs)
    else:
        click.echo("No job. Submit one: testamur job submit JOB.toml, or see it all at once: testamur demo")


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
def show(job_id: str, as_json: bool) -> None:
    """One job: where it stands, its attempts, and what it asked for. The beginning of an ID is enough."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.interfaces.terminal.jobs import in_full, show_job

    with Desk(current().settings()) as desk:
        job = desk.jobs.get(job_id)
    if as_json:
        print_json(in_full(job))
    else:
        show_job(job)


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
def cancel(job_id: str, as_json: bool) -> None:
    """Cancel a job: a queued one at once, a running one within two seconds."""
    from testamur.jobs.submit import cancel_job

    with Desk(current().settings()) as desk:
        job = cancel_job(job_id, store=desk.store)
    words = "cancelled" if job.state.final else "asked to end"
    _say({"id": job.id, "state": job.state.value, "cancel_requested": job.cancel_requested}, words, as_json)


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
def retry(job_id: str, as_json: bool) -> None:
    """Queue a failed or cancelled job again, with the same seed."""
    from testamur.jobs.submit import retry_job

    with Desk(current().settings()) as desk:
        job = retry_job(job_id, store=desk.store, queue=desk.queue)
    words = (
        "queued again" if job.sent else "queued again; the broker does not answer, so start it: testamur up"
    )
    _say({"id": job.id, "state": job.state.value, "sent": job.sent}, words, as_json)


@click.command()
@click.argument("job_id", metavar="ID")
@click.option("--priority", required=True, type=click.Choice(_PRIORITIES), help="The queue to wait in.")
@json_option
def move(job_id: str, priority: str, as_json: bool) -> None:
    """Let a job that still waits wait in another queue, behind those that wait there."""
    from testamur.contracts.job import Priority
    from testamur.jobs.submit import move_job

    with Desk(current().settings()) as desk:
        job = move_job(job_id, Priority(priority), store=desk.store)
    words = f"waits in the queue {job.priority.value}"
    _say({"id": job.id, "priority": job.priority.value, "sent": job.sent}, words, as_json)


@click.command()
def schema() -> None:
    """The JSON Schema of a job file."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.jobs.jobfile import job_schema

    print_json(job_schema())


def _say(fields: dict[str, Any], words: str, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(fields)
    else:
        click.echo(f"{fields['id']}: {words}")
