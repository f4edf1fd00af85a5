"""``testamur job watch`` and ``job logs``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import NOT_CLEARED, STOPPED, current, json_option

if TYPE_CHECKING:
    from testamur.contracts.job import Job


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
@click.pass_context
def watch(ctx: click.Context, job_id: str, as_json: bool) -> None:
    """Follow a job until it ends; Ctrl-C leaves it running.

    Ends with code 0 when the job is done and cleared, 10 when its policy does not clear it.
    """
    with Desk(current().settings()) as desk:
        ctx.exit(watch_to_the_end(desk, job_id, as_json=as_json))


@click.command()
@click.argument("job_id", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
def logs(job_id: str, follow: bool) -> None:
    """The log of a job's attempts."""
    from testamur.interfaces.attempt_logs import follow_logs, list_logs
    from testamur.interfaces.terminal.consoles import printable

    with Desk(current().settings()) as desk:
        job = desk.jobs.get(job_id)
        folder = desk.settings.job_folder(job.id)
        if not follow and not list_logs(folder):
            click.echo(f"{job.id} has no log yet: it is {job.state.value}", err=True)
        is_over = (lambda: desk.jobs.get(job.id).state.final) if follow else (lambda: True)
        for text in follow_logs(folder, is_over=is_over, sleep=time.sleep):
            click.echo(printable(text), nl=False)


def watch_to_the_end(desk: Desk, job_id: str, *, as_json: bool = False) -> int:
    """Show a job live until it ends, then its decision view.

    Returns:
        0 when done and cleared, 10 when done and not cleared; 130 after Ctrl-C, which leaves the job alone.

    Raises:
        JobFailed: It failed, with the stored reason.
        Cancelled: It was cancelled.
    """
    job = desk.jobs.get(job_id)
    try:
        job = _follow(desk, job, quiet=as_json)
    except KeyboardInterrupt:
        click.echo(f"\n{job.id} goes on. Come back: testamur job watch {job.id}", err=True)
        return STOPPED
    return show_end(job, as_json=as_json)


def show_end(job: Job, *, as_json: bool = False) -> int:
    """Print what a job that ended came to; returns and raises as `watch_to_the_end`."""
    from pathlib import Path

    from testamur.contracts.errors import Cancelled, JobFailed
    from testamur.contracts.job import State
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.interfaces.terminal.jobs import in_full

    if as_json:
        print_json(in_full(job))
    if job.state is State.FAILED:
        raise JobFailed(
            job.error or "the job failed",
            remedy=f"see: testamur job logs {job.id}; then: testamur job retry {job.id}",
        )
    if job.state is State.CANCELLED:
        raise Cancelled(
            f"the job {job.id} was cancelled", remedy=f"queue it again: testamur job retry {job.id}"
        )
    if not as_json:
        show_dossier(Path(job.dossier))
    return 0 if job.cleared else NOT_CLEARED


def show_dossier(folder: Any) -> None:
    """Print the decision view of a dossier."""
    from testamur.interfaces.decision import view_report
    from testamur.interfaces.dossiers import read_report
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.decision_view import show_decision

    show_decision(view_report(read_report(folder)), out(), dossier=folder)


def _follow(desk: Desk, job: Job, *, quiet: bool) -> Job:
    from testamur.interfaces.following import Following, follow_job
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.progress import open_display

    steps = follow_job(job.id, desk.jobs, desk.events)
    if quiet:
        for step in steps:
            job = step.job if isinstance(step, Following) else job
        return job
    with open_display(out()) as display:
        for step in steps:
            if isinstance(step, Following):
                job = step.job
            else:
                display.show(step.kind, step.data, attempt=step.attempt)
    return job
