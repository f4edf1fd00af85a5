"""Which queued job is next: the database decides, whatever order messages come in.

A message is a wake-up and no more: a worker that gets one asks here for the job whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, select
from sqlmodel import Session, col

from testamur.contracts.job import Priority, State
from testamur.store.order import Line, order_lines
from testamur.store.shares import read_ledger
from testamur.store.tables import JobRow

N_OF_A_LINE = 20


def next_jobs(session: Session, *, now: datetime, ageing_s: float) -> Iterator[str]:
    """Ids of the jobs that may run now, whoever's turn it is first; of each line the first few.

    More than one of a line is needed only where its first job waits for devices that are not free.
    """
    lines = _waiting_lines(session)
    if not lines:
        return
    for line in order_lines(lines, read_ledger(session, now), now=now, ageing_s=ageing_s):
        next_few = (
            select(col(JobRow.id))
            .where(
                *_waiting(),
                col(JobRow.priority) == line.priority.value,
                col(JobRow.project) == line.project,
                col(JobRow.owner) == line.owner,
            )
            .order_by(col(JobRow.queued_at), col(JobRow.id))
            .limit(N_OF_A_LINE)
        )
        yield from session.scalars(next_few).all()


def _waiting_lines(session: Session) -> list[Line]:
    by = (col(JobRow.priority), col(JobRow.project), col(JobRow.owner))
    query = select(*by, func.min(col(JobRow.queued_at))).where(*_waiting()).group_by(*by)
    return [
        Line(Priority(priority), project, owner, since)
        for priority, project, owner, since in session.execute(query)
    ]


def _waiting() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(JobRow.state) == State.QUEUED.value, col(JobRow.cancel_requested) == false()
