"""Follows a job to its end: events as they come, and the database as what counts.

The stream may lose events when the broker is away; the job and its state do not depend on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from testamur.contracts.errors import BrokerUnavailable
from testamur.contracts.event import Event
from testamur.contracts.job import Job

if TYPE_CHECKING:
    from testamur.contracts.protocols import Events

_BLOCK_S = 0.5  # wait for events before the database is asked


class Jobs(Protocol):
    """What following asks of the store (`testamur.store.repository.JobRepository`)."""

    def get(self, id_or_prefix: str) -> Job:
        """The job as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Following:
    """How far a job was followed.

    Attributes:
        job: As it stood last.
        after: Id of the last event seen; following again from here misses nothing and repeats nothing.
    """

    job: Job
    after: str


def follow_job(
    job_id: str,
    jobs: Jobs,
    events: Events,
    *,
    after: str = "",
    timeout_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Event | Following]:
    """Yield the events of a job as they come, and where it stands between them.

    It ends when the job is in a final state and its events are read, or when the time is over. The last
    thing it yields is a `Following`.

    Args:
        job_id: The job.
        jobs: The store.
        events: The stream.
        after: Id of the last event that was seen already.
        timeout_s: Seconds after which it ends although the job goes on; None: never.
        clock: Seconds that only grow.
        sleep: Waits where the stream does not.

    Raises:
        NotFound: No such job.
        StoreError: The database refused.
    """
    deadline = None if timeout_s is None else clock() + timeout_s
    while True:
        job = jobs.get(job_id)
        block_s = 0.0 if job.state.final else _limit(_BLOCK_S, deadline, clock)
        found = _read(events, job.id, after, block_s, sleep)
        for event in found:
            after = event.id
            yield event
        yield Following(job, after)
        over = deadline is not None and clock() >= deadline
        if (job.state.final and not found) or over:
            return


def _read(
    events: Events, job_id: str, after: str, block_s: float, sleep: Callable[[float], None]
) -> list[Event]:
    try:
        return events.read(job_id, after=after, block_s=block_s)
    except BrokerUnavailable:
        sleep(block_s)  # the database still answers; the stream is tried again
        return []


def _limit(block_s: float, deadline: float | None, clock: Callable[[], float]) -> float:
    return block_s if deadline is None else max(0.0, min(block_s, deadline - clock()))
