"""A submitted job, held in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.errors import Cancelled, JobFailed, TestamurError

if TYPE_CHECKING:
    from testamur.contracts.event import Event
    from testamur.contracts.job import State
    from testamur.contracts.report import Report
    from testamur.settings import Settings


class JobHandle:
    """A submitted job.

    Attributes:
        id: Its id, 12 characters.
    """

    def __init__(self, job_id: str, settings: Settings) -> None:
        self.id = job_id
        self._settings = settings

    def __repr__(self) -> str:
        return f"JobHandle({self.id!r})"

    @property
    def state(self) -> State:
        """Where it stands now: queued, running, done, failed or cancelled."""
        from testamur.interfaces.desk import Desk

        with Desk(self._settings) as desk:
            return desk.jobs.get(self.id).state

    def wait(self, timeout_s: float | None = None) -> JobHandle:
        """Wait until the job is done.

        Args:
            timeout_s: Seconds to wait at most; None: as long as it takes.

        Raises:
            TimeoutError: The job goes on after `timeout_s` seconds.
            JobFailed: It failed, with the stored reason.
            Cancelled: It was cancelled.
        """
        from testamur.contracts.job import State
        from testamur.interfaces.desk import Desk
        from testamur.interfaces.following import Following, follow_job

        with Desk(self._settings) as desk:
            job = desk.jobs.get(self.id)
            for step in follow_job(self.id, desk.jobs, desk.events, timeout_s=timeout_s):
                job = step.job if isinstance(step, Following) else job
        if job.state is State.FAILED:
            raise JobFailed(job.error, remedy=f"see its log: testamur job logs {self.id}")
        if job.state is State.CANCELLED:
            raise Cancelled(f"the job {self.id} was cancelled")
        if job.state is not State.DONE:
            raise TimeoutError(f"the job {self.id} is {job.state.value} after {timeout_s} s")
        return self

    @property
    def dossier(self) -> Path:
        """Folder of the dossier.

        Raises:
            TestamurError: The job is not done.
        """
        from testamur.interfaces.desk import Desk

        with Desk(self._settings) as desk:
            job = desk.jobs.get(self.id)
        if not job.dossier:
            raise TestamurError(
                f"a job that is done is required, however: {self.id} is {job.state.value}",
                remedy="wait for it: job.wait()",
            )
        return Path(job.dossier)

    @property
    def report(self) -> Report:
        """The audit report as data; raises as `dossier` does."""
        from testamur.interfaces.dossiers import read_report

        return read_report(self.dossier)

    @property
    def cleared(self) -> bool | None:
        """Whether the policy clears the model for release; None until the job is done."""
        from testamur.interfaces.desk import Desk

        with Desk(self._settings) as desk:
            return desk.jobs.get(self.id).cleared

    def cancel(self) -> None:
        """Cancel the job; a running one ends within two seconds.

        Raises:
            WrongState: It is done or has failed.
        """
        from testamur.interfaces.desk import Desk
        from testamur.jobs.submit import cancel_job

        with Desk(self._settings) as desk:
            cancel_job(self.id, store=desk.store)

    def events(self, *, after: str = "") -> Iterator[Event]:
        """Events as they come, until the job ends; `after` is the id of the last one seen."""
        from testamur.interfaces.desk import Desk
        from testamur.interfaces.following import Following, follow_job

        with Desk(self._settings) as desk:
            for step in follow_job(self.id, desk.jobs, desk.events, after=after):
                if not isinstance(step, Following):
                    yield step

    def logs(self) -> str:
        """The logs of its attempts so far."""
        from testamur.interfaces.attempt_logs import read_logs

        return read_logs(self._settings.job_folder(self.id))
