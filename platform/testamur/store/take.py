"""The one conditional UPDATE by which a queued job becomes somebody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, false, func, insert, select, update
from sqlmodel import Session

from testamur.contracts.device import Device
from testamur.contracts.job import Claim, State
from testamur.store.devices import lease_devices
from testamur.store.release import Outcome
from testamur.store.tables import ATTEMPT, JOB, JobRow, UtcTime


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who takes a job.

    Attributes:
        worker: Name of the worker, such as ``cpu0@host``.
        host: Machine of the worker.
        pid: Process of the supervisor.
        lease_s: Seconds without a heartbeat after which the job is taken back.
        offered: The devices that the worker may use; None on a CPU, where nothing is leased.
    """

    worker: str
    host: str
    pid: int | None
    lease_s: float
    offered: Sequence[Device] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that has just become somebody's.

    Attributes:
        claim: The right to run it.
        row: The job as it is stored now.
    """

    claim: Claim
    row: Row[Any]


_TAKE = (
    update(JOB)
    .where(
        JOB.c.id == bindparam("of_job"),
        JOB.c.state == State.QUEUED.value,
        JOB.c.cancel_requested == false(),
    )
    .values(
        state=State.RUNNING.value,
        token=JOB.c.token + 1,
        n_attempts=JOB.c.n_attempts + 1,
        lease_until=bindparam("until"),
        updated_at=bindparam("now"),
        started_at=func.coalesce(JOB.c.started_at, bindparam("begun", type_=UtcTime)),
        progress={},
        blocked_since=None,
        blocked_on=None,
    )
)
_TAKEN = select(JOB).where(JOB.c.id == bindparam("of_job"))
_BEGIN = insert(ATTEMPT)


def take_job(connection: Connection, job_id: str, claimant: Claimant, now: datetime) -> Taken | None:
    """Take a queued job inside a write transaction; None when it does not wait any more.

    Raises:
        DevicesBusy: Its devices are not free; what was written here must be taken back.
    """
    until = now + timedelta(seconds=claimant.lease_s)
    moments = {"until": until, "now": now, "begun": now}
    if connection.execute(_TAKE, {"of_job": job_id, **moments}).rowcount != 1:
        return None
    row = connection.execute(_TAKEN, {"of_job": job_id}).one()
    claim = Claim(
        job_id=job_id,
        attempt=row.n_attempts,
        token=row.token,
        worker=claimant.worker,
        lease_until=until,
        devices=_lease(connection, job_id, claimant, now),
    )
    connection.execute(_BEGIN, _first_of_attempt(claim, claimant, now, micro_batches=row.micro_batches))
    return Taken(claim, row)


def _lease(connection: Connection, job_id: str, claimant: Claimant, now: datetime) -> tuple[str, ...]:
    if claimant.offered is None:
        return ()
    with Session(connection) as session:  # a savepoint inside the caller's
        job = session.get_one(JobRow, job_id)
        leased = lease_devices(session, job, host=claimant.host, offered=claimant.offered, now=now)
        session.commit()
    return leased


def _first_of_attempt(
    claim: Claim, claimant: Claimant, now: datetime, *, micro_batches: int
) -> dict[str, Any]:
    """The row of an attempt that begins now."""
    return {
        "job_id": claim.job_id,
        "number": claim.attempt,
        "token": claim.token,
        "worker": claimant.worker,
        "host": claimant.host,
        "pid": claimant.pid,
        "started_at": now,
        "heartbeat_at": now,
        "outcome": Outcome.RUNNING.value,
        "reason": "",
        "error_kind": "",
        "micro_batches": micro_batches,
    }
