"""Erasure: everything that was made from a dataset, or from data that hold a person, goes for good.

A model remembers its rows in its weights, so that for one person too the models are listed, and then
deleted or trained again without the person. What the platform cannot reach (a file of one's own, a
dossier that was handed on, a backup) is named.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import DataError, TestamurError
from testamur.contracts.job import JobSpec
from testamur.contracts.objects import is_object
from testamur.jobs.states import WrongState
from testamur.pipeline.dossiers_on_disk import digest_of
from testamur.settings import Settings
from testamur.store.artifacts import Artifacts
from testamur.store.erasure import StoredJob, all_jobs, delete_jobs, end_waiting

if TYPE_CHECKING:
    from testamur.contracts.protocols import Events
    from testamur.pipeline.erase_dossiers import AffectedDossier, PersonInData
    from testamur.store.session import Store

_NOT_REACHED = ("files of one's own", "dossiers that were handed on", "backups")
_FETCHED = "fetched data sets"
_OTHER_HOMES = "homes of other machines that were not named"
_OTHER_DATABASES = "databases in other homes"
_UNFINISHED = "what jobs without the queue left unfinished"
_SERVER = "rows and log of the database server until it vacuums"


@dataclass(frozen=True, slots=True)
class Affected:
    """One job that an erasure concerns.

    Attributes:
        job: The job as stored.
        known: False when its data could not be read, so that nobody can say whether it is concerned.
        reason: Why they could not.
    """

    job: StoredJob
    known: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done.

    Attributes:
        receipt: The signed receipt.
        job_ids: Jobs that are gone.
        dossiers: Dossiers without a stored job that are gone.
        n_files: Files that are gone.
        n_bytes: Their size.
    """

    receipt: Path
    job_ids: tuple[str, ...]
    dossiers: tuple[Path, ...]
    n_files: int
    n_bytes: int


def find_by_dataset(store: Store, dataset: str) -> list[Affected]:
    """Jobs on a registered dataset, or on a file of one's own.

    Args:
        store: Where the jobs are.
        dataset: A key, or a path.

    Raises:
        StoreError: The database refused.
    """
    path = Path(dataset).expanduser().absolute()
    return [Affected(job) for job in all_jobs(store) if _is_on(job, dataset, path)]


def digests_of(affected: list[Affected], settings: Settings) -> set[str]:
    """Digests of the data that the dossiers of these jobs state."""
    return {digest_of(settings.dossier_folder(one.job.id)) for one in affected} - {""}


def find_by_entity(store: Store, person: PersonInData) -> list[Affected]:
    """Jobs whose data name a person in an entity or identifier column; and those whose data cannot be read.

    Each distinct request for data is read once.

    Args:
        store: Where the jobs are.
        person: Looks for the person, and remembers in which data they are.

    Raises:
        StoreError: The database refused.
    """
    seen: dict[str, Affected | None] = {}
    found = []
    for job in all_jobs(store):
        key = f"{job.base}\0{sorted(job.dataset.items(), key=lambda pair: pair[0])!r}"
        if key not in seen:
            seen[key] = _look_for(job, person)
        answer = seen[key]
        if answer is not None:
            found.append(Affected(job, answer.known, answer.reason))
    return found


def erase(
    affected: list[Affected],
    *,
    kind: str,
    subject: str,
    settings: Settings,
    store: Store,
    events: Events,
    retrained: Mapping[str, str] | None = None,
    dossiers: Sequence[AffectedDossier] = (),
    homes: Sequence[Path] = (),
    caches: Sequence[Path] = (),
) -> tuple[Erased, str]:
    """Delete jobs, attempts, checkpoints, dossiers, reports and events, and sign a receipt.

    Args:
        affected: The jobs; those of unknown data stay.
        kind: ``dataset`` or ``entity``.
        subject: What was asked to be erased; the receipt holds its salted digest only.
        settings: Where things lie.
        store: Where the jobs are.
        events: Where their events are.
        retrained: New job by the deleted one it takes the place of.
        dossiers: Dossiers without a stored job; those of which it is not known stay.
        homes: Homes of other machines, where folders of the jobs go too.
        caches: Folders of fetched data sets that go.

    Returns:
        What was done; and the salt, which the receipt leaves out: with it the person can prove that
        the receipt is about them.

    Raises:
        WrongState: One of the jobs runs; nothing was deleted.
        BrokerUnavailable: Events cannot be deleted; no job was deleted.
        StoreError: The database or a folder refused.
    """
    from testamur.report.keys import load_or_create
    from testamur.report.receipt import digest_text, write_receipt

    jobs = [one.job for one in affected if one.known]
    if running := end_waiting(store, [job.id for job in jobs]):
        raise WrongState(
            f"jobs that do not run are required, however: {', '.join(running)} are running",
            remedy="testamur job cancel ID, then erase again",
        )
    for job in jobs:
        events.forget(job.id)
        if settings.artifacts:
            Artifacts(settings.artifacts).drop(job.id)
    manifests = {job.id: _digest_manifest(settings.dossier_folder(job.id)) for job in jobs}
    alone = [one.dossier for one in dossiers if one.known]
    states = [_digest_manifest(one.folder) for one in alone]
    going = [path for job in jobs for path in _places(job, settings, store, jobs)]
    going += [path for job in jobs for home in homes for path in _elsewhere(job, home)]
    going += [path for one in alone for path in one.places]
    removed = [_remove(path) for path in (*going, *caches) if path.exists()]
    gone = delete_jobs(store, [job.id for job in jobs])
    salt = secrets.token_hex(16)
    n_files, n_bytes = (sum(counts) for counts in zip(*removed, strict=True)) if removed else (0, 0)
    again = {old: digest_text(new) for old, new in (retrained or {}).items()}
    facts = {
        "kind": kind,
        "subject_sha256": digest_text(f"{salt}:{subject}"),
        "erased_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "jobs": [
            {
                "job_sha256": digest_text(job_id),
                "manifest_sha256": manifests[job_id],
                "retrained_as_sha256": again.get(job_id),
            }
            for job_id in gone
        ],
        "dossiers": [{"manifest_sha256": digest} for digest in states],
        "n_files": n_files,
        "n_bytes": n_bytes,
        "n_fetched_data_sets": len(caches),
        "n_homes": 1 + len(homes),
        "n_jobs_not_known": sum(not one.known for one in affected),
        "n_dossiers_not_known": sum(not one.known for one in dossiers),
        "not_reached": _not_reached(store, homes, caches),
    }
    receipt = write_receipt(settings.home, facts, load_or_create(settings.home))
    return Erased(receipt, tuple(gone), tuple(one.folder for one in alone), n_files, n_bytes), salt


