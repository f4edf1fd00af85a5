"""How a running job leaves its attempt: one place for the rules, inside a write transaction."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from testamur.contracts.job import Claim, State
from testamur.store.devices import return_devices
from testamur.store.reading import storable_text
from testamur.store.shares import charge
from testamur.store.tables import AttemptRow, JobRow


class Outcome(StrEnum):
    """How an attempt ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # stopped by its operator; not counted against max_attempts
    LOST = "lost"  # its worker or runner died; counted


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
    session: Session, job: JobRow, outcome: Outcome, reason: str, now: datetime, *, kind: str = ""
) -> None:
    """Close the current attempt of a job: its devices are free again, its time is counted."""
    return_devices(session, job.id)
    attempt = session.get_one(AttemptRow, (job.id, job.n_attempts))
    attempt.ended_at = now
    attempt.outcome = outcome.value
    attempt.reason = storable_text(reason)
    attempt.error_kind = storable_text(kind, 40)
    session.add(attempt)
    charge(session, job, (now - attempt.started_at).total_seconds(), now)


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
    end_attempt(session, job, outcome, reason, now, kind=kind)
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
