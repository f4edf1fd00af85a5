"""Starts, stops and describes the embedded broker and the workers of this machine."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from testamur.contracts.errors import StoreError
from testamur.settings import Settings, make_home
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.connection import ping, unavailable
from testamur_workers.events import StreamEvents
from testamur_workers.locks import holder, locked, signal_process, wait_until_free
from testamur_workers.places import host_name, log_folder, make_private, workers_folder
from testamur_workers.queue import CeleryQueue
from testamur_workers.reaper import reaper_lock, released, send_lost
from testamur_workers.slots import Slot, find_slots
from testamur_workers.spawn import LOCK_FD, reap, spawn_detached
from testamur_workers.status import describe, running_workers
from testamur_workers.tasks import stop_mark, supervisor_lock
from testamur_workers.urls import is_embedded
from testamur_workers.worker import main as worker_main
from testamur_workers.worker import ready_mark, run_until_idle, worker_lock

_ALONE_TIMEOUT_S = 60.0


class LocalFleet:
    """Broker, workers and reaper of one home on this machine.

    Args:
        settings: Whose.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._broker = EmbeddedBroker(settings)

    def up(self, *, workers: int | None = None, wait_s: float = 20.0) -> dict[str, Any]:
        """Start what does not run; requeue what a dead worker of this host left behind.

        Args:
            workers: How many; None: one per GPU, or one on the CPU.
            wait_s: How long broker and workers may take until they answer.

        Returns:
            What runs then, as `status`.

        Raises:
            BrokerUnavailable: The broker cannot be started or does not answer.
            ConfigurationError: The workers asked for cannot be had.
            StoreError: The database refused, or a worker did not start.
        """
        slots = find_slots(self._settings.device, n_workers=workers, environ=os.environ)
        with self._alone():
            self._start_broker(wait_s)
            self._recover()
            for slot in slots:
                self._start_worker(slot)
            self._spawn(["testamur_workers.reaper"], reaper_lock(self._settings), "reaper", {})
            self._wait_for(slots, wait_s)
        return self.status()

    def work(self, name: str, *, until_idle: bool = False) -> int:
        """Be a worker in this process until a signal says stop, or no job waits.

        Args:
            name: Of the worker, unique on this machine.
            until_idle: Run what waits and end; no message is waited for, so that no broker is needed.

        Returns:
            The exit code.

        Raises:
            StoreError: The database refused.
        """
        os.environ.update(settings_environment(self._settings))
        make_home(self._settings.home)
        make_private(workers_folder(self._settings))
        return run_until_idle(self._settings, name) if until_idle else worker_main([name])

    def down(self, *, wait_s: float = 30.0) -> dict[str, Any]:
        """Stop workers (running jobs are checkpointed and queued again), then the broker.

        Args:
            wait_s: How long a worker may take before it is killed.

        Returns:
            ``{"stopped": [names], "killed": [names]}``.
        """
        with self._alone():
            names = running_workers(self._settings)
            locks = {name: worker_lock(self._settings, name) for name in names}
            stopped, killed = _stop({"reaper": reaper_lock(self._settings), **locks}, wait_s)
            for name in names:
                stop_mark(self._settings, name).unlink(missing_ok=True)
                ready_mark(self._settings, name).unlink(missing_ok=True)
            if is_embedded(self._settings) and self._broker.stop(wait_s=10.0):
                stopped.append("broker")
        return {"stopped": stopped, "killed": killed}

    def status(self) -> dict[str, Any]:
        """What runs: broker (url, pid, version), workers (name, pid, device, job), queue depth."""
        return describe(self._settings, broker_pid=self._broker.pid)

    def _alone(self) -> Any:
        folder = workers_folder(self._settings)
        make_home(self._settings.home)
        make_private(folder)
        return locked(folder / "fleet.lock", timeout_s=_ALONE_TIMEOUT_S)

    def _start_broker(self, wait_s: float) -> None:
        if is_embedded(self._settings):
            self._broker.start(wait_s=wait_s)
        elif not ping(self._settings):
            raise unavailable(self._settings)

    def _recover(self) -> None:
        """Take back what dead workers of this host hold, and send what waits."""
        events = StreamEvents(self._settings)

        def is_alive(pid: int) -> bool:
            return holder(supervisor_lock(self._settings, pid)) is not None

        with open_store(self._settings) as store:
            for job in JobRepository(store).release_dead(host_name(self._settings), is_alive):
                events.publish(released(job))
            send_lost(store, CeleryQueue(self._settings), lost_after_s=0.0)
        events.close()
        for path in workers_folder(self._settings).glob("supervisor-*.lock"):
            if holder(path) is None:
                path.unlink(missing_ok=True)

    def _start_worker(self, slot: Slot) -> None:
        lock = worker_lock(self._settings, slot.name)
        if holder(lock) is None:
            ready_mark(self._settings, slot.name).unlink(missing_ok=True)
        self._spawn(["testamur_workers.worker", slot.name, str(LOCK_FD)], lock, slot.name, slot.environ)

    def _spawn(self, module: list[str], lock: Path, name: str, environ: dict[str, str]) -> None:
        spawn_detached(
            [sys.executable, "-P", "-m", *module],
            lock=lock,
            log=log_folder(self._settings) / f"{name}.log",
            environ={**os.environ, **settings_environment(self._settings), **environ},
        )

    def _wait_for(self, slots: list[Slot], wait_s: float) -> None:
        end = time.monotonic() + wait_s
        for slot in slots:
            while not ready_mark(self._settings, slot.name).exists():
                alive = holder(worker_lock(self._settings, slot.name)) is not None
                if not alive or time.monotonic() >= end:
                    what = f"was not ready within {wait_s:.0f} s" if alive else "ended while it started"
                    log = log_folder(self._settings) / f"{slot.name}.log"
                    raise StoreError(f"worker {slot.name} {what}", remedy=f"read its log: {log}")
                time.sleep(0.02)


def settings_environment(settings: Settings) -> dict[str, str]:
    """The variables from which a process reads the same settings again."""
    return {
        "TESTAMUR_HOME": str(settings.home),
        "TESTAMUR_DATABASE_URL": settings.database_url,
        "TESTAMUR_BROKER_URL": settings.broker_url,
        "TESTAMUR_DEVICE": settings.device,
        "TESTAMUR_LEASE_S": str(settings.lease_s),
        "TESTAMUR_THREADS": str(settings.threads),
        "TESTAMUR_AGEING_S": str(settings.ageing_s),
        "TESTAMUR_RUNNERS": settings.runners,
    }


def _stop(locks: dict[str, Path], wait_s: float) -> tuple[list[str], list[str]]:
    """Ask all at once to end, wait, and kill those that do not; names of the stopped and the killed."""
    pids = {name: pid for name, path in locks.items() if (pid := holder(path)) is not None}
    for pid in pids.values():
        signal_process(pid, signal.SIGTERM)
    end = time.monotonic() + wait_s
    killed = []
    for name, pid in pids.items():
        if not wait_until_free(locks[name], timeout_s=max(0.0, end - time.monotonic())):
            signal_process(pid, signal.SIGKILL)
            wait_until_free(locks[name], timeout_s=5.0)
            killed.append(name)
        reap(pid)
    return [name for name in pids if name not in killed], killed
