"""``testamur worker``."""

from __future__ import annotations

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current


@click.command()
@click.option("--url", help="The broker, redis:// or rediss://; instead of TESTAMUR_BROKER_URL.")
@click.option("--db", help="The database, postgresql://; instead of TESTAMUR_DATABASE_URL.")
@click.option("--name", default="worker", show_default=True, help="Unique on this machine.")
@click.option("--until-idle", is_flag=True, help="Run what waits and end; needs no broker.")
@click.pass_context
def worker(ctx: click.Context, url: str | None, db: str | None, name: str, until_idle: bool) -> None:
    """Be a worker, in the foreground, on this machine; any number on any number of machines.

    A password in a URL on the command line is seen by every user of the machine: better set the variables.
    A signal stops it: the job that runs is checkpointed and queued again.
    """
    from dataclasses import replace

    settings = current().settings()
    settings = replace(
        settings, broker_url=url or settings.broker_url, database_url=db or settings.database_url
    )
    with Desk(settings) as desk:
        code = desk.fleet.work(name, until_idle=until_idle)
    ctx.exit(code)
