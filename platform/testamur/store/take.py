"""The one conditional UPDATE by which a queued job becomes somebody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, update
from sqlmodel import Session, col

from testamur.contracts.device import Device
from testamur.contracts.job import Claim, State
from testamur.store.devices import lease_devices
from testamur.store.release import Outcome
from testamur.store.tables import AttemptRow, JobRow


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


def take_job(session: Session, job_id: str, claimant: Claimant, now: datetime) -> Claim | None:
    """Take a queued job inside a write transaction; None when it does not wait any more.

    Raises:
        DevicesBusy: Its devices are not free; what was written here must be taken back.
    """
    until = now + timedelta(seconds=claimant.lease_s)
    take = (
        update(JobRow)
        .where(
            col(JobRow.id) == job_id,
            col(JobRow.state) == State.QUEUED.value,
            col(JobRow.cancel_requested) == false(),
        )
        .values(
            state=State.RUNNING.value,
            token=col(JobRow.token) + 1,
            n_attempts=col(JobRow.n_attempts) + 1,
            lease_until=until,
            updated_at=now,
            progress={},
            blocked_since=None,
            blocked_on=None,
        )
        .execution_options(synchronize_session=False)
    )
    if session.connection().execute(take).rowcount != 1:
        return None
    job = session.get_one(JobRow, job_id)
    devices: tuple[str, ...] = ()
    if claimant.offered is not None:
        devices = lease_devices(session, job, host=claimant.host, offered=claimant.offered, now=now)
    job.started_at = job.started_at or now
    claim = Claim(
        job_id=job_id,
        attempt=job.n_attempts,
        token=job.token,
        worker=claimant.worker,
        lease_until=until,
        devices=devices,
    )
    session.add(
        AttemptRow(
            job_id=job_id,
            number=claim.attempt,
            token=claim.token,
            worker=claimant.worker,
            host=claimant.host,
            pid=claimant.pid,
            started_at=now,
            heartbeat_at=now,
            outcome=Outcome.RUNNING.value,
            micro_batches=job.micro_batches,
        )
    )
    return claim
