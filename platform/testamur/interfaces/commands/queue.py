"""``testamur queue show``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.job import Job, Priority, State


@click.command()
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Jobs per queue.")
@json_option
def show(limit: int, as_json: bool) -> None:
    """Every queue: how many jobs wait and run, and which come next.

    A free worker takes from urgent first, then normal, then batch; a job that has waited long counts as one
    of the next higher queue. Within a queue whoever had the least running time for their share comes first
    (project, then user), and of one user whatever came first.
    """
    from testamur.contracts.job import Priority
    from testamur.interfaces.terminal.consoles import print_json

    with Desk(current().settings()) as desk:
        tally = desk.jobs.tally()
        waiting = {priority: desk.jobs.next_up(priority, limit=limit) for priority in Priority}
    if as_json:
        print_json([_as_tree(priority, tally[priority], waiting[priority]) for priority in Priority])
    else:
        _print(tally, waiting)


def _as_tree(priority: Priority, counts: dict[State, int], waiting: list[Job]) -> dict[str, Any]:
    from testamur.interfaces.terminal.jobs import in_brief

    return {
        "queue": priority.value,
        **{state.value: count for state, count in counts.items()},
        "next": [in_brief(job) for job in waiting],
    }


def _print(tally: dict[Priority, dict[State, int]], waiting: dict[Priority, list[Job]]) -> None:
    from testamur.contracts.job import State
    from testamur.interfaces.terminal.cards import show_rows
    from testamur.interfaces.terminal.jobs import age, origin_of

    rows = [
        (priority.value, counts[State.QUEUED], counts[State.RUNNING]) for priority, counts in tally.items()
    ]
    show_rows(("Queue", "Waiting", "Running"), rows)
    now = datetime.now(UTC)
    for priority, jobs in waiting.items():
        if not jobs:
            continue
        click.echo(f"\nNext in {priority.value}")
        show_rows(
            ("Job", "Waits", "Project", "User", "Data", "Name"),
            [
                (job.id, age(job.created_at, now), job.project, job.owner, origin_of(job), job.name)
                for job in jobs
            ],
        )
        if (more := tally[priority][State.QUEUED] - len(jobs)) > 0:
            click.echo(f"and {more:,} more")
