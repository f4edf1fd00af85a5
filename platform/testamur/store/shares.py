"""Reads and writes who has and had how much, and what each may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from testamur.contracts.errors import NotFound, TestamurError
from testamur.contracts.job import Quota, State
from testamur.store.alone import take_turns
from testamur.store.order import Ledger, Usage, decayed
from testamur.store.session import Store
from testamur.store.tables import ATTEMPT, JOB, QUOTA, USAGE, JobRow, QuotaRow

_USAGE = select(USAGE)
_USAGE_OF = (
    select(USAGE.c.seconds, USAGE.c.as_of)
    .where(USAGE.c.project == bindparam("of_project"), USAGE.c.owner == bindparam("of_owner"))
    .with_for_update()
)
_CHARGE = (
    update(USAGE)
    .where(USAGE.c.project == bindparam("of_project"), USAGE.c.owner == bindparam("of_owner"))
    .values(seconds=bindparam("had"), as_of=bindparam("then"))
)
_QUOTAS = select(QUOTA)
_RUNNING = (
    select(JOB.c.project, JOB.c.owner, JOB.c.spec, ATTEMPT.c.started_at)
    .join(ATTEMPT, (ATTEMPT.c.job_id == JOB.c.id) & (ATTEMPT.c.number == JOB.c.n_attempts))
    .where(JOB.c.state == State.RUNNING.value)
)


class QuotaExceeded(TestamurError):
    """A job that would wait where its owner or project has as many waiting as it may."""

    exit_code = 2
    kind = "quota"


def read_quotas(connection: Connection) -> list[Quota]:
    """Every quota that is set."""
    return [_to_quota(row) for row in connection.execute(_QUOTAS)]


def read_ledger(connection: Connection, quotas: Iterable[Quota], now: datetime) -> Ledger:
    """Who has and had how much at `now`; running attempts count with the time they have taken so far."""
    found = {
        (row.project, row.owner): Usage(0, decayed(row.seconds, as_of=row.as_of, now=now))
        for row in connection.execute(_USAGE)
    }
    for project, owner, spec, started_at in connection.execute(_RUNNING):
        had = found.get((project, owner), Usage())
        seconds = max((now - started_at) / timedelta(seconds=1), 0.0) * n_devices(spec)
        found[project, owner] = Usage(had.n_running + 1, had.seconds + seconds)
    return Ledger(found, quotas)


def charge(connection: Connection, job: JobRow | Row[Any], seconds: float, now: datetime) -> None:
    """Count running time of an attempt that has ended, once for each device."""
    key = {"of_project": job.project, "of_owner": job.owner}
    row = connection.execute(_USAGE_OF, key).one_or_none()
    if row is None:  # another may make it in this moment
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        none_yet = insert(USAGE).values(project=job.project, owner=job.owner, seconds=0.0, as_of=now)
        connection.execute(none_yet.on_conflict_do_nothing())
        row = connection.execute(_USAGE_OF, key).one()
    had = decayed(row.seconds, as_of=row.as_of, now=now) + max(seconds, 0.0) * n_devices(job.spec)
    connection.execute(_CHARGE, {**key, "had": had, "then": max(now, row.as_of)})


def n_devices(spec: Mapping[str, Any]) -> int:
    """Devices that a stored request asks for."""
    return int(spec.get("job", {}).get("devices", 1))


def refuse_beyond_quota(connection: Connection, *, project: str, owner: str) -> None:
    """Return where one more job may wait.

    Raises:
        QuotaExceeded: The owner or the project has as many waiting as it may.
    """
    ledger = Ledger({}, read_quotas(connection))
    for kind, name, column in (("user", owner, JOB.c.owner), ("project", project, JOB.c.project)):
        bound = ledger.quota(kind, name).max_queued
        if bound is None:
            continue
        take_turns(connection)  # two at once would both find one place left
        query = select(func.count()).where(JOB.c.state == State.QUEUED.value, column == name)
        n_waiting = connection.scalar(query) or 0
        if n_waiting >= bound:
            raise QuotaExceeded(
                f"at most {bound:,} waiting jobs of the {kind} {name} are allowed, "
                f"however: {n_waiting:,} wait",
                remedy="wait, cancel one of them, or ask for more: testamur quota set",
            )


class QuotaRepository:
    """The quotas of users and projects.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Quota]:
        """Every quota, projects first."""
        query = select(QuotaRow).order_by(col(QuotaRow.kind), col(QuotaRow.name))
        with self._store.read() as session:
            return [_to_quota(row) for row in session.scalars(query)]

    def set(self, quota: Quota) -> None:
        """Set one, in place of what was set before."""
        with self._store.write() as session:
            session.merge(QuotaRow(**quota.model_dump()))

    def remove(self, kind: str, name: str) -> None:
        """Take one away.

        Raises:
            NotFound: None is set for this user or project.
        """
        with self._store.write() as session:
            row = session.get(QuotaRow, (kind, name))
            if row is None:
                raise NotFound(
                    f"no quota of the {kind} {name!r} is set", remedy="see them with: testamur quota list"
                )
            session.delete(row)


def _to_quota(row: QuotaRow | Row[Any]) -> Quota:
    return Quota(
        kind=row.kind,
        name=row.name,
        max_running=row.max_running,
        max_queued=row.max_queued,
        share=row.share,
    )
