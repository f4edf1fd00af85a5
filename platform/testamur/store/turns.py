"""Which queued job is next: the database decides, whatever order messages come in.

A message is a wake-up and no more: a worker that gets one asks here for the job whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, false, func, select

from testamur.contracts.job import Priority, State
from testamur.store.order import Line, order_lines
from testamur.store.shares import read_ledger, read_quotas
from testamur.store.tables import JOB

N_OF_A_LINE = 20
_WAITING = (JOB.c.state == State.QUEUED.value, JOB.c.cancel_requested == false())


def _first_of_lines() -> Select[Any]:
    """The first job of each line, found by jumps in the index: a long line costs no more than a short one.

    The next line is of the same project, else of the same queue, else of the next: each is a look-up of its
    own, because SQLite compares only the first column of (queue, project, owner) by the index.
    """
    job, last = JOB.alias("candidate"), JOB.alias("last")
    by, after = (job.c.priority, job.c.project, job.c.owner), (last.c.priority, last.c.project, last.c.owner)
    waiting = (job.c.state == State.QUEUED.value, job.c.cancel_requested == false())
    first = select(job.c.id).where(*waiting).order_by(*by, job.c.queued_at).limit(1)
    behind = [
        first.where(*(by[i] == after[i] for i in range(n_same)), by[n_same] > after[n_same])
        .correlate(last)
        .scalar_subquery()
        for n_same in (2, 1, 0)
    ]
    found = select(first.scalar_subquery().label("id")).cte("found", recursive=True)
    found = found.union_all(
        select(func.coalesce(*behind)).select_from(found.join(last, last.c.id == found.c.id))
    )
    return select(JOB.c.priority, JOB.c.project, JOB.c.owner, JOB.c.queued_at).join(
        found, found.c.id == JOB.c.id
    )


_LINES = _first_of_lines()
_NEXT_FEW = (
    select(JOB.c.id)
    .where(
        *_WAITING,
        JOB.c.priority == bindparam("of_priority"),
        JOB.c.project == bindparam("of_project"),
        JOB.c.owner == bindparam("of_owner"),
    )
    .order_by(JOB.c.queued_at, JOB.c.id)
    .limit(N_OF_A_LINE)
)


def next_jobs(connection: Connection, *, now: datetime, ageing_s: float) -> Iterator[str]:
    """Ids of the jobs that may run now, whoever's turn it is first; of each line the first few.

    More than one of a line is needed only where its first job waits for devices that are not free.
    """
    lines = _waiting_lines(connection)
    if not lines:
        return
    quotas = read_quotas(connection)
    if len(lines) > 1 or quotas:  # else nobody waits beside it, and nothing keeps it
        ledger = read_ledger(connection, quotas, now)
        lines = order_lines(lines, ledger, now=now, ageing_s=ageing_s)
    for line in lines:
        of_line = {"of_priority": line.priority.value, "of_project": line.project, "of_owner": line.owner}
        yield from connection.scalars(_NEXT_FEW, of_line).all()


def _waiting_lines(connection: Connection) -> list[Line]:
    return [
        Line(Priority(priority), project, owner, since)
        for priority, project, owner, since in connection.execute(_LINES)
    ]
