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
    _answer(found, as_json=as_json)


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


def show_fleet(found: Mapping[str, Any]) -> None:
    """Print what the fleet says of itself."""
    from testamur.interfaces.terminal.cards import show_card, show_rows

    workers = found.get("workers")
    facts = {name.replace("_", " "): _words(value) for name, value in found.items() if name != "workers"}
    show_card("Testamur on this machine", facts)
    if isinstance(workers, list) and workers and isinstance(workers[0], Mapping):
        click.echo()
        headings = [str(name) for name in workers[0]]
        rows = [[_words(worker.get(name)) for name in headings] for worker in workers]
        show_rows(headings, rows)
    elif not workers:
        click.echo("No worker runs. Start one: testamur up")


def _words(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_words(inner) for inner in value) or "none"
    return str(value)
