"""Signs of life of a running attempt, and what its worker learns in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from testamur.contracts.job import Claim
from testamur.store.release import CURRENT, HELD, of_claim
from testamur.store.tables import ATTEMPT, JOB

_PROLONG = update(JOB).where(*HELD).values(lease_until=bindparam("until"))
_BEAT = update(ATTEMPT).where(*CURRENT).values(heartbeat_at=bindparam("now"))
_FLAG = select(JOB.c.cancel_requested).where(*HELD)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker learns when it reports that it is alive.

    Attributes:
        held: False when the claim is not the newest any more: the worker must stop and write nothing.
        cancel_requested: The owner wants the job to end.
    """

    held: bool
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life of a running job.

    Attributes:
        job_id: The job.
        token: Of the claim.
        at: When its worker gave it, by the worker's own clock.
        lease_s: Seconds for which it counts.
    """

    job_id: str
    token: int
    at: datetime
    lease_s: float


def beat(connection: Connection, claim: Claim, now: datetime, *, lease_s: float) -> Pulse:
    """Write down that an attempt is alive, and extend its lease."""
    until = now + timedelta(seconds=lease_s)
    if connection.execute(_PROLONG, {**of_claim(claim), "until": until}).rowcount != 1:
        return Pulse(held=False, cancel_requested=False)
    connection.execute(_BEAT, {"of_job": claim.job_id, "of_number": claim.attempt, "now": now})
    return feel(connection, claim)


def feel(connection: Connection, claim: Claim) -> Pulse:
    """The answer of `beat`, without writing."""
    flag = connection.scalar(_FLAG, of_claim(claim))
    return Pulse(held=flag is not None, cancel_requested=bool(flag))


def note(
    connection: Connection, claim: Claim, changes: Mapping[str, Any], *, resumed_from_epoch: int | None
) -> bool:
    """Change columns of a running job.

    Args:
        connection: Of a write transaction.
        claim: The right to do so.
        changes: Value by column.
        resumed_from_epoch: Of its attempt; None: as it was.

    Returns:
        False when the claim is not the newest any more; nothing is written then.
    """
    if connection.execute(update(JOB).where(*HELD).values(changes), of_claim(claim)).rowcount != 1:
        return False
    if resumed_from_epoch is not None:
        resumed = update(ATTEMPT).where(*CURRENT).values(resumed_from_epoch=resumed_from_epoch)
        connection.execute(resumed, {"of_job": claim.job_id, "of_number": claim.attempt})
    return True
