"""The one Celery task, and what a worker process needs around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals

from testamur.contracts.errors import StoreError
from testamur.settings import Settings
from testamur.store.session import Store, open_store
from testamur_workers.events import StreamEvents
from testamur_workers.locks import take_lock, write_pid
from testamur_workers.places import workers_folder
from testamur_workers.queue import TASK, CeleryQueue
from testamur_workers.standby import Standby
from testamur_workers.supervisor import Supervisor
from testamur_workers.traces import close_tracer, make_tracer


class Seat:
    """The supervisor of one pool process, with what it holds while the process lives.

    Args:
        settings: Of the worker.
        name: Of the worker, without its host.
        worker_lock: Descriptor of the worker's own lock, inherited by the pool process.
    """

    def __init__(self, settings: Settings, name: str, *, worker_lock: int | None = None) -> None:
        self._settings = settings
        self._name = name
        self._worker_lock = worker_lock
        self._lock: int | None = None
        self._standby = Standby(settings)
        self._events = StreamEvents(settings)
        self._tracer: Any = None
        self._store: Store | None = None

    def open(self) -> None:
        """Prove this pool process alive, and start a runner ahead. Called once in the process."""
        if self._worker_lock is not None:
            os.close(self._worker_lock)  # it must be free when the worker dies, however long we live
            self._worker_lock = None
        self._tracer = make_tracer(self._settings)  # its thread would not live through a fork
        self._lock = take_lock(self._lock_path)
        if self._lock is not None:
            write_pid(self._lock, os.getpid())
        self._standby.warm()

    def close(self) -> None:
        """End the waiting runner and give the lock back."""
        self._standby.close()
        self._events.close()
        self._close_store()
        close_tracer(self._tracer)
        self._tracer = None
        if self._lock is not None:
            self._lock_path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def run_waiting(self, worker: str) -> None:
        """Run the jobs whose turn it is under the name `worker`, until none waits.

        The database stays open from one message to the next: of a long queue most find nothing to do.

        Raises:
            StoreError: The database refused.
        """
        if self._lock is None:  # a pool that sends no start signal, such as solo
            self.open()
        try:
            self._supervisor(worker).run_waiting(self._open_store())
        except StoreError:
            self._close_store()
            raise

    def _open_store(self) -> Store:
        if self._store is None:
            self._store = open_store(self._settings)
        else:
            self._store.reopen()
        return self._store

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _supervisor(self, worker: str) -> Supervisor:
        return Supervisor(
            self._settings,
            worker=worker,
            queue=CeleryQueue(self._settings),
            events=self._events,
            standby=self._standby,
            stop_mark=stop_mark(self._settings, self._name),
            tracer=self._tracer,
        )

    @property
    def _lock_path(self) -> Path:
        return supervisor_lock(self._settings, os.getpid())


def supervisor_lock(settings: Settings, pid: int) -> Path:
    """Lock that a supervisor holds while it lives."""
    return workers_folder(settings) / f"supervisor-{pid}.lock"


def stop_mark(settings: Settings, name: str) -> Path:
    """File that tells the pool processes of a worker to stop; a signal would reach the worker only."""
    return workers_folder(settings) / f"{name}.stop"


def register_tasks(
    app: Celery, settings: Settings, *, name: str = "worker", worker_lock: int | None = None
) -> Celery:
    """Add the task to an application, and connect the signals of its worker."""
    seat = Seat(settings, name, worker_lock=worker_lock)

    def run_attempt(task: Any, job_id: str) -> None:
        # The message wakes this worker; which job it runs is decided in the database, by whose turn it is.
        seat.run_waiting(task.request.hostname or name)

    def open_seat(**_: Any) -> None:
        seat.open()

    def close_seat(**_: Any) -> None:
        seat.close()

    def stop(**_: Any) -> None:
        stop_mark(settings, name).touch()

    def start(**_: Any) -> None:
        stop_mark(settings, name).unlink(missing_ok=True)

    app.task(name=TASK, bind=True)(run_attempt)
    signals.worker_init.connect(start, weak=False)
    signals.worker_process_init.connect(open_seat, weak=False)
    signals.worker_process_shutdown.connect(close_seat, weak=False)
    signals.worker_shutting_down.connect(stop, weak=False)
    return app
