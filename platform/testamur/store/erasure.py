"""What deletion asks of the store: which jobs there are, readable or not, and that they go for good."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlmodel import col

from testamur.contracts.job import State
from testamur.store.clock import Clock, read_clock
from testamur.store.session import Store
from testamur.store.tables import AttemptRow, DeviceRow, JobRow


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as deletion sees it; its request is not parsed, so that none is too old to be found.

    Attributes:
        id: The job.
        state: Where it stands.
        spec: The request as stored.
        base: Folder that relative paths start from.
        ended_at: When it ended, or None.
        dossier: Folder of its dossier, or empty.
        n_attempts: Attempts so far; the last one left the dossier of a done job.
    """

    id: str
    state: State
    spec: dict[str, Any]
    base: str
    ended_at: datetime | None
    dossier: str
    n_attempts: int = 0

    @property
    def dataset(self) -> dict[str, Any]:
        """The ``[dataset]`` part."""
        part = self.spec.get("dataset")
        return part if isinstance(part, dict) else {}


def all_jobs(store: Store) -> list[StoredJob]:
    """Every stored job, the newest first.

    Raises:
        StoreError: The database refused.
    """
    columns = (
        JobRow.id, JobRow.state, JobRow.spec, JobRow.base, JobRow.ended_at, JobRow.dossier, JobRow.n_attempts,
    )  # fmt: skip
    query = select(*(col(column) for column in columns)).order_by(col(JobRow.created_at).desc())
    with store.read() as session:
        return [
            StoredJob(row[0], State(row[1]), row[2], row[3], row[4], row[5], row[6])
            for row in session.execute(query)
        ]


def end_waiting(store: Store, job_ids: Collection[str], *, clock: Clock = read_clock) -> list[str]:
    """Cancel those of these jobs that wait, so that no worker takes one while its files go.

    Where one of them runs, nothing is changed.

    Returns:
        Ids of those that run, sorted.

    Raises:
        StoreError: The database refused.
    """
    now = clock()
    these = col(JobRow.id).in_(job_ids)
    with store.write() as session:
        held = select(col(JobRow.id), col(JobRow.state)).where(these).with_for_update()
        running = sorted(job_id for job_id, state in session.execute(held) if state == State.RUNNING.value)
        if not running:
            session.execute(
                update(JobRow)
                .where(these, col(JobRow.state) == State.QUEUED.value)
                .values(state=State.CANCELLED.value, cancel_requested=True, ended_at=now, updated_at=now)
            )
    return running


def delete_jobs(store: Store, job_ids: Collection[str]) -> list[str]:
    """Delete jobs with their attempts; running ones stay.

    SQLite overwrites what is deleted with zeros, also in its journal.

    Returns:
        Ids of the deleted jobs, sorted.

    Raises:
        StoreError: The database refused; nothing was deleted.
    """
    with store.write() as session:
        if store.dialect == "sqlite":
            session.execute(text("PRAGMA secure_delete=ON"))
        query = select(col(JobRow.id)).where(
            col(JobRow.id).in_(job_ids), col(JobRow.state) != State.RUNNING.value
        )
        found = sorted(session.scalars(query.with_for_update()))
        for table, key in (
            (DeviceRow, DeviceRow.job_id),
            (AttemptRow, AttemptRow.job_id),
            (JobRow, JobRow.id),
        ):
            session.execute(delete(table).where(col(key).in_(found)))
    if store.dialect == "sqlite":
        with store.read() as session:
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return found


def forget_dossiers(store: Store, job_ids: Collection[str]) -> None:
    """Note that the dossiers of these jobs are gone.

    Raises:
        StoreError: The database refused.
    """
    with store.write() as session:
        session.execute(update(JobRow).where(col(JobRow.id).in_(job_ids)).values(dossier=""))
