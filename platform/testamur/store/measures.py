"""Numbers for whoever watches the installation: counted in the database, the same from every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, cast, func, select
from sqlmodel import Session, col

from testamur.contracts.job import Priority, State
from testamur.store.devices import leased_devices
from testamur.store.session import Store
from testamur.store.tables import AttemptRow, JobRow

_S_OF_A_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Duration:
    """How often, and how long in all.

    Attributes:
        n: Times.
        seconds: Their sum.
    """

    n: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What is true at one moment.

    Attributes:
        jobs: Jobs by queue and state, every pair named.
        attempts: Attempts by outcome and kind of error.
        waited: From queued to the first attempt, by queue.
        ran: Ended attempts, by queue.
        devices: Job by leased device.
    """

    jobs: dict[tuple[Priority, State], int]
    attempts: dict[tuple[str, str], int]
    waited: dict[Priority, Duration]
    ran: dict[Priority, Duration]
    devices: dict[str, str]


def read_measures(store: Store) -> Measures:
    """Count everything, in one transaction.

    Raises:
        StoreError: The database refused.
    """
    with store.read() as session:
        jobs = dict.fromkeys(((priority, state) for priority in Priority for state in State), 0)
        by_queue = select(col(JobRow.priority), col(JobRow.state), func.count())
        for priority, state, n in session.execute(by_queue.group_by(col(JobRow.priority), col(JobRow.state))):
            jobs[Priority(priority), State(state)] = n
        by_outcome = select(col(AttemptRow.outcome), col(AttemptRow.error_kind), func.count())
        grouped = by_outcome.group_by(col(AttemptRow.outcome), col(AttemptRow.error_kind))
        return Measures(
            jobs=jobs,
            attempts={(outcome, kind): n for outcome, kind, n in session.execute(grouped)},
            waited=_durations(session, store.dialect, JobRow.queued_at, JobRow.started_at),
            ran=_durations(session, store.dialect, AttemptRow.started_at, AttemptRow.ended_at),
            devices=leased_devices(session),
        )


def _durations(session: Session, dialect: str, begin: Any, end: Any) -> dict[Priority, Duration]:
    """Sums by queue of the time between two moments, where both are known."""
    query = select(col(JobRow.priority), func.count(), func.sum(_seconds(dialect, begin, end)))
    if begin.class_ is AttemptRow:
        query = query.join(AttemptRow, col(AttemptRow.job_id) == col(JobRow.id))
    found = dict.fromkeys(Priority, Duration(0, 0.0))
    for priority, n, seconds in session.execute(
        query.where(col(end).is_not(None)).group_by(col(JobRow.priority))
    ):
        found[Priority(priority)] = Duration(n, float(seconds or 0.0))
    return found


def _seconds(dialect: str, begin: Any, end: Any) -> Any:
    if dialect == "sqlite":
        return (func.julianday(end) - func.julianday(begin)) * _S_OF_A_DAY
    return cast(func.extract("epoch", end - begin), Float)
