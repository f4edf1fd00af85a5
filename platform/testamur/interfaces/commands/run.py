"""``testamur run``: the same walk in this process, without a queue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.invocation import NOT_CLEARED, current, json_option
from testamur.interfaces.request_flags import read_request, request_options

if TYPE_CHECKING:
    from testamur.contracts.job import JobSpec
    from testamur.pipeline.run_job import JobOutcome


@click.command()
@request_options
@json_option
@click.pass_context
def run(
    ctx: click.Context, /, job_file: Path | None, settings: tuple[str, ...], as_json: bool, **given: Any
) -> None:
    """Run a job in this process, without broker, worker or database: for notebooks and for debugging.

    Takes what "job submit" takes. Ends with code 0 when done and cleared, 10 when its policy does not clear
    it.
    """
    from testamur.interfaces.terminal.consoles import print_json

    spec, base = read_request(job_file, settings, given)
    outcome = _run(spec, base, quiet=as_json)
    if as_json:
        print_json(
            {
                "job_id": outcome.report.provenance.job_id,
                "cleared": outcome.cleared,
                "dossier": str(outcome.dossier),
                "report": outcome.report.model_dump(mode="json"),
            }
        )
    else:
        _show(outcome)
    ctx.exit(0 if outcome.cleared else NOT_CLEARED)


def _run(spec: JobSpec, base: Path, *, quiet: bool) -> JobOutcome:
    from testamur.interfaces.in_process import ShowingObserver, run_here
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.progress import open_display

    settings = current().settings()
    if quiet:
        return run_here(spec, settings=settings, base=base, observer=ShowingObserver())
    with open_display(out()) as display:
        return run_here(spec, settings=settings, base=base, observer=ShowingObserver(display.show))


def _show(outcome: JobOutcome) -> None:
    from testamur.interfaces.decision import view_report
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.decision_view import show_decision

    show_decision(view_report(outcome.report), out(), dossier=outcome.dossier)
