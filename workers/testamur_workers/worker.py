"""One worker: ``python -m testamur_workers.worker NAME [LOCK_FD]``.

The fleet starts it in the background; a service manager may start it in the foreground.
"""

from __future__ import annotations

import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from testamur.settings import Settings
from testamur_workers.locks import take_lock, write_pid
from testamur_workers.log_format import set_up_logging
from testamur_workers.places import workers_folder


def worker_lock(settings: Settings, name: str) -> Path:
    """Lock that a worker holds while it lives."""
    return workers_folder(settings) / f"{name}.lock"


def ready_mark(settings: Settings, name: str) -> Path:
    """File that a worker writes, with its process id, once it takes jobs."""
    return workers_folder(settings) / f"{name}.ready"


def main(arguments: list[str]) -> int:
    """Take jobs until a signal says stop; the exit code is Celery's."""
    settings = Settings.from_environment()
    name = arguments[0]
    if len(arguments) > 1:
        lock: int | None = int(arguments[1])
    else:
        lock = take_lock(worker_lock(settings, name))
        if lock is None:
            sys.stderr.write(f"worker {name} already runs in {settings.home}; give this one another name\n")
            return 2
        write_pid(lock, os.getpid())
    _be_quiet()
    set_up_logging(settings)
    return _serve(settings, name, lock)


def _serve(settings: Settings, name: str, lock: int | None) -> int:
    from celery import signals

    from testamur_workers.celery_app import make_app
    from testamur_workers.metrics import serve_metrics
    from testamur_workers.queue import QUEUES
    from testamur_workers.tasks import register_tasks

    app = register_tasks(make_app(settings), settings, name=name, worker_lock=lock)
    mark = ready_mark(settings, name)
    mark.unlink(missing_ok=True)

    def be_ready(**_: Any) -> None:
        mark.write_text(f"{os.getpid()}\n")

    signals.worker_ready.connect(be_ready, weak=False)
    worker = app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        pool_cls="prefork",
        concurrency=1,
        queues=list(QUEUES),
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    server = serve_metrics(settings)
    worker.start()
    if server is not None:
        server.shutdown()
    return int(worker.exitcode or 0)


def run_until_idle(settings: Settings, name: str) -> int:
    """Run the jobs that wait, one after another, and end; a signal ends the one that runs with a checkpoint.

    Raises:
        StoreError: The database refused.
    """
    import signal

    from testamur_workers.tasks import Seat, stop_mark

    set_up_logging(settings)
    mark = stop_mark(settings, name)
    mark.unlink(missing_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: mark.touch())
    seat = Seat(settings, name)
    seat.open()
    try:
        seat.run_waiting(f"{name}@{socket.gethostname()}")
    finally:
        seat.close()
        mark.unlink(missing_ok=True)
    return 0


def _be_quiet() -> None:
    """Leave out Celery's warning about root: it is about pickled messages, and ours are JSON alone."""
    from celery.platforms import SecurityWarning

    warnings.filterwarnings("ignore", category=SecurityWarning)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
