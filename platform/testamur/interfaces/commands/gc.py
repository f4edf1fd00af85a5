"""``testamur gc``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.pipeline.leftover import Leftover

_MIB = 2**20


@click.command()
@click.option("--keep-last", type=click.IntRange(0), help="Dossiers to keep of each dataset and model.")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only dossiers of such an age go.")
@click.option(
    "--failed-after", default=7, show_default=True, type=click.IntRange(0), metavar="DAYS",
    help="When checkpoints of failed and cancelled jobs go.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only list what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def gc(
    keep_last: int | None, older_than: int | None, failed_after: int, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Delete what is not needed any more: checkpoints of ended jobs, strays, and old dossiers if asked.

    Without --keep-last and --older-than no dossier goes; one that a person has signed never does.
    """
    from datetime import UTC, datetime, timedelta

    from testamur.pipeline.leftover import Retention
    from testamur.pipeline.tidy import find_leftovers, remove

    days = None if older_than is None else timedelta(days=older_than)
    rules = Retention(keep_last, days, timedelta(days=failed_after))
    with Desk(current().settings()) as desk:
        found = find_leftovers(desk.store, desk.settings, rules, now=datetime.now(UTC))
        if not as_json:
            _list(found)
        acts = bool(found) and not dry_run
        if acts and not yes and not as_json:
            click.confirm("Delete them?", abort=True)
        freed = remove(found, desk.store, desk.settings) if acts else 0
    _tell(found, freed, acts=acts, as_json=as_json)


def _list(found: list[Leftover]) -> None:
    from testamur.interfaces.terminal.cards import show_rows

    if found:
        rows = [
            (left.job_id, left.path.name, f"{left.n_bytes / _MIB:.1f} MiB", left.reason) for left in found
        ]
        show_rows(("Job", "What", "Size", "Why"), rows)


def _tell(found: list[Leftover], freed: int, *, acts: bool, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        listed = [
            {"path": str(left.path), "job_id": left.job_id, "n_bytes": left.n_bytes, "reason": left.reason}
            for left in found
        ]
        print_json({"found": listed, "deleted": acts, "n_bytes": freed})
    elif not found:
        click.echo("Nothing to delete.")
    else:
        click.echo(f"Freed {freed / _MIB:.1f} MiB." if acts else "Nothing was deleted.")
