"""Retention: what may go from the home, by rules that are shown before anything is deleted."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from testamur.contracts.job import State
from testamur.pipeline.leftover import Leftover, Retention
from testamur.pipeline.tidy_shelf import find_on_shelf, list_shelf
from testamur.settings import Settings
from testamur.store.artifacts import Artifacts
from testamur.store.erasure import StoredJob, all_jobs, forget_dossiers
from testamur.store.session import Store


def find_leftovers(store: Store, settings: Settings, rules: Retention, *, now: datetime) -> list[Leftover]:
    """Everything that may go by these rules; of a job that waits or runs nothing.

    A dossier that a person has signed stays whatever the rules say.

    Raises:
        StoreError: The database or the artifacts refused.
    """
    strays = _strays(settings, rules, now)  # looked for first: a job is stored before it has a folder
    shelved = list_shelf(settings)
    jobs = all_jobs(store)
    found = [left for job in jobs for left in _after_training(job, settings, rules, now)]
    found += _old_dossiers(jobs, settings, rules, now)
    known = {job.id for job in jobs}
    found += find_on_shelf(shelved, jobs, {left.job_id for left in found if left.is_dossier}, rules, now)
    return found + [left for left in strays if left.job_id not in known]


def remove(leftovers: list[Leftover], store: Store, settings: Settings) -> int:
    """Delete them; how many bytes are free now.

    Raises:
        StoreError: The database or the artifacts refused.
        OSError: A folder cannot be deleted; what was deleted before stays deleted.
    """
    forget_dossiers(store, [left.job_id for left in leftovers if left.is_dossier])
    artifacts = Artifacts(settings.artifacts) if any(left.artifact for left in leftovers) else None
    for left in leftovers:
        if left.artifact and artifacts is not None:
            artifacts.remove(left.artifact)
        else:
            shutil.rmtree(left.path)
    return sum(left.n_bytes for left in leftovers)


def _after_training(job: StoredJob, settings: Settings, rules: Retention, now: datetime) -> list[Leftover]:
    if not job.state.final:
        return []
    reason = "the job is done: its weights are in the dossier"
    if job.state is not State.DONE:
        if job.ended_at is None or now - job.ended_at < rules.failed_after:
            return []
        reason = f"the job has been {job.state.value} for more than {rules.failed_after.days} days"
    folder = settings.job_folder(job.id)
    places = [folder / "checkpoint", folder / "model", *folder.glob("scratch-*")]
    return [Leftover(place, reason, _size(place), job.id) for place in places if place.is_dir()]


def _old_dossiers(
    jobs: list[StoredJob], settings: Settings, rules: Retention, now: datetime
) -> list[Leftover]:
    if rules.keep_last is None and rules.older_than is None:
        return []
    of_kind: dict[str, list[StoredJob]] = defaultdict(list)  # the newest first, as the jobs are
    for job in jobs:
        if job.state is State.DONE and settings.dossier_folder(job.id).is_dir():
            model = job.spec.get("model", {}).get("use", "")
            of_kind[f"{job.dataset.get('use')}\0{job.dataset.get('path')}\0{model}"].append(job)
    found = []
    for group in of_kind.values():
        for job in group[rules.keep_last or 0 :]:
            age = now - job.ended_at if job.ended_at else timedelta(0)
            if rules.older_than is not None and age < rules.older_than:
                continue
            place = settings.dossier_folder(job.id)
            if not (place / "signatures").is_dir():
                found.append(Leftover(place, _why(rules), _size(place), job.id, is_dossier=True))
    return found


def _why(rules: Retention) -> str:
    words = []
    if rules.keep_last is not None:
        words.append(f"{rules.keep_last} newer ones of its dataset and model stay")
    if rules.older_than is not None:
        words.append(f"older than {rules.older_than.days} days")
    return ", ".join(words)


def _strays(settings: Settings, rules: Retention, now: datetime) -> list[Leftover]:
    """Folders that are nobody's if no job of their name is stored, and that nobody has touched for a while.

    A job that ran in the process that asked for it (``testamur run``) has folders and no place in the
    database: its dossier is no stray, and what it works in is new.
    """
    drafts = (settings.home / "dossiers").glob(".*")
    found = []
    for place in (*(settings.home / "jobs").glob("*"), *drafts):
        job_id = place.name.lstrip(".").replace(".", "-").partition("-")[0]
        if place.is_dir() and now - _touched(place) >= rules.failed_after:
            found.append(Leftover(place, "no job of this name is stored", _size(place), job_id))
    return found


def _touched(folder: Path) -> datetime:
    """When something in a folder was changed last."""
    newest = max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    return datetime.fromtimestamp(newest, UTC)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
