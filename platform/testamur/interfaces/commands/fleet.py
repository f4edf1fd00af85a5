"""``testamur up``, ``down`` and ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option


@click.command()
@click.option(
    "--workers", type=click.IntRange(1, 256), help="How many; one per GPU, else one, when not given."
)
@json_option
def up(workers: int | None, as_json: bool) -> None:
    """Start the embedded broker and the workers in the background; what runs already is left alone.

    Jobs that a dead worker of this machine left behind are queued again, and jobs that wait are sent.
    """
    with Desk(current().settings()) as desk:
        desk.store  # noqa: B018 - the home and the database are there before a worker looks for them
        found = desk.fleet.up(workers=workers)
    _answer(found, as_json=as_json)


@click.command()
@json_option
def down(as_json: bool) -> None:
    """Stop the workers and the embedded broker; running jobs are kept and resumed by the next "up"."""
    with Desk(current().settings()) as desk:
        found = desk.fleet.down()
    if as_json:
        _answer(found, as_json=True)
    else:
        _show_stopped(found)


@click.command()
@json_option
def status(as_json: bool) -> None:
    """What runs on this machine: broker, workers and their jobs, and how many jobs wait."""
    with Desk(current().settings()) as desk:
        found = desk.fleet.status()
    _answer(found, as_json=as_json)


def _answer(found: Mapping[str, Any], *, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(dict(found))
    else:
        show_fleet(found)


def _show_stopped(found: Mapping[str, Any]) -> None:
    stopped, killed = (list(map(str, found.get(name, ()))) for name in ("stopped", "killed"))
    click.echo(f"stopped: {', '.join(stopped)}" if stopped else "nothing ran")
    if killed:
        names = ", ".join(killed)
        click.echo(f"killed, as they did not stop in time: {names}; their jobs are resumed by: testamur up")


def show_fleet(found: Mapping[str, Any]) -> None:
    """Print what the fleet says of itself: broker, workers, and what waits."""
    from testamur.interfaces.terminal.cards import show_card, show_rows

    queue = found.get("queue", {})
    show_card(
        "Testamur on this machine",
        {
            "Broker": _describe_broker(found.get("broker", {})),
            "Waiting": ", ".join(f"{depth} {name}" for name, depth in queue.items()),
        },
    )
    workers = found.get("workers", [])
    if not workers:
        click.echo("No worker runs. Start one: testamur up")
        return
    click.echo()
    headings = ("Worker", "Process", "Device", "Job")
    show_rows(
        headings, [[w.get("name"), w.get("pid"), w.get("device"), w.get("job") or "–"] for w in workers]
    )


def _describe_broker(broker: Mapping[str, Any]) -> str:
    if not broker.get("answers"):
        return "does not run" if broker.get("embedded", True) else f"{broker.get('url')} does not answer"
    process = f", process {broker['pid']}" if broker.get("pid") else ""
    return f"{broker.get('version')} at {broker.get('url')}{process}"
