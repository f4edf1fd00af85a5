"""Devices are leased with the claim, all that a job needs or none, and go back with its attempt.

A job that needs several may wait for ever while small ones take each device that becomes free. So a
job that was refused for `HOLD_AFTER_S` holds the host: whoever ranks behind it is refused too until
it has started. Ranks age: for each `AGE_S` of waiting a job rises by one queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, false, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from testamur.contracts.device import Device
from testamur.contracts.job import Priority, State
from testamur.store.tables import DeviceRow, JobRow

HOLD_AFTER_S = 60.0  # until then smaller jobs may pass a waiting large one
FRESH_S = 120.0  # a job that nobody has tried to start for so long holds nothing
AGE_S = 600.0
_ORDER = list(Priority)
_RETURN = delete(DeviceRow).where(col(DeviceRow.job_id) == bindparam("of_job"))


class DevicesBusy(Exception):
    """Not enough devices are free, or an older job holds them; the claim must be rolled back."""


def lease_devices(
    session: Session, job: JobRow, *, host: str, offered: Sequence[Device], now: datetime
) -> tuple[str, ...]:
    """Lease what a job asks for, inside the transaction that claims it.

    Args:
        session: The claim's transaction.
        job: The claimed job.
        host: Machine of the devices.
        offered: The devices that this worker may use, as they are now.
        now: The present moment with its zone.

    Returns:
        Their ids, in the order of `offered`.

    Raises:
        DevicesBusy: There are not enough; nothing may be kept of this transaction.
    """
    n_asked = _n_devices(job)
    free = _free(session, job, offered)
    if len(free) < n_asked or _holder(session, job, host=host, offered=offered, now=now):
        raise DevicesBusy
    chosen = tuple(free[:n_asked])
    try:
        with session.begin_nested():
            session.add_all([DeviceRow(id=name, host=host, job_id=job.id, since=now) for name in chosen])
    except IntegrityError as error:  # PostgreSQL: another worker has leased one a moment ago
        raise DevicesBusy from error
    return chosen


def return_devices(connection: Connection, job_id: str) -> None:
    """Give back whatever a job holds; nothing happens where it holds none."""
    connection.execute(_RETURN, {"of_job": job_id})


def note_blocked(connection: Connection, job_id: str, *, host: str, now: datetime) -> None:
    """Write down that a queued job waits for devices of a host, and since when."""
    queued = (col(JobRow.id) == job_id, col(JobRow.state) == State.QUEUED.value)
    connection.execute(
        update(JobRow).where(*queued, col(JobRow.blocked_since).is_(None)).values(blocked_since=now)
    )
    connection.execute(update(JobRow).where(*queued).values(blocked_on=host, updated_at=now))


def leased_devices(session: Session) -> dict[str, str]:
    """Job by id of the device that it holds."""
    rows = session.execute(select(col(DeviceRow.id), col(DeviceRow.job_id)))
    return {row[0]: row[1] for row in rows}


def _free(session: Session, job: JobRow, offered: Sequence[Device]) -> list[str]:
    leased = leased_devices(session)
    asked = job.spec.get("job", {}).get("device_memory_mib")
    return [device.id for device in offered if device.id not in leased and device.has_room(asked)]


def _n_devices(job: JobRow) -> int:
    return int(job.spec.get("job", {}).get("devices", 1))


def _holder(
    session: Session, job: JobRow, *, host: str, offered: Sequence[Device], now: datetime
) -> JobRow | None:
    """The waiting job that comes first on this host before `job`, or None.

    One that could not start even if all of our own leases ended holds nothing: somebody outside
    has the devices, and keeping the others idle would not help it.
    """
    waiting = select(JobRow).where(
        col(JobRow.state) == State.QUEUED.value,
        col(JobRow.blocked_on) == host,
        col(JobRow.blocked_since) <= now - timedelta(seconds=HOLD_AFTER_S),
        col(JobRow.updated_at) >= now - timedelta(seconds=FRESH_S),
        col(JobRow.cancel_requested) == false(),
        col(JobRow.id) != job.id,
    )
    leased = leased_devices(session)
    n_ours = sum(device.id in leased for device in offered)
    own_rank = _rank(job, now)
    for other in session.scalars(waiting):
        possible = n_ours + len(_free(session, other, offered)) >= _n_devices(other)
        if possible and _rank(other, now) < own_rank:
            return other
    return None


def _rank(job: JobRow, now: datetime) -> tuple[float, datetime, str]:
    """Who comes first has the smallest; no two jobs have the same."""
    waited_s = (now - job.queued_at).total_seconds()
    return _ORDER.index(Priority(job.priority)) - waited_s / AGE_S, job.queued_at, job.id
