"""``testamur audit``: a model that was trained elsewhere, audited in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.audit_request import AUDIT_FLAGS, build_request, make_request
from testamur.interfaces.invocation import NOT_CLEARED, current, json_option
from testamur.interfaces.request_flags import flag_options

if TYPE_CHECKING:
    from testamur.interfaces.audit_request import AuditRequest
    from testamur.pipeline.run_job import JobOutcome


@click.command()
@click.argument("model_or_predictions", metavar="MODEL-OR-PREDICTIONS")
@flag_options(AUDIT_FLAGS)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any entry of a job file, such as audit.self_check=full.",
)
@json_option
@click.pass_context
def audit(
    ctx: click.Context,
    /,
    model_or_predictions: str,
    settings: tuple[str, ...],
    as_json: bool,
    data: str | None,
    **given: Any,
) -> None:
    """Audit a model trained elsewhere, without training it.

    MODEL-OR-PREDICTIONS is a CSV or Parquet file with predictions (--probability or --predicted names the
    column), an ONNX or skops file, module:function (imported and run in this process), or a job file with
    an [examined] part. Models need rows: --data with --target. Nothing of a pickle is opened. Ends with code
    0 when cleared by the policy, 10 when not.
    """
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.jobs.jobfile import apply_settings

    request = make_request(model_or_predictions, given, data=data, folder=Path.cwd())
    request.tree.update(apply_settings(request.tree, list(settings)))
    outcome = _run(request, quiet=as_json)
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


def _run(request: AuditRequest, *, quiet: bool) -> JobOutcome:
    from testamur.interfaces.in_process import ShowingObserver, run_here
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.progress import open_display

    settings = current().settings()
    spec = build_request(request, settings.home)
    common: dict[str, Any] = {"settings": settings, "base": request.base, "call": request.call}
    if quiet:
        return run_here(spec, observer=ShowingObserver(), **common)
    with open_display(out()) as display:
        return run_here(spec, observer=ShowingObserver(display.show), **common)


def _show(outcome: JobOutcome) -> None:
    from testamur.interfaces.decision import view_report
    from testamur.interfaces.terminal.consoles import out
    from testamur.interfaces.terminal.decision_view import show_decision

    show_decision(view_report(outcome.report), out(), dossier=outcome.dossier)