def _not_reached(store: Store, homes: Sequence[Path], caches: Sequence[Path]) -> list[str]:
    """What the platform has not looked into, for whoever reads the receipt."""
    left = [*_NOT_REACHED, _OTHER_HOMES, _UNFINISHED]
    left += [] if caches else [_FETCHED]
    left += [_OTHER_DATABASES] if any((home / "testamur.db").exists() for home in homes) else []
    return left + ([_SERVER] if store.dialect == "postgresql" else [])


def without(spec: JobSpec, entity: str) -> JobSpec:
    """The same request with one more person left out, as a job of its own."""
    from testamur.data.erased import mark_entity

    salt = secrets.token_hex(16)
    dataset = spec.dataset.model_copy(update={"erased": (*spec.dataset.erased, mark_entity(entity, salt))})
    return spec.model_copy(
        update={"dataset": dataset, "job": spec.job.model_copy(update={"client_key": None})}
    )


def _is_on(job: StoredJob, key: str, path: Path) -> bool:
    if job.dataset.get("use") == key:
        return True
    own = job.dataset.get("path")
    if own == key:  # the URL of an object, or a path as it is stored
        return True
    return bool(own) and (Path(job.base) / Path(str(own)).expanduser()).absolute() == path


def _look_for(job: StoredJob, person: PersonInData) -> Affected | None:
    try:
        holds, digest = person.look(JobSpec.parse(job.spec).dataset, Path(job.base))
    except DataError as error:
        return Affected(job, known=False, reason=error.summary)
    except (TestamurError, OSError, ValueError) as error:  # ValueError: a request of another version
        return Affected(job, known=False, reason=f"its data cannot be read ({type(error).__name__})")
    if holds is None:
        return Affected(job, known=False, reason="no column of its data names people")
    if not job.dataset.get("erased"):  # else whoever was left out there may be in the file all the same
        person.note(digest, holds=holds)
    return Affected(job) if holds else None


def _places(job: StoredJob, settings: Settings, store: Store, going: list[StoredJob]) -> list[Path]:
    """Everything on the disk that is a job's."""
    dossier = settings.dossier_folder(job.id)
    places = [settings.job_folder(job.id), dossier, *dossier.parent.glob(f".{job.id}-*")]
    own = job.dataset.get("path")
    frames = settings.home / "frames"
    if own and Path(str(own)).is_relative_to(frames):  # rows that were handed over in Python
        others = {str(one.dataset.get("path")) for one in all_jobs(store)}
        if str(own) not in others - {str(one.dataset.get("path")) for one in going}:
            places.append(Path(str(own)))
    return [place for place in places if place.exists()]


def _elsewhere(job: StoredJob, home: Path) -> list[Path]:
    """What a machine with a home of its own has of a job."""
    dossier = home / "dossiers" / job.id
    return [home / "jobs" / job.id, dossier, *dossier.parent.glob(f".{job.id}-*")]


def _remove(path: Path) -> tuple[int, int]:
    """Delete a file or a folder; how many files, and bytes."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    n_bytes = sum(one.stat().st_size for one in files)
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path)
    return len(files), n_bytes


def _digest_manifest(dossier: Path) -> str | None:
    from testamur.report.listing import MANIFEST, digest_file

    path = dossier / MANIFEST
    return digest_file(path)[0] if path.exists() else None


def outside(affected: list[Affected], settings: Settings) -> list[str]:
    """Files of people's own that jobs read; they are not the platform's to delete."""
    paths: set[str] = set()
    for one in affected:
        own: Any = one.job.dataset.get("path")
        if own and is_object(str(own)):
            paths.add(str(own))
        elif own and not Path(str(own)).is_relative_to(settings.home):
            paths.add(str((Path(one.job.base) / str(own)).absolute()))
    return sorted(paths)
