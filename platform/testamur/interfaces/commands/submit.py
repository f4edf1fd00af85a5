"""``testamur job submit``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option
from testamur.interfaces.request_flags import read_request, request_options

if TYPE_CHECKING:
    from testamur.contracts.job import DatasetRequest, Job
    from testamur.contracts.table import RowsTable
    from testamur.jobs.validate import ResolvedJob
    from testamur.train.trial import Trial

_KEPT = (
    "The password in dataset.url is kept in the platform's database as long as the job is.\n"
    '→ put the URL into a variable of the workers, and url = "env:NAME" into the job'
)


@click.command()
@request_options
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check everything, the data too, train a few batches, show the plan, submit nothing.",
)
@click.option("--watch", is_flag=True, help="Follow the job until it ends.")
@json_option
@click.pass_context
def submit(
    ctx: click.Context,
    /,
    job_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    watch: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Check a job and put it into the queue.

    Example: testamur job submit --data customers.csv --target left --positive yes --protected sex,age --watch

    JOB_FILE is optional: flags alone make a job, and flags beside a file go over what it says. Every fault is
    reported at once, with its place.
    """
    from testamur.interfaces.commands.watch import watch_to_the_end

    spec, base = read_request(job_file, settings, given)
    with Desk(current().settings()) as desk:
        if dry_run:
            plan = _resolve(desk, spec, base)
            table = _read_data(plan, base, desk.settings.environ)
            trial = _try_batches(plan, table, desk)
            _show_plan(plan, table.notes, trial, as_json=as_json)
            return
        key = spec.job.client_key
        known = desk.jobs.find_by_key(key) if key else None
        job = desk.submit(spec, base)
        if known is not None and not as_json:
            click.echo(f"{job.id} was submitted before under this key; it is {job.state.value}")
        elif not (as_json and watch):
            _show_submitted(desk, job, as_json=as_json)
        if watch:
            ctx.exit(watch_to_the_end(desk, job.id, as_json=as_json))


def _resolve(desk: Desk, spec: Any, base: Path) -> ResolvedJob:
    from testamur.jobs.validate import resolve_job

    return resolve_job(spec, desk.registry, base=base, datasets=desk.settings.datasets)


def _read_data(plan: ResolvedJob, base: Path, environ: Mapping[str, str]) -> RowsTable:
    """The table as the job would make it; whatever stands in its way is raised."""
    from testamur.pipeline.prepare import load_rows, make_table

    return make_table(plan, load_rows(plan, base=base, environ=environ), base=base)


def _try_batches(plan: ResolvedJob, table: RowsTable, desk: Desk) -> Trial:
    """What a few batches took; whatever would end the training at once is raised."""
    from testamur.pipeline.trial import try_job

    return try_job(plan, table, device=desk.settings.device, threads=desk.settings.threads)


def _show_plan(plan: ResolvedJob, notes: tuple[str, ...], trial: Trial, *, as_json: bool) -> None:
    from testamur.interfaces.terminal.cards import show_card
    from testamur.interfaces.terminal.consoles import print_json

    fields = _describe(plan)
    if as_json:
        print_json({**fields, "notes": list(notes), "trial": asdict(trial)})
        return
    training = plan.spec.training
    show_card(
        "This job can be submitted",
        {
            "Name": plan.spec.job.name,
            "Data": plan.dataset.title if plan.dataset and not fields["read_as"] else fields["dataset"],
            "Read as": fields["read_as"],
            "Predicts": fields["problem"] or "found out from the target when the data are read",
            "Protected": ", ".join(plan.spec.dataset.protected),
            "Model": f"{plan.model.key}: {plan.model.title}",
            "Options": ", ".join(f"{name} = {value}" for name, value in fields["options"].items()),
            "Training": f"at most {training.epochs} epochs, learning rate {training.learning_rate:g}, "
            f"patience {training.patience}",
            "Tried": _say_trial(trial),
            "Would take": _say_estimate(trial),
            "Policy": plan.policy,
            "Seed": plan.spec.job.seed,
            "Priority": plan.spec.job.priority.value,
            "Notes": "\n".join(f"- {note}" for note in notes),
        },
    )


def _say_trial(trial: Trial) -> str:
    if not trial.n_tried:
        return f"built on {trial.device}: {trial.n_parameters:,} parameters, none learnt by gradients"
    of_epoch = f"{trial.n_tried:,} of {trial.n_batches:,} batches of an epoch"
    return f"{of_epoch}, {trial.batch_size:,} rows each, {trial.n_parameters:,} parameters, {trial.device}"


def _say_estimate(trial: Trial) -> str:
    """Time of the training alone: predictions, audit and report come on top."""
    memory = f"{trial.host_mib:,.0f} MiB of this machine's memory, libraries and data included"
    if trial.device_mib:
        memory = f"{trial.device_mib:,.0f} MiB of the device, {memory}"
    if not trial.n_tried:
        return memory
    epoch, whole = trial.seconds_per_epoch, trial.seconds_at_most
    return f"about {epoch:,.3f} s an epoch, at most {whole:,.1f} s of training; {memory}"


def _describe(plan: ResolvedJob) -> dict[str, Any]:
    from testamur.contracts.secrets import mask_job

    return {
        "valid": True,
        "domain": plan.domain,
        "dataset": _origin(plan.spec.dataset),
        "read_as": _read_as(plan.spec.dataset),
        "problem": plan.kind.value if plan.kind else None,
        "model": plan.model.key,
        "options": plan.options.model_dump(mode="json"),
        "policy": plan.policy,
        "spec": mask_job(plan.spec.model_dump(mode="json")),
    }


def _origin(request: DatasetRequest) -> str:
    return request.path or ("query" if request.query else request.use or "")


def _read_as(request: DatasetRequest) -> str | None:
    """The registered dataset in whose form data of one's own are read, with the names they go by."""
    if request.use is None or (request.path is None and request.query is None):
        return None
    named = ", ".join(f"{declared} = {own}" for declared, own in request.columns.items())
    return f"{request.use}{f': {named}' if named else ''}"


def _show_submitted(desk: Desk, job: Job, *, as_json: bool) -> None:
    from testamur.contracts.secrets import holds_password
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.interfaces.terminal.jobs import in_brief

    if holds_password(job.spec.dataset.url or ""):
        click.echo(_KEPT, err=True)
    if as_json:
        print_json({**in_brief(job), "sent": job.sent})
        return
    click.echo(f"{job.id} is queued. Follow it: testamur job watch {job.id}")
    if not job.sent:
        click.echo("The broker does not answer. The job is kept and sent by: testamur up", err=True)
    elif not has_worker(desk):
        click.echo("No worker runs on this machine. Start one: testamur up", err=True)


def has_worker(desk: Desk) -> bool:
    """True when a worker runs here, or when the broker is not ours and workers may be elsewhere."""
    return bool(desk.settings.broker_url) or bool(desk.fleet.status().get("workers"))
