"""How a running job leaves its attempt: one place for the rules, inside a write transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlmodel import Session, col

from testamur.contracts.job import Claim, State
from testamur.store.devices import return_devices
from testamur.store.reading import storable_text
from testamur.store.shares import charge
from testamur.store.tables import ATTEMPT, JOB, JobRow


class Outcome(StrEnum):
    """How an attempt ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # stopped by its operator; not counted against max_attempts
    LOST = "lost"  # its worker or runner died; counted


HELD = (
    JOB.c.id == bindparam("of_job"),
    JOB.c.token == bindparam("of_token"),
    JOB.c.state == State.RUNNING.value,
)
_BEGAN_AT = ATTEMPT.c.started_at.label("attempt_began_at")
_LOCK_HELD = (
    select(JOB.c.id, JOB.c.n_attempts, JOB.c.project, JOB.c.owner, JOB.c.spec, _BEGAN_AT)
    .outerjoin(ATTEMPT, (ATTEMPT.c.job_id == JOB.c.id) & (ATTEMPT.c.number == JOB.c.n_attempts))
    .where(*HELD)
    .with_for_update(of=JOB)
)
CURRENT = (ATTEMPT.c.job_id == bindparam("of_job"), ATTEMPT.c.number == bindparam("of_number"))
_BEGAN = select(ATTEMPT.c.started_at).where(*CURRENT)
_END_ATTEMPT = (
    update(ATTEMPT)
    .where(*CURRENT)
    .values(
        ended_at=bindparam("now"),
        outcome=bindparam("as_outcome"),
        reason=bindparam("as_reason"),
        error_kind=bindparam("as_kind"),
    )
)


def of_claim(claim: Claim) -> dict[str, Any]:
    """What a statement on the job of a claim is told."""
    return {"of_job": claim.job_id, "of_token": claim.token}


def lock_held(connection: Connection, claim: Claim) -> Row[Any] | None:
    """What ending an attempt needs of the job, as long as `claim` is its newest; locked then. Else None."""
    return cast("Row[Any] | None", connection.execute(_LOCK_HELD, of_claim(claim)).one_or_none())


def find_held(session: Session, claim: Claim) -> JobRow | None:
    """The job as long as `claim` is its newest, locked until the transaction ends; else None."""
    query = (
        select(JobRow)
        .where(
            col(JobRow.id) == claim.job_id,
            col(JobRow.token) == claim.token,
            col(JobRow.state) == State.RUNNING.value,
        )
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def end_attempt(
    connection: Connection,
    job: JobRow | Row[Any],
    outcome: Outcome,
    reason: str,
    now: datetime,
    *,
    kind: str = "",
    began: datetime | None = None,
) -> None:
    """Close the current attempt of a job: its devices are free again, its time is counted.

    Args:
        connection: Of a write transaction.
        job: Locked.
        outcome: How the attempt ended.
        reason: Why, as shown to the user.
        now: The present moment.
        kind: `TestamurError.kind` of the reason.
        began: When the attempt began, where that is known.
    """
    return_devices(connection, job.id)
    of_attempt = {"of_job": job.id, "of_number": job.n_attempts}
    began = began or connection.execute(_BEGAN, of_attempt).scalar_one()
    said = {
        "now": now,
        "as_outcome": outcome.value,
        "as_reason": storable_text(reason),
        "as_kind": storable_text(kind, 40),
    }
    connection.execute(_END_ATTEMPT, {**of_attempt, **said})
    charge(connection, job, (now - began).total_seconds(), now)


_END_JOB = (
    update(JOB)
    .where(JOB.c.id == bindparam("of_job"))
    .values(
        state=bindparam("as_state"),
        stage=None,
        lease_until=None,
        ended_at=bindparam("then"),
        updated_at=bindparam("now"),
        error=bindparam("as_error"),
        error_kind=bindparam("as_kind"),
        dossier=bindparam("as_dossier"),
        cleared=bindparam("as_cleared"),
    )
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a job ends with.

    Attributes:
        state: ``done``, ``failed`` or ``cancelled``.
        error: Reason, as shown to the user.
        error_kind: `TestamurError.kind` of the reason.
        dossier: Folder of the dossier; done jobs only.
        cleared: The verdict of the policy as a whole; done jobs only.
    """

    state: State
    error: str = ""
    error_kind: str = ""
    dossier: str = ""
    cleared: bool | None = None


def end_held(connection: Connection, job: Row[Any], result: Result, now: datetime) -> None:
    """End a job that `lock_held` gave, and its attempt."""
    outcome = Outcome(result.state.value)
    end_attempt(
        connection, job, outcome, result.error, now, kind=result.error_kind, began=job.attempt_began_at
    )
    said = {
        "as_state": result.state.value,
        "as_error": storable_text(result.error),
        "as_kind": storable_text(result.error_kind, 40),
        "as_dossier": result.dossier,
        "as_cleared": result.cleared,
    }
    connection.execute(_END_JOB, {"of_job": job.id, "now": now, "then": now, **said})


def end_job(session: Session, job: JobRow, state: State, now: datetime) -> None:
    """Put a job into a final state."""
    job.state = state.value
    job.stage = None
    job.lease_until = None
    job.ended_at = now
    job.updated_at = now
    session.add(job)


def release_job(
    session: Session, job: JobRow, outcome: Outcome, reason: str, now: datetime, *, kind: str = ""
) -> State:
    """Take a running job from its attempt: queued again, or final where it may not run again.

    Returns:
        ``cancelled`` where a cancellation was waiting, ``failed`` where the attempt was the last
        that may be lost, else ``queued``.
    """
    end_attempt(session.connection(), job, outcome, reason, now, kind=kind)
    if outcome is Outcome.LOST:
        job.n_lost += 1
    if job.cancel_requested:
        end_job(session, job, State.CANCELLED, now)
        return State.CANCELLED
    if job.n_lost >= job.max_attempts:
        job.error = storable_text(
            f"{job.n_lost} of at most {job.max_attempts} attempts were lost, the last because: {reason}"
        )
        job.error_kind = "attempts_lost"
        end_job(session, job, State.FAILED, now)
        return State.FAILED
    queue_again(session, job, now)
    return State.QUEUED


def queue_again(session: Session, job: JobRow, now: datetime) -> None:
    """Let a job whose attempt has ended wait for the next; it keeps its place, for it came first."""
    job.state = State.QUEUED.value
    job.stage = None
    job.lease_until = None
    job.sent_at = None
    job.updated_at = now
    session.add(job)
