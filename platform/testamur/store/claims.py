"""What a worker asks of the store: the right to run a job, kept by a lease and fenced by a token."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from testamur.contracts.device import Device
from testamur.contracts.job import Claim, Job, Stage, State
from testamur.store.alone import take_turns
from testamur.store.clock import Clock, read_clock
from testamur.store.devices import DevicesBusy, leased_devices, note_blocked
from testamur.store.job_id import check_job_id
from testamur.store.pulse import Beat, Pulse, beat, feel, note
from testamur.store.reading import find_attempts, find_row, storable_tree, to_jobs
from testamur.store.release import (
    Outcome,
    Result,
    end_attempt,
    end_held,
    end_job,
    find_held,
    lock_held,
    queue_again,
    release_job,
)
from testamur.store.session import Store
from testamur.store.tables import AttemptRow, JobRow
from testamur.store.take import Claimant, Taken, take_job
from testamur.store.turns import next_jobs

AGEING_S = 4 * 3600.0  # a job that has waited so long counts as one of the next higher queue
WORKER_LOST = "worker_lost"


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
        offered: Sequence[Device] | None = None,
    ) -> Claim | None:
        """Take this queued job, if nobody else has, whoever's turn it is.

        Devices are leased in the same transaction: all that the job asks for, or the job is not taken.

        Args:
            job_id: A whole id.
            worker: Name of the worker, such as ``cpu0@host``.
            host: Machine of the worker.
            pid: Process of the supervisor.
            lease_s: Seconds without a heartbeat after which the job is taken back.
            offered: The devices that the worker may use; None on a CPU, where nothing is leased.

        Returns:
            The claim, or None; `claim_refusal` then says why.

        Raises:
            NotFound: `job_id` has not the form of an id.
        """
        claimant = Claimant(worker, host, pid, lease_s, offered)
        taken = self._take_first([check_job_id(job_id)], claimant)
        return None if taken is None else taken.claim

    def claim_next(
        self,
        *,
        worker: str,
        host: str,
        pid: int | None,
        lease_s: float,
        offered: Sequence[Device] | None = None,
        ageing_s: float = AGEING_S,
    ) -> Claim | None:
        """Take the job whose turn it is: by queue and waiting time, then by fair share (see `order`).

        A job that waits for devices is passed over, unless it holds the host (see `devices`).

        Args:
            worker: Name of the worker.
            host: Machine of the worker.
            pid: Process of the supervisor.
            lease_s: Seconds without a heartbeat after which the job is taken back.
            offered: The devices that the worker may use; None on a CPU, where nothing is leased.
            ageing_s: Seconds of waiting after which a job counts as one of the next higher queue.

        Returns:
            The claim, or None: no job waits, or quotas or devices let none run now.
        """
        taken = self.take_next(Claimant(worker, host, pid, lease_s, offered), ageing_s=ageing_s)
        return None if taken is None else taken.claim

    def take_next(self, claimant: Claimant, *, ageing_s: float = AGEING_S) -> Taken | None:
        """The same as `claim_next`, with the job's row: whoever runs it need not ask for it again."""
        return self._take_first(None, claimant, ageing_s=ageing_s)

    def _take_first(
        self, job_ids: Sequence[str] | None, claimant: Claimant, *, ageing_s: float = AGEING_S
    ) -> Taken | None:
        """Take the first of these that can be had; None: of all, in the order of turns."""
        now = self._clock()
        with self._store.change() as connection:
            if job_ids is None:
                take_turns(connection)
            blocked = []
            turns = next_jobs(connection, now=now, ageing_s=ageing_s) if job_ids is None else iter(job_ids)
            taken = None
            for job_id in turns:
                try:
                    with connection.begin_nested() if claimant.offered is not None else nullcontext():
                        taken = take_job(connection, job_id, claimant, now)
                except DevicesBusy:
                    blocked.append(job_id)
                if taken is not None:
                    break
            for job_id in blocked:
                note_blocked(connection, job_id, host=claimant.host, now=now)
        return taken

    def is_blocked(self, job_id: str) -> bool:
        """True for a queued job that was refused because its devices are not free."""
        with self._store.read() as session:
            row = find_row(session, check_job_id(job_id))
            return row.state == State.QUEUED.value and row.blocked_since is not None

    def leases(self) -> dict[str, str]:
        """Job by id of the device that it holds."""
        with self._store.read() as session:
            return leased_devices(session)

    def claim_refusal(self, job_id: str) -> str:
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
            return f"the job waits for devices of {row.blocked_on}" if row.blocked_since else ""

    def heartbeat(self, claim: Claim, *, lease_s: float) -> Pulse:
        """Report that the attempt is alive and extend its lease."""
        with self._store.change() as connection:
            return beat(connection, claim, self._clock(), lease_s=lease_s)

    def peek(self, claim: Claim) -> Pulse:
        """The same answer as `heartbeat`, without writing: cheap enough to ask five times a second."""
        with self._store.look() as connection:
            return feel(connection, claim)

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
        changes: dict[str, Any] = {"updated_at": self._clock()}
        if stage is not None:
            changes["stage"] = stage.value
        if progress is not None:
            changes["progress"] = storable_tree(progress)
        with self._store.change() as connection:
            return note(connection, claim, changes, resumed_from_epoch=resumed_from_epoch)

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
        result = Result(state, error=error, error_kind=error_kind, dossier=dossier, cleared=cleared)
        with self._store.change() as connection:
            job = lock_held(connection, claim)
            if job is None:
                return False
            if hand_in:
                hand_in()
            end_held(connection, job, result, self._clock())
            return True

    def requeue(
        self, claim: Claim, reason: str, *, outcome: Outcome = Outcome.INTERRUPTED, kind: str = ""
    ) -> State | None:
        """Give a running job back.

        Args:
            claim: The right to do so.
            reason: Why, in one sentence; kept with the attempt.
            outcome: ``interrupted`` (its operator stopped it; not counted against ``max_attempts``)
                or ``lost`` (its runner died; counted).
            kind: The class of the crash, such as ``killed`` or ``drained``.

        Returns:
            The state it has now: ``queued``, ``cancelled`` where a cancellation was waiting, ``failed``
            where no attempt is left; None when the claim is not the newest any more.
        """
        if outcome not in (Outcome.INTERRUPTED, Outcome.LOST):
            raise ValueError(f"interrupted or lost is required, however: {outcome.value}")
        with self._store.write() as session:
            job = find_held(session, claim)
            if job is None:
                return None
            return release_job(session, job, outcome, reason, self._clock(), kind=kind)

    def try_in_parts(self, claim: Claim, reason: str, *, kind: str, micro_batches: int) -> State | None:
        """End an attempt that failed for lack of memory, and queue the job to train in smaller parts.

        Args:
            claim: The right to do so.
            reason: Why it failed, as shown to the user.
            kind: The class of the crash.
            micro_batches: Parts in which a batch passes the device from now on.

        Returns:
            ``queued``, or ``cancelled`` where a cancellation was waiting; None when the claim is not the
            newest any more.
        """
        now = self._clock()
        with self._store.write() as session:
            job = find_held(session, claim)
            if job is None:
                return None
            job.micro_batches = micro_batches
            end_attempt(session.connection(), job, Outcome.FAILED, reason, now, kind=kind)
            if job.cancel_requested:
                end_job(session, job, State.CANCELLED, now)
                return State.CANCELLED
            queue_again(session, job, now)
            return State.QUEUED

    def beats(self) -> list[Beat]:
        """The last sign of life of every running job."""
        query = (
            select(col(JobRow.id), col(JobRow.token), col(AttemptRow.heartbeat_at), col(JobRow.lease_until))
            .join(
                AttemptRow,
                (col(AttemptRow.job_id) == col(JobRow.id))
                & (col(AttemptRow.number) == col(JobRow.n_attempts)),
            )
            .where(col(JobRow.state) == State.RUNNING.value)
        )
        with self._store.read() as session:
            return [
                Beat(job_id, token, at, (until - at).total_seconds())
                for job_id, token, at, until in session.execute(query)
            ]

    def release_silent(self, beats: Collection[Beat]) -> list[Job]:
        """Take back jobs that gave no sign of life since these; each is queued again, or final.

        Args:
            beats: From `beats`, of the jobs whose lease ran out while somebody looked on. The wall clock
                has no say here: it may be put forward while workers are well.

        Returns:
            The jobs as they are now; the queued ones wait to be sent.
        """
        known = {beat.job_id: beat for beat in beats}

        def is_silent(job: JobRow, attempt: AttemptRow) -> str:
            beat = known.get(job.id)
            silent = beat and (beat.token, beat.at) == (job.token, attempt.heartbeat_at)
            lease = f" for more than its lease of {beat.lease_s:.0f} s" if beat else ""
            return f"worker {attempt.worker} was silent{lease}" if silent else ""

        return self._release_where(is_silent)

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
                    release_job(session, job, Outcome.LOST, reason, self._clock(), kind=WORKER_LOST)
                    released += to_jobs([job], {job.id: find_attempts(session, job.id)})
        return released


def _lock_running(session: Session, job_id: str) -> JobRow | None:
    query = select(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == State.RUNNING.value)
    return session.scalars(query.with_for_update()).one_or_none()
