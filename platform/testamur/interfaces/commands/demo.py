"""``testamur demo``: a domain's example job, through the real queue."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import click

from testamur.contracts.errors import NotFound, TestamurError
from testamur.interfaces.desk import Desk
from testamur.interfaces.ending import ending_in_order
from testamur.interfaces.invocation import NOT_CLEARED, STOPPED, current

_WALKED = {0: "cleared by its policy", NOT_CLEARED: "not cleared by its policy"}


@dataclass(frozen=True, slots=True)
class Walked:
    """One domain's example after its walk: exit code, job (empty where none was submitted), seconds."""

    name: str
    code: int
    job_id: str
    seconds: float


@click.command()
@click.argument("domain", required=False)
@click.option("--all", "all_domains", is_flag=True, help="One job per installed domain.")
@click.option("--keep", is_flag=True, help="Leave the broker and the worker running.")
@click.pass_context
def demo(ctx: click.Context, domain: str | None, all_domains: bool, keep: bool) -> None:
    """Send a domain's example job (health when none is named) through the real queue, and read its report.

    Starts a broker and a worker where none runs, and stops what it started. Ends with code 0 when the walk
    worked, whether or not the policy clears the model: the decision view says which. With --all, the domains
    are walked one after the other, and the pages to read are named at the end.
    """
    if domain and all_domains:
        raise click.UsageError("name a DOMAIN or give --all, not both")
    with Desk(current().settings()) as desk:
        names = _domains(desk) if all_domains else [domain or "health"]
        files = [(name, find_example(desk, name)) for name in names]
        started = not desk.fleet.status().get("workers")
        with ending_in_order():
            try:
                if started:
                    _start(desk)
                code = _walk_all(desk, files)
            finally:
                if started and not keep:
                    click.echo("Stopping the broker and the worker that were started for the demo")
                    desk.fleet.down()
    if code == STOPPED and started and not keep:
        click.echo("The job is kept, and resumed by: testamur up", err=True)
    ctx.exit(code)


def _walk_all(desk: Desk, files: list[tuple[str, Path]]) -> int:
    """Walk one domain after the other; the code is that of the worst, and Ctrl-C ends it."""
    worst, walked = 0, []
    for name, path in files:
        begin = time.monotonic()
        code, job_id = _walk(desk, name, path)
        walked.append(Walked(name, code, job_id, time.monotonic() - begin))
        if code == STOPPED:
            return STOPPED
        if code != NOT_CLEARED:
            worst = max(worst, code)
    if len(files) > 1:
        _sum_up(desk, walked)
    return worst


def _sum_up(desk: Desk, walked: list[Walked]) -> None:
    """What came of each domain, and the pages to read, once all have been walked."""
    from testamur.interfaces.dossiers import REPORT_HTML, read_report
    from testamur.interfaces.terminal.consoles import printable
    from testamur.report.numbers import format_seconds

    total = sum(one.seconds for one in walked)
    click.echo(f"\n{len(walked)} domains in {format_seconds(total)}")
    for one in walked:
        dossier = Path(desk.jobs.get(one.job_id).dossier) if one.job_id and one.code in _WALKED else None
        came = _WALKED.get(one.code, f"did not end, code {one.code}")
        click.echo(f"\n{one.name}: {came} ({format_seconds(one.seconds)})")
        if dossier is None or not (dossier / REPORT_HTML).is_file():
            continue
        click.echo(f"  audit    {dossier / REPORT_HTML}")
        for card in read_report(dossier).insights:
            click.echo(f"  insight  {dossier / card.path}  {printable(card.title)}")


def find_example(desk: Desk, name: str) -> Path:
    """The example job that a plugin's manifest names.

    Raises:
        NotFound: No such plugin, or it brings no example.
        PluginError: The plugin is broken, disabled or incompatible.
    """
    from testamur.contracts.errors import PluginError
    from testamur.contracts.plugin import PluginStatus
    from testamur.hooks.manifest import locate_package

    info = desk.registry.origin(f"{name}.demo")
    if info.status is not PluginStatus.ACTIVE:
        reason = f": {info.error}" if info.error else ""
        raise PluginError(
            f"an active plugin is required, however: {name} is {info.status.value}{reason}",
            plugin=name,
            remedy=f"testamur plugin show {name}",
        )
    package = locate_package(info.module)
    path = package / info.manifest.demo if package and info.manifest and info.manifest.demo else None
    if path is None or not path.is_file():
        raise NotFound(f"the plugin {name} brings no example job", remedy=f"testamur plugin check {name}")
    return path


def _domains(desk: Desk) -> list[str]:
    from testamur.contracts.plugin import PluginStatus

    names = [
        info.name
        for info in desk.registry.plugins()
        if info.status is PluginStatus.ACTIVE and info.manifest and info.manifest.demo
    ]
    if not names:
        raise NotFound("no installed plugin brings an example job", remedy="testamur plugin list")
    return names


def _start(desk: Desk) -> None:
    """Start a broker and a worker."""
    click.echo("Starting a broker and a worker")
    desk.store  # noqa: B018 - the home and the database are there before a worker looks for them
    desk.fleet.up(workers=1)


def _walk(desk: Desk, name: str, path: Path) -> tuple[int, str]:
    """Submit one example and follow it; an error of one domain does not stop the others.

    Returns:
        The exit code, and the job's id where it was submitted.
    """
    from testamur.interfaces.commands.watch import watch_to_the_end
    from testamur.interfaces.terminal.errors import show_error
    from testamur.jobs.jobfile import build_spec, read_job_file

    job_id = ""
    try:
        job = desk.submit(build_spec(read_job_file(path)), path.parent)
        job_id = job.id
        click.echo(f"\n{name}: {job.name or path.stem}, job {job.id}, from {path}")
        code = watch_to_the_end(desk, job.id)
    except TestamurError as error:
        if current().debug:
            raise
        show_error(error)
        return error.exit_code, job_id
    if code == NOT_CLEARED:
        click.echo(
            "\nThe walk worked; the policy does not clear this model. That is an answer, not an error."
        )
    return code, job_id
