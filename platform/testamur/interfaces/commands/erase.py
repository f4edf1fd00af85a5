"""``testamur erase``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.pipeline.erase import Affected, Erased


@click.command()
@click.option("--dataset", help="A registered dataset's key, or the path of a file.")
@click.option("--entity", help="The id of one person as in the data; - reads it from standard input.")
@click.option("--delete", is_flag=True, help="One person: delete every model that was made from their data.")
@click.option("--retrain", is_flag=True, help="One person: first submit each job again without them.")
@click.option("--dry-run", is_flag=True, help="Only list what is concerned.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(
    dataset: str | None,
    entity: str | None,
    delete: bool,
    retrain: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete everything that was made from a dataset, or from data that hold a person; with a signed receipt.

    Jobs, attempts, logs, checkpoints, dossiers, reports and events go. A model remembers its rows in its
    weights: for one person the models are listed, and with --delete or --retrain they go.
    """
    from testamur.pipeline.erase import outside

    _check(dataset, entity, acts=delete or retrain)
    if entity == "-":
        entity = sys.stdin.readline().strip()
    with Desk(current().settings()) as desk:
        affected = _find(desk, dataset, entity)
        acts = not dry_run and (dataset is not None or delete or retrain)
        if not as_json:
            _list(affected, outside(affected, desk.settings))
        known = [one for one in affected if one.known]
        if not acts or not known:
            _end(affected, as_json=as_json)
            return
        if not yes and not as_json:
            click.confirm(f"Delete {len(known)} jobs with everything they left?", abort=True)
        retrained = _retrain(desk, known, entity) if retrain and entity else {}
        done, salt = _erase(desk, affected, dataset, entity, retrained)
        _tell(done, salt, retrained, as_json=as_json)


def _check(dataset: str | None, entity: str | None, *, acts: bool) -> None:
    if (dataset is None) == (entity is None):
        raise click.UsageError("one of --dataset and --entity is required")
    if dataset is not None and acts:
        raise click.UsageError("--delete and --retrain go with --entity; a dataset is always deleted whole")


def _find(desk: Desk, dataset: str | None, entity: str | None) -> list[Affected]:
    from testamur.pipeline.erase import find_by_dataset, find_by_entity

    if dataset is not None:
        return find_by_dataset(desk.store, dataset)
    settings = desk.settings
    return find_by_entity(
        desk.store,
        entity or "",
        registry=desk.registry,
        datasets=settings.datasets,
        environ=settings.environ,
    )


def _retrain(desk: Desk, known: list[Affected], entity: str) -> dict[str, str]:
    """Submit each done job again without the person; new job by old."""
    from pathlib import Path

    from testamur.contracts.job import JobSpec, State
    from testamur.pipeline.erase import without

    done = [one.job for one in known if one.job.state is State.DONE]
    return {job.id: desk.submit(without(JobSpec.parse(job.spec), entity), Path(job.base)).id for job in done}


def _erase(
    desk: Desk, affected: list[Affected], dataset: str | None, entity: str | None, retrained: dict[str, str]
) -> tuple[Erased, str]:
    from testamur.pipeline.erase import erase as carry_out

    return carry_out(
        affected,
        kind="dataset" if dataset is not None else "entity",
        subject=dataset if dataset is not None else entity or "",
        settings=desk.settings,
        store=desk.store,
        events=desk.events,
        retrained=retrained,
    )


def _list(affected: list[Affected], files: list[str]) -> None:
    from testamur.interfaces.terminal.cards import show_rows

    if not affected:
        click.echo("No job is concerned.")
        return
    rows = [
        (one.job.id, one.job.state.value, "concerned" if one.known else f"not known: {one.reason}")
        for one in affected
    ]
    show_rows(("Job", "State", "Concerned"), rows)
    if files:
        click.echo("Not the platform's to delete, so delete or correct them yourself:")
        for file in files:
            click.echo(f"  {file}")


def _end(affected: list[Affected], *, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(
            {
                "concerned": [one.job.id for one in affected if one.known],
                "not_known": {one.job.id: one.reason for one in affected if not one.known},
                "receipt": None,
            }
        )
    elif any(one.known for one in affected):
        click.echo("Nothing was deleted.")


def _tell(done: Erased, salt: str, retrained: dict[str, str], *, as_json: bool) -> None:
    from testamur.interfaces.terminal.consoles import print_json

    if as_json:
        print_json(
            {
                "erased": list(done.job_ids),
                "retrained": retrained,
                "n_files": done.n_files,
                "n_bytes": done.n_bytes,
                "receipt": str(done.receipt),
                "salt": salt,
            }
        )
        return
    click.echo(f"Deleted {len(done.job_ids)} jobs: {done.n_files:,} files, {done.n_bytes:,} bytes.")
    for old, new in retrained.items():
        click.echo(f"  {old} is trained again without the person as {new}")
    click.echo(f"Receipt: {done.receipt}")
    click.echo(
        f"Salt, kept nowhere: {salt}. With it, whoever asked can prove that the receipt is about them."
    )
