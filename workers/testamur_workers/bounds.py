"""What one attempt is held to: which folders are its own, what stays closed, whether the network is open."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from testamur.contracts.job import Claim, Job
from testamur.hooks.discovery import discover
from testamur.jobs.validate import named_plugins
from testamur.report.keys import KEY_FILE
from testamur.settings import Settings
from testamur.store.checkpoint_copies import LINKED
from testamur_workers.confine import Bounds
from testamur_workers.hand_in import attempt_folder
from testamur_workers.places import broker_folder, log_folder, make_private, socket_path

FRAMES = "frames"
KEPT = ("checkpoint", "model")  # what an attempt writes in its job's folder
NETWORK = "network"  # as a plugin's manifest asks for it
_SQLITE = "sqlite:///"


def scratch_folder(settings: Settings, claim: Claim) -> Path:
    """Working folder of an attempt."""
    return settings.job_folder(claim.job_id) / f"scratch-{claim.attempt}"


def clear_scratch(settings: Settings, claim: Claim) -> None:
    """Remove the working folders of this attempt and of those before it, whose supervisors may have died."""
    place = settings.job_folder(claim.job_id)
    for folder in place.iterdir() if place.is_dir() else ():  # none: the job was erased meanwhile
        number = folder.name.removeprefix("scratch-")
        of_attempt = number != folder.name and number.isdigit() and int(number) <= claim.attempt
        if of_attempt or folder.name.startswith(LINKED):  # of a supervisor that was killed
            shutil.rmtree(folder, ignore_errors=True)  # what cannot be removed is `testamur gc`'s


def bounds_of(job: Job, claim: Claim, settings: Settings, *, closed: tuple[str, ...] | None = None) -> Bounds:
    """The bounds of one attempt.

    Its own folders are opened again inside those of all jobs and all dossiers, which stay closed. The
    job's folder itself is none of them: a link that one attempt left there would lead the supervisor, or
    the walls of the next attempt, to a place outside.

    Args:
        job: What runs.
        claim: The attempt.
        settings: Of the worker.
        closed: What `closed_paths` gives, where that is known.
    """
    reason = network_reason(job, settings)
    sealed = attempt_folder(settings.dossier_folder(job.id), claim.attempt)
    scratch = scratch_folder(settings, claim)
    own = [sealed.parent, *(settings.job_folder(job.id) / name for name in KEPT), scratch]
    for folder in own:
        make_private(folder)
    return Bounds(
        confine=settings.confine,
        network=bool(reason),
        network_reason=reason,
        scratch=str(scratch),
        writable=tuple(map(str, own)),
        readable=(*_earlier(job, settings), *_frames(job, settings)),
        closed=closed or tuple(str(path) for path in closed_paths(settings)),
    )


def _earlier(job: Job, settings: Settings) -> tuple[str, ...]:
    """The dossier that the report is to be compared with, where the job names one of this home."""
    name = job.spec.audit.previous
    places = (Path(job.base) / name, settings.home / "dossiers" / name) if name else ()
    return tuple(str(path) for path in places if (path / "report.json").is_file())


def _frames(job: Job, settings: Settings) -> tuple[str, ...]:
    """Rows that were handed over in Python for this job; those of others stay closed."""
    parts = (job.spec.dataset, job.spec.examined)
    named = [value for part in parts if part is not None for _, value in part if isinstance(value, str)]
    frames = settings.home / FRAMES
    return tuple(name for name in named if name.startswith("/") and Path(name).is_relative_to(frames))


def closed_paths(settings: Settings) -> list[Path]:
    """What a runner may not read: the signing key, the files of database and broker, other jobs with their
    rows and dossiers, receipts.
    """
    home = settings.home
    closed = [home / name for name in ("keys", "receipts", "jobs", "dossiers", "workers", FRAMES)]
    closed.append(home / KEY_FILE)  # perhaps a link to another place
    if settings.artifacts and "://" not in settings.artifacts:
        closed.append(Path(settings.artifacts).absolute())
    closed += [broker_folder(settings), log_folder(settings), socket_path(settings).parent]
    if settings.database_url.startswith(_SQLITE):
        file = settings.database_url.removeprefix(_SQLITE).partition("?")[0]
        closed += [Path(f"{file}{end}").absolute() for end in ("", "-wal", "-shm", "-journal")]
    return closed


def network_reason(job: Job, settings: Settings) -> str:
    """Why the network is open to this job, in words; empty when it is closed."""
    if _asks_a_server(job, settings):
        return "open: the job reads its data from a database by URL"
    granted = named_plugins(job.spec) & set(settings.network_for)
    if not granted:
        return ""  # the usual case: nothing that is installed need be looked through
    asking = {
        info.name
        for info in discover(settings.home)
        if info.name in granted and info.manifest is not None and NETWORK in info.manifest.permissions
    }
    return f"open: granted by the operator to {', '.join(sorted(asking))}" if asking else ""


def _asks_a_server(job: Job, settings: Settings) -> bool:
    url = job.spec.dataset.url or ""
    if url.startswith("env:"):
        url = settings.environ.get(url.removeprefix("env:"), os.environ.get(url.removeprefix("env:"), ""))
    return bool(url) and not url.startswith("sqlite:")
