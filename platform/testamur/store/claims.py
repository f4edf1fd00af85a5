"""What a worker asks of the store: the right to run a job, kept by a lease and fenced by a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import false, select, update
from sqlmodel import Session, col

from testamur.contracts.device import Device
from testamur.contracts.job import Claim, Job, Priority, Stage, State
from testamur.store.clock import Clock, read_clock
from testamur.store.devices import DevicesBusy, lease_devices, leased_devices, note_blocked
from testamur.store.job_id import check_job_id
from testamur.store.reading import find_attempts, find_row, storable_text, storable_tree, to_jobs
from testamur.store.release import Outcome, end_attempt, end_job, find_held, release_job
from testamur.store.session import Store
from testamur.store.tables import AttemptRow, JobRow


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker learns when it reports that it is alive.

    Attributes:
        held: False when the claim is not the newest any more: the worker must stop and write nothing.
        cancel_requested: The owner wants the job to end.
    """

    held: bool
    cancel_requested: bool


class ClaimRepository:
    """Claims, heartbeats and ends of attempts.

    Args:
        store: Where the jobs are.
        clock: Returns the present moment with its zone.
    """

    def __init__(self, store: Store, *, clock: Clock = read_clock) -> None:
        self._store = store
        self._clock = clock

    def claim(
        self,
        job_id: str,
        *,
        worker: str,
        host: str,
        pid: int | None,
        lease_s: float,
        queue: Priority | None = None,
        offered: Sequence[Device] | None = None,
    ) -> Claim | None:
        """Take a queued job, if nobody else has: one conditional UPDATE decides.

        Devices are leased in the same transaction: all that the job asks for, or the job is not taken.

        Args:
            job_id: A whole id.
            worker: Name of the worker, such as ``cpu0@host``.
            host: Machine of the worker.
            pid: Process of the supervisor.
            lease_s: Seconds without a heartbeat after which the job is taken back.
            queue: Where its message lay, or None. A job that was moved waits in another: the message
                there is the one that counts.
            offered: The devices that the worker may use; None on a CPU, where nothing is leased.

        Returns:
            The claim, or None; `claim_refusal` then says why.

        Raises:
            NotFound: `job_id` has not the form of an id.
        """
        now = self._clock()
        take = (
            update(JobRow)
            .where(
                col(JobRow.id) == check_job_id(job_id),
                col(JobRow.state) == State.QUEUED.value,
                col(JobRow.cancel_requested) == false(),
                *([] if queue is None else [col(JobRow.priority) == queue.value]),
            )
            .values(
                state=State.RUNNING.value,
                token=col(JobRow.token) + 1,
                n_attempts=col(JobRow.n_attempts) + 1,
                lease_until=now + timedelta(seconds=lease_s),
                updated_at=now,
                progress={},
                blocked_since=None,
                blocked_on=None,
            )
            .execution_options(synchronize_session=False)
        )
        try:
            with self._store.write() as session:
                if session.connection().execute(take).rowcount != 1:
                    return None
                job = session.get_one(JobRow, job_id)
                devices: tuple[str, ...] = ()
                if offered is not None:
                    devices = lease_devices(session, job, host=host, offered=offered, now=now)
                job.started_at = job.started_at or now
                claim = Claim(
                    job_id=job_id,
                    attempt=job.n_attempts,
                    token=job.token,
                    worker=worker,
                    lease_until=now + timedelta(seconds=lease_s),
                    devices=devices,
                )
                session.add(_open_attempt(claim, host=host, pid=pid, now=now))
        except DevicesBusy:  # the job is queued as before
            with self._store.write() as session:
                note_blocked(session, job_id, host=host, now=now)
            return None
        return claim

    def is_blocked(self, job_id: str) -> bool:
        """True for a queued job that was refused because its devices are not free."""
        with self._store.read() as session:
            row = find_row(session, check_job_id(job_id))
            return row.state == State.QUEUED.value and row.blocked_since is not None

    def put_back(self, job_id: str) -> None:
        """Have a queued job sent again: its message was taken by a worker that could not start it."""
        change = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == State.QUEUED.value)
        with self._store.write() as session:
            session.execute(change.values(sent_at=None))

    def leases(self) -> dict[str, str]:
        """Job by id of the device that it holds."""
        with self._store.read() as session:
            return leased_devices(session)

    def claim_refusal(self, job_id: str, queue: Priority | None = None) -> str:
        """Why a claim of this job would be refused, in one sentence; empty when it would not.

        Raises:
            NotFound: No such job.
        """
        with self._store.read() as session:
            row = find_row(session, check_job_id(job_id))
            if row.state == State.RUNNING.value:
                worker = session.get_one(AttemptRow, (row.id, row.n_attempts)).worker
                return f"the job is running on {worker}, attempt {row.n_attempts}"
            if row.state != State.QUEUED.value:
                return f"the job is {row.state}"
            if queue is not None and row.priority != queue.value:
                return f"the job was moved to the queue {row.priority}"
            if row.blocked_since is not None:
                return f"the job waits for devices of {row.blocked_on}"
            return ""

    def heartbeat(self, claim: Claim, *, lease_s: float) -> Pulse:
        """Report that the attempt is alive and extend its lease."""
        now = self._clock()
        with self._store.write() as session:
            job = find_held(session, claim)
            if job is None:
                return Pulse(held=False, cancel_requested=False)
            job.lease_until = now + timedelta(seconds=lease_s)
            attempt = session.get_one(AttemptRow, (job.id, job.n_attempts))
            attempt.heartbeat_at = now
            session.add_all([job, attempt])
            return Pulse(held=True, cancel_requested=job.cancel_requested)

    def peek(self, claim: Claim) -> Pulse:
        """The same answer as `heartbeat`, without writing: cheap enough to ask five times a second."""
        query = select(col(JobRow.cancel_requested)).where(
            col(JobRow.id) == claim.job_id,
            col(JobRow.token) == claim.token,
            col(JobRow.state) == State.RUNNING.value,
        )
        with self._store.read() as session:
            flag = session.scalars(query).one_or_none()
        return Pulse(held=flag is not None, cancel_requested=bool(flag))

    def report(
        self,
        claim: Claim,
        *,
        stage: Stage | None = None,
        progress: Mapping[str, Any] | None = None,
        resumed_from_epoch: int | None = None,
    ) -> bool:
        """Note where the attempt is. What is None stays as it was.

        Returns:
            False when the claim is not the newest any more; nothing is written then.
        """
        with self._store.write() as session:
            job = find_held(session, claim)
            if job is None:
                return False
            if stage is not None:
                job.stage = stage.value
            if progress is not None:
                job.progress = storable_tree(progress)
            job.updated_at = self._clock()
            session.add(job)
            if resumed_from_epoch is not None:
                attempt = session.get_one(AttemptRow, (job.id, job.n_attempts))
                attempt.resumed_from_epoch = resumed_from_epoch
                session.add(attempt)
            return True

    def finish(
        self,
        claim: Claim,
        state: State,
        *,
        error: str = "",
        error_kind: str = "",
        dossier: str = "",
        cleared: bool | None = None,
        hand_in: Callable[[], None] | None = None,
    ) -> bool:
        """End the job and its attempt.

        Args:
            claim: The right to do so.
            state: ``done``, ``failed`` or ``cancelled``.
            error: Reason, as shown to the user.
            error_kind: `TestamurError.kind` of the reason.
            dossier: Folder of the dossier; done jobs only.
            cleared: The verdict of the policy as a whole; done jobs only.
            hand_in: Called while the job is locked and the claim held; when it raises, nothing is written.

        Returns:
            False when the claim is not the newest any more; nothing is written then.
        """
        if not state.final:
            raise ValueError(f"a final state is required, however: {state.value}")
        now = self._clock()
        with self._store.write() as session:
            job = find_held(session, claim)
            if job is None:
                return False
            if hand_in:
                hand_in()
            job.error = storable_text(error)
            job.error_kind = storable_text(error_kind, 40)
            job.dossier = dossier
            job.cleared = cleared
            end_attempt(session, job, Outcome(state.value), error, now)
            end_job(session, job, state, now)
            return True

    def requeue(self, claim: Claim, reason: str, *, outcome: Outcome = Outcome.INTERRUPTED) -> State | None:
        """Give a running job back.

        Args:
            claim: The right to do so.
            reason: Why, in one sentence; kept with the attempt.
            outcome: ``interrupted`` (its operator stopped it; not counted against ``max_attempts``)
                or ``lost`` (its runner died; counted).

        Returns:
            The state it has now: ``queued``, ``cancelled`` where a cancellation was waiting, ``failed``
            where no attempt is left; None when the claim is not the newest any more.
        """
        if outcome not in (Outcome.INTERRUPTED, Outcome.LOST):
            raise ValueError(f"interrupted or lost is required, however: {outcome.value}")
        with self._store.write() as session:
            job = find_held(session, claim)
            return None if job is None else release_job(session, job, outcome, reason, self._clock())

    def expired(self) -> list[Job]:
        """Running jobs whose worker has been silent for longer than its lease."""
        query = select(JobRow).where(
            col(JobRow.state) == State.RUNNING.value, col(JobRow.lease_until) < self._clock()
        )
        with self._store.read() as session:
            rows = session.scalars(query).all()
            return to_jobs(rows, {row.id: find_attempts(session, row.id) for row in rows})

    def release_expired(self) -> list[Job]:
        """Take back the jobs whose lease has run out; each is queued again, or final.

        Returns:
            The jobs as they are now; the queued ones wait to be sent.
        """
        now = self._clock()

        def is_over(job: JobRow, attempt: AttemptRow) -> str:
            silent = (now - attempt.heartbeat_at).total_seconds()
            over = job.lease_until is not None and job.lease_until < now
            return f"worker {attempt.worker} was silent for {silent:.0f} s" if over else ""

        return self._release_where(is_over)

    def release_dead(self, host: str, is_alive: Callable[[int], bool]) -> list[Job]:
        """Take back at once the jobs whose supervisor on this host is dead, whatever their lease says.

        Args:
            host: This machine, as in `claim`.
            is_alive: Says whether a process id belongs to a living supervisor.

        Returns:
            The jobs as they are now; the queued ones wait to be sent.
        """

        def is_dead(job: JobRow, attempt: AttemptRow) -> str:
            dead = attempt.host == host and attempt.pid is not None and not is_alive(attempt.pid)
            return f"worker {attempt.worker} (process {attempt.pid}) died" if dead else ""

        return self._release_where(is_dead)

    def _release_where(self, reason_of: Callable[[JobRow, AttemptRow], str]) -> list[Job]:
        """Release each running job for which there is a reason, asked again under its lock."""
        query = select(col(JobRow.id)).where(col(JobRow.state) == State.RUNNING.value)
        with self._store.read() as session:
            job_ids = list(session.scalars(query))
        released: list[Job] = []
        for job_id in job_ids:
            with self._store.write() as session:
                job = _lock_running(session, job_id)
                if job is None:
                    continue
                attempt = session.get_one(AttemptRow, (job.id, job.n_attempts))
                reason = reason_of(job, attempt)
                if reason:
                    release_job(session, job, Outcome.LOST, reason, self._clock())
                    released += to_jobs([job], {job.id: find_attempts(session, job.id)})
        return released


def _open_attempt(claim: Claim, *, host: str, pid: int | None, now: datetime) -> AttemptRow:
    return AttemptRow(
        job_id=claim.job_id,
        number=claim.attempt,
        token=claim.token,
        worker=claim.worker,
        host=host,
        pid=pid,
        started_at=now,
        heartbeat_at=now,
        outcome=Outcome.RUNNING.value,
    )


def _lock_running(session: Session, job_id: str) -> JobRow | None:
    query = select(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == State.RUNNING.value)
    return session.scalars(query.with_for_update()).one_or_none()
