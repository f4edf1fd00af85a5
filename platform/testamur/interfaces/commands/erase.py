"""``testamur erase``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option
from testamur.interfaces.terminal.erasure import show_end, show_found, show_receipt

if TYPE_CHECKING:
    from testamur.pipeline.erase import Affected, Erased
    from testamur.pipeline.erase_dossiers import AffectedDossier

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be erased, and where it is looked for.

    Attributes:
        dataset: A key, a path or a URL; or None.
        entity: One person's id; or None.
        files: In which the person is looked for, for dossiers that rest on them.
        homes: Of other machines.
        folders: With dossiers outside of homes.
    """

    dataset: str | None
    entity: str | None
    files: tuple[Path, ...]
    homes: tuple[Path, ...]
    folders: tuple[Path, ...]


@click.command()
@click.option("--dataset", help="A registered dataset's key, the path of a file, or a URL.")
@click.option("--entity", help="The id of one person as in the data; - reads it from standard input.")
@click.option("--data", "files", type=_FILE, multiple=True, help="One person: a file to look for them in.")
@click.option("--home", "homes", type=_FOLDER, multiple=True, help="The home of another machine too.")
@click.option("--dossiers", "folders", type=_FOLDER, multiple=True, help="A folder of dossiers too.")
@click.option("--delete", is_flag=True, help="One person: delete every model that was made from their data.")
@click.option("--retrain", is_flag=True, help="One person: first submit each job again without them.")
@click.option("--dry-run", is_flag=True, help="Only list what is concerned.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(
    dataset: str | None,
    entity: str | None,
    files: tuple[Path, ...],
    homes: tuple[Path, ...],
    folders: tuple[Path, ...],
    delete: bool,
    retrain: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete everything that was made from a dataset, or from data that hold a person; with a signed receipt.

    Jobs, attempts, logs, checkpoints, dossiers, reports and events go, and a fetched data set. Dossiers of
    `testamur run` are known by the digest of the data that they state. A model remembers its rows in its
    weights: for one person the models are listed, and with --delete or --retrain they go.
    """
    from testamur.pipeline.erase import outside

    _check(dataset, entity, acts=delete or retrain, files=files)
    if entity == "-":
        entity = sys.stdin.readline().strip()
    asked = Asked(dataset, entity, files, homes, folders)
    with Desk(current().settings()) as desk:
        affected, dossiers = _find(desk, asked)
        caches = _caches(desk, dataset)
        acts = not dry_run and (dataset is not None or delete or retrain)
        if not as_json:
            show_found(affected, dossiers, [*outside(affected, desk.settings)], caches)
        n_jobs, n_dossiers = sum(one.known for one in affected), sum(one.known for one in dossiers)
        if not acts or not (n_jobs or n_dossiers or caches):
            show_end(affected, dossiers, as_json=as_json)
            return
        if not yes and not as_json:
            words = f"{n_jobs} jobs with everything they left, {n_dossiers} dossiers without a stored job"
            click.confirm(f"Delete {words} and {len(caches)} fetched data sets?", abort=True)
        retrained = _retrain(desk, affected, entity) if retrain and entity else {}
        done, salt = _erase(desk, asked, affected, dossiers, caches, retrained)
        show_receipt(done, salt, retrained, as_json=as_json)


def _check(dataset: str | None, entity: str | None, *, acts: bool, files: tuple[Path, ...]) -> None:
    if (dataset is None) == (entity is None):
        raise click.UsageError("one of --dataset and --entity is required")
    if dataset is not None and acts:
        raise click.UsageError("--delete and --retrain go with --entity; a dataset is always deleted whole")
    if dataset is not None and files:
        raise click.UsageError("--data goes with --entity: name the file as --dataset")


def _find(desk: Desk, asked: Asked) -> tuple[list[Affected], list[AffectedDossier]]:
    """Jobs, and dossiers without a stored one, that are concerned."""
    from testamur.pipeline.dossiers_on_disk import find_dossiers
    from testamur.pipeline.erase import digests_of, find_by_dataset, find_by_entity
    from testamur.pipeline.erase_dossiers import PersonInData, dossiers_on_dataset
    from testamur.store.erasure import all_jobs

    settings = desk.settings
    stored = {job.id for job in all_jobs(desk.store)}
    on_disk = find_dossiers([settings.home, *asked.homes], asked.folders, known=stored)
    if asked.dataset is not None:
        affected = find_by_dataset(desk.store, asked.dataset)
        return affected, dossiers_on_dataset(on_disk, asked.dataset, digests_of(affected, settings))
    person = PersonInData(
        asked.entity or "",
        registry=desk.registry,
        datasets=settings.datasets,
        environ=settings.environ,
        files=asked.files,
    )
    affected = find_by_entity(desk.store, person)
    return affected, person.dossiers(on_disk)


def _caches(desk: Desk, dataset: str | None) -> list[Path]:
    """The folder of a fetched data set that goes as a whole."""
    from testamur.contracts.cache import PROVENANCE, cache_folder

    if dataset is None or Path(dataset).name != dataset:
        return []
    folder = cache_folder(desk.settings.datasets, dataset)
    return [folder] if (folder / PROVENANCE).is_file() else []


def _retrain(desk: Desk, affected: list[Affected], entity: str) -> dict[str, str]:
    """Submit each done job again without the person; new job by old."""
    from testamur.contracts.job import JobSpec, State
    from testamur.pipeline.erase import without

    done = [one.job for one in affected if one.known and one.job.state is State.DONE]
    return {job.id: desk.submit(without(JobSpec.parse(job.spec), entity), Path(job.base)).id for job in done}


def _erase(
    desk: Desk,
    asked: Asked,
    affected: list[Affected],
    dossiers: list[AffectedDossier],
    caches: list[Path],
    retrained: dict[str, str],
) -> tuple[Erased, str]:
    from testamur.pipeline.erase import erase as carry_out

    return carry_out(
        affected,
        kind="dataset" if asked.dataset is not None else "entity",
        subject=asked.dataset if asked.dataset is not None else asked.entity or "",
        settings=desk.settings,
        store=desk.store,
        events=desk.events,
        retrained=retrained,
        dossiers=dossiers,
        homes=asked.homes,
        caches=caches,
    )
