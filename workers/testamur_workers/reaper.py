"""Takes jobs back from silent workers and sends what was not sent: ``python -m testamur_workers.reaper``.

A process of its own: a task of this kind would wait behind the jobs. Any number may run on any
number of machines; a lease in the database lets one at a time work.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from testamur.contracts.errors import BrokerUnavailable, StoreError
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import Job
from testamur.contracts.protocols import Events
from testamur.jobs.submit import send_waiting
from testamur.settings import Settings
from testamur.store.leases import drop_lease, hold_lease
from testamur.store.repository import JobRepository
from testamur.store.session import Store, open_store
from testamur_workers.events import StreamEvents
from testamur_workers.log_format import set_up_logging
from testamur_workers.places import host_name, workers_folder
from testamur_workers.queue import CeleryQueue
from testamur_workers.silence import Silence

_log = logging.getLogger(__name__)
LEASE = "reaper"
LEASE_S = 15.0
EVERY_S = 1.0
LOST_AFTER_S = 10.0  # a sent job that is still queued after so long while no message waits
N_WOKEN = 20  # such jobs that are sent again at once: a worker that is awake goes on until no job waits


def reaper_lock(settings: Settings) -> Path:
    """Lock that the reaper of a home holds while it lives."""
    return workers_folder(settings) / "reaper.lock"


def reap_once(store: Store, queue: CeleryQueue, events: Events, silence: Silence) -> None:
    """Take back what silent workers hold, then send what waits.

    Raises:
        StoreError: The database refused.
    """
    jobs = JobRepository(store)
    overdue = silence.listen(jobs.beats())
    for job in jobs.release_silent(overdue) if overdue else []:
        events.publish(released(job))
    send_lost(store, queue, lost_after_s=LOST_AFTER_S)


def send_lost(store: Store, queue: CeleryQueue, *, lost_after_s: float) -> list[Job]:
    """Send the queued jobs that were never sent; and, when no message waits, some of those sent long ago.

    As long as messages wait, workers have only to come to them: each then runs jobs until none waits.

    Returns:
        The jobs that were sent; none while the broker is away.

    Raises:
        StoreError: The database refused.
    """
    if not JobRepository(store).waiting_to_send(resend_after_s=lost_after_s):
        return []
    try:
        n_waiting = sum(queue.depths().values())
    except BrokerUnavailable:
        return []
    if n_waiting:
        return send_waiting(store, queue)
    return send_waiting(store, queue) + send_waiting(store, queue, resend_after_s=lost_after_s, limit=N_WOKEN)


def released(job: Job) -> Event:
    """The event of a job that was taken back from a dead worker."""
    reason = job.attempts[-1].reason if job.attempts else ""
    return Event(
        job_id=job.id,
        attempt=max(job.n_attempts, 1),
        kind=EventKind.STATE,
        at=datetime.now(UTC),
        data={"state": job.state.value, "reason": job.error or reason},
    )


def main() -> int:
    """Reap until a signal says stop."""
    settings = Settings.from_environment()
    set_up_logging(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    owner = f"{host_name(settings)}:{os.getpid()}"
    queue, events, silence = CeleryQueue(settings), StreamEvents(settings), Silence()
    with open_store(settings) as store:
        while not stopping.wait(EVERY_S):
            try:
                if hold_lease(store, LEASE, owner=owner, lease_s=LEASE_S):
                    reap_once(store, queue, events, silence)
            except StoreError as error:
                _log.warning("%s", error)
        drop_lease(store, LEASE, owner=owner)
    events.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
