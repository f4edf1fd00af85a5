"""Jobs in the database: added and read by anyone, changed while running by the holder of the claim only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update
from sqlmodel import col

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Job, JobSpec, Priority, State
from testamur.store.claims import ClaimRepository
from testamur.store.job_id import new_job_id
from testamur.store.reading import find_attempts, find_row, storable_text, storable_tree, to_job, to_jobs
from testamur.store.release import end_job
from testamur.store.same_request import same_request
from testamur.store.shares import refuse_beyond_quota
from testamur.store.tables import JOB, JobRow

_ADD = insert(JOB)
_KNOWN = select(JOB.c.id).where(JOB.c.id == bindparam("of_job"))


class JobRepository(ClaimRepository):
    """Every question and every change that concerns jobs.

    Each method is a transaction of its own. All raise `StoreError` when the database refuses.
    What a worker calls is in `ClaimRepository`.
    """

    def add(
        self,
        spec: JobSpec,
        *,
        name: str = "",
        base: str = "",
        plugins: Mapping[str, str] | None = None,
        owner: str = "",
        sent: bool = False,
    ) -> Job:
        """Store a request as a queued job, or find the one that the same client key made before.

        Args:
            spec: The request, its paths absolute.
            name: What people call it; the name in `spec` when empty.
            base: Folder of the job file.
            plugins: Version of each plugin that was active at submission.
            owner: Who asks for it.
            sent: Note it as sent, because its message follows at once; take it back with `mark_unsent`.

        Raises:
            QuotaExceeded: The owner or the project has as many jobs waiting as it may.
            KeyTaken: The client key belongs to a job that asks for something else.
        """
        key = spec.job.client_key
        known = self.find_by_key(key) if key else None
        if known is not None:
            return same_request(known, spec)
        try:
            return self._insert(spec, name=name, base=base, plugins=plugins, owner=owner, sent=sent)
        except StoreError:
            known = self.find_by_key(key) if key else None  # another was quicker with the same key
            if known is None:
                raise
            return same_request(known, spec)

    def find_by_key(self, client_key: str) -> Job | None:
        """The job that was submitted under this client key, without its attempts, or None."""
        query = select(JobRow).where(col(JobRow.client_key) == client_key)
        with self._store.read() as session:
            row = session.scalars(query).one_or_none()
            return None if row is None else to_job(row)

    def _insert(
        self,
        spec: JobSpec,
        *,
        name: str,
        base: str,
        plugins: Mapping[str, str] | None,
        owner: str,
        sent: bool,
    ) -> Job:
        now = self._clock()
        row = JobRow(
            id=new_job_id(now),
            name=storable_text(name or spec.job.name, 200),
            spec=storable_tree(spec.model_dump(mode="json")),
            client_key=spec.job.client_key,
            base=base,
            plugins=dict(plugins or {}),
            state=State.QUEUED.value,
            priority=spec.job.priority.value,
            project=spec.job.project,
            owner=owner,
            created_at=now,
            updated_at=now,
            queued_at=now,
            sent_at=now if sent else None,
            max_attempts=spec.job.max_attempts,
        )
        with self._store.change() as connection:
            refuse_beyond_quota(connection, project=row.project, owner=owner)
            while connection.scalar(_KNOWN, {"of_job": row.id}):  # drawn twice: one in a million within 4 ms
                row.id = new_job_id(now)
            connection.execute(_ADD, row.model_dump())
        return to_job(row)

    def get(self, id_or_prefix: str) -> Job:
        """The job with this id, or the only one whose id begins so, with its attempts.

        Raises:
            NotFound: No job, or several.
        """
        with self._store.read() as session:
            row = find_row(session, id_or_prefix)
            return to_job(row, find_attempts(session, row.id))

    def waiting_to_send(self, *, resend_after_s: float | None = None, limit: int | None = None) -> list[Job]:
        """Queued jobs whose message did not reach the broker, oldest first.

        Args:
            resend_after_s: Also those sent longer ago than this: their message may be lost. A job
                that is sent twice is still claimed once.
            limit: At most so many.
        """
        due: ColumnElement[bool] = col(JobRow.sent_at).is_(None)
        if resend_after_s is not None:
            due = or_(due, col(JobRow.sent_at) < self._clock() - timedelta(seconds=resend_after_s))
        query = select(JobRow).where(col(JobRow.state) == State.QUEUED.value, due).order_by(col(JobRow.id))
        with self._store.read() as session:
            return to_jobs(session.scalars(query.limit(limit)))

    def mark_sent(self, job_id: str) -> None:
        """Note that the job's message reached the broker."""
        change = update(JobRow).where(col(JobRow.id) == job_id).values(sent_at=self._clock())
        with self._store.write() as session:
            session.execute(change)

    def mark_unsent(self, job_id: str) -> None:
        """Note that the job's message did not reach the broker after all."""
        change = update(JobRow).where(col(JobRow.id) == job_id).values(sent_at=None)
        with self._store.write() as session:
            session.execute(change)

    def move(self, id_or_prefix: str, priority: Priority) -> Job:
        """Let a queued job wait in another queue, behind those that wait there.

        A job in another state is left as it is. Its message stays where it is: it wakes a worker, which
        asks the database whose turn it is.

        Raises:
            NotFound: No job, or several.
        """
        with self._store.write() as session:
            row = session.get_one(JobRow, find_row(session, id_or_prefix).id, with_for_update=True)
            if row.state == State.QUEUED.value and row.priority != priority.value:
                row.priority = priority.value
                row.updated_at = row.queued_at = self._clock()
                session.add(row)
            return to_job(row, find_attempts(session, row.id))

    def tally(self) -> dict[Priority, dict[State, int]]:
        """How many jobs of each queue wait and run."""
        open_states = (State.QUEUED, State.RUNNING)
        query = (
            select(col(JobRow.priority), col(JobRow.state), func.count())
            .where(col(JobRow.state).in_([state.value for state in open_states]))
            .group_by(col(JobRow.priority), col(JobRow.state))
        )
        found = {priority: dict.fromkeys(open_states, 0) for priority in Priority}
        with self._store.read() as session:
            for priority, state, count in session.execute(query):
                found[Priority(priority)][State(state)] = count
        return found

    def next_up(self, priority: Priority, *, limit: int = 10) -> list[Job]:
        """The queued jobs of one queue, the longest waiting first, without their attempts."""
        query = (
            select(JobRow)
            .where(col(JobRow.state) == State.QUEUED.value, col(JobRow.priority) == priority.value)
            .order_by(col(JobRow.queued_at), col(JobRow.id))
            .limit(limit)
        )
        with self._store.read() as session:
            return to_jobs(session.scalars(query))

    def request_cancel(self, id_or_prefix: str) -> Job:
        """Cancel a queued job at once, ask for the end of a running one, leave a final one as it is.

        Raises:
            NotFound: No job, or several.
        """
        with self._store.write() as session:
            row = session.get_one(JobRow, find_row(session, id_or_prefix).id, with_for_update=True)
            if not State(row.state).final:
                row.cancel_requested = True
                row.updated_at = self._clock()
                session.add(row)
            if row.state == State.QUEUED.value:
                end_job(session, row, State.CANCELLED, row.updated_at)
            return to_job(row, find_attempts(session, row.id))

    def retry(self, id_or_prefix: str) -> Job:
        """Queue a failed or cancelled job again, with the same seed and all its attempts anew.

        A job in another state is left as it is. Attempts are numbered on, so that nothing an
        earlier one left is overwritten.

        Raises:
            NotFound: No job, or several.
        """
        with self._store.write() as session:
            row = session.get_one(JobRow, find_row(session, id_or_prefix).id, with_for_update=True)
            if row.state in (State.FAILED.value, State.CANCELLED.value):
                _requeue_anew(row, self._clock())
                session.add(row)
            return to_job(row, find_attempts(session, row.id))

    def list(
        self, states: Collection[State] = (), *, limit: int = 50, before: datetime | None = None
    ) -> list[Job]:
        """The newest jobs first, without their attempts.

        Args:
            states: Only jobs in these; empty for all.
            limit: At most so many.
            before: Only jobs created before this moment (to turn pages).
        """
        query = select(JobRow).order_by(col(JobRow.created_at).desc(), col(JobRow.id).desc()).limit(limit)
        if states:
            query = query.where(col(JobRow.state).in_([state.value for state in states]))
        if before is not None:
            query = query.where(col(JobRow.created_at) < before)
        with self._store.read() as session:
            return to_jobs(session.scalars(query))


def _requeue_anew(row: JobRow, now: datetime) -> None:
    row.state = State.QUEUED.value
    row.updated_at = row.queued_at = now
    row.micro_batches = 1
    row.started_at = row.ended_at = row.sent_at = None
    row.cancel_requested = False
    row.n_lost = 0
    row.error = row.error_kind = ""
    row.cleared = None
    row.progress = {}
