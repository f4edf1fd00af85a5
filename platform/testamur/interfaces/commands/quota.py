"""``testamur quota list``, ``set`` and ``remove``."""

from __future__ import annotations

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option

_KINDS = ("user", "project")


@click.command(name="list")
@json_option
def list_quotas(as_json: bool) -> None:
    """Every quota. Whoever has none of their own has that of ``*``, else no bound and a share of 1."""
    from testamur.interfaces.terminal.cards import show_rows
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.store.shares import QuotaRepository

    with Desk(current().settings()) as desk:
        quotas = QuotaRepository(desk.store).all()
    if as_json:
        print_json([quota.model_dump(mode="json") for quota in quotas])
    elif quotas:
        rows = [(q.kind, q.name, _bound(q.max_running), _bound(q.max_queued), f"{q.share:g}") for q in quotas]
        show_rows(("Of", "Name", "Running", "Waiting", "Share"), rows)
    else:
        click.echo("No quota. Set one: testamur quota set user '*' --running 2")


@click.command(name="set")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option("--running", type=click.IntRange(0), help="Jobs that may run at once. Left out: no bound.")
@click.option("--waiting", type=click.IntRange(0), help="Jobs that may wait. Left out: no bound.")
@click.option(
    "--share",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Running time relative to others.",
)
@json_option
def set_quota(
    kind: str, name: str, running: int | None, waiting: int | None, share: float, as_json: bool
) -> None:
    """Set what a user or project may have, in place of what was set before.

    NAME is ``*`` for each that has no quota of its own. Jobs that run already go on.
    """
    from testamur.contracts.job import Quota
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.store.shares import QuotaRepository

    quota = Quota(kind=kind, name=name[:64], max_running=running, max_queued=waiting, share=share)
    with Desk(current().settings()) as desk:
        QuotaRepository(desk.store).set(quota)
    if as_json:
        print_json(quota.model_dump(mode="json"))
    else:
        click.echo(f"{kind} {name}: {_bound(running)} running, {_bound(waiting)} waiting, share {share:g}")


@click.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@json_option
def remove(kind: str, name: str, as_json: bool) -> None:
    """Take a quota away; that of ``*`` holds then, where there is one."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.store.shares import QuotaRepository

    with Desk(current().settings()) as desk:
        QuotaRepository(desk.store).remove(kind, name)
    if as_json:
        print_json({"kind": kind, "name": name, "removed": True})
    else:
        click.echo(f"{kind} {name}: no quota of its own any more")


def _bound(number: int | None) -> str:
    return "no bound" if number is None else f"{number:,}"
