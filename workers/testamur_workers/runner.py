"""The process in which a job runs: ``python -m testamur_workers.runner EVENTS_FD PARENT_PID``, or a fork.

It reads one `AttemptRequest` from standard input, walks the job through the rooms and ends. Started by
itself it imports what every job needs while it waits for the request. It holds no URL of the database or
the broker: what it has to say goes through a pipe. Whatever comes on standard input after the request
prolongs its life.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur_workers.lifeline import hold_lifeline
from testamur_workers.parent import die_with_parent

if TYPE_CHECKING:
    from testamur.contracts.wall import Wall
    from testamur.hooks.registry import Registry
    from testamur_workers.request import AttemptRequest, Ending
    from testamur_workers.wire import WireObserver

# What a job imports on its way to the first training step; the last one brings torch.
NEEDED = ("testamur.pipeline.run_job", "testamur.data.load", "testamur.data.table", "testamur.train.fit")
# The platform's own parts of every runner: the core's features among them, which no plugin brings.
OWN = (
    "testamur.hooks.registry",
    "testamur.pipeline.core_plugin",
    "testamur.train.fair_fit",
    "testamur_workers.confine",
    "testamur_workers.explain",
    "testamur_workers.request",
    "testamur_workers.wire",
)
# What it imports after training; only while nothing else is to be done.
LATER = ("sklearn.ensemble", "testamur.audit.run", "testamur.report.compose", "testamur.report.render")
_CHUNK = 2**16  # bytes read at once


def main(arguments: list[str]) -> int:
    """Run one attempt; the exit code is that of its `TestamurError`, or 0."""
    descriptor, parent = int(arguments[0]), int(arguments[1])
    die_with_parent(parent)
    # until a request arrives there is nothing to keep
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is meant for the worker
    requested = threading.Event()
    threading.Thread(target=_import_ahead, args=(requested,), name="imports", daemon=True).start()
    return serve(descriptor, requested.set)


def serve(descriptor: int, begin: Callable[[], None] = lambda: None) -> int:
    """Wait for a request, run the attempt, say how it ended.

    Args:
        descriptor: Where events go.
        begin: Called when the request is there.

    Returns:
        The exit code of its `TestamurError`, or 0.
    """
    line = _read_line(0)
    begin()
    if not line:
        return 0
    from testamur_workers.request import AttemptRequest
    from testamur_workers.wire import WireObserver

    request = AttemptRequest.model_validate_json(line)
    observer = WireObserver(descriptor, job_id=request.job_id, attempt=request.attempt)
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(observer, "stopping", True))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _limit_memory(request, observer)
    if request.spec.job.devices > 1:
        return _start_team(request, descriptor)
    ending = attempt(request, observer)
    sys.stdout.flush()  # after the last word nobody waits for another
    sys.stderr.flush()
    observer.end(ending)
    return ending.exit_code


def _start_team(request: AttemptRequest, descriptor: int) -> int:
    """Several processes share the work; what the first one says goes the way of a runner's words."""
    from testamur_workers.team_start import run_team

    hold_lifeline(0, lease_s=request.lease_s)
    code = run_team(request, descriptor)
    return 1 if code is None else code


def _limit_memory(request: AttemptRequest, observer: WireObserver) -> None:
    limit_mb = request.spec.job.memory_limit_mb
    if limit_mb is not None:
        from testamur.contracts.event import EventKind
        from testamur_workers.memory import MIB, limit_own_memory

        observer.emit(EventKind.LOG, {"level": "info", "message": limit_own_memory(limit_mb * MIB)})


def _read_line(descriptor: int) -> bytes:
    """The first line. What came after it until now prolonged a life that begins only here: it is left out."""
    found = bytearray()
    while b"\n" not in found:
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            return b""
        found += chunk
    return bytes(found.partition(b"\n")[0])


def _import_ahead(requested: threading.Event) -> None:
    """Import while the main thread waits or reads data; the import of a broken plugin is not among these."""
    for name in NEEDED:
        importlib.import_module(name)
    for name in LATER:
        if requested.is_set():
            return  # the first training step must not wait for these
        importlib.import_module(name)


def attempt(request: AttemptRequest, observer: WireObserver, *, in_team: bool = False) -> Ending:
    """Run an attempt, however it ends.

    Args:
        request: The attempt.
        observer: Who is told.
        in_team: This process leads several that train together.
    """
    from testamur.contracts.errors import TestamurError
    from testamur.hooks.registry import Registry
    from testamur_workers.explain import describe_traceback, explain, shorten
    from testamur_workers.request import Ending

    registry: Registry | None = None
    try:
        observer.check_stop()
        walls = _shut_in(request, in_team=in_team)  # before the first line of a plugin is executed
        if not in_team:  # else the process that started the team holds it
            hold_lifeline(0, lease_s=request.lease_s)  # a thread that was there before would stand outside
        registry = Registry.load(Path(request.home))
        _tell_watchers(registry, request, {"state": "running", "reason": ""})
        outcome = _run(request, observer, registry, walls, in_team=in_team)
        ending = Ending(kind="done", dossier=str(outcome.dossier), cleared=outcome.cleared)
    except BaseException as error:  # noqa: BLE001 - the last guard of the process: every end is explained
        whole = explain(error)
        ending = shorten(whole)
        if ending is not whole:
            sys.stderr.write(f"{whole.message}\n")  # the log holds all of it
        if not isinstance(error, TestamurError):  # a known one says all there is to say
            sys.stderr.write(describe_traceback(error))
    if registry is not None and ending.kind not in ("interrupted", "cancelled"):
        _tell_watchers(registry, request, {"state": _state_after(ending, request), "reason": ending.message})
    return ending


def _state_after(ending: Ending, request: AttemptRequest) -> str:
    """What becomes of the job, as the supervisor will decide it: a full device is tried again in halves."""
    from testamur_workers.request import DEVICE_FULL

    if ending.kind == "done":
        return "done"
    halved = ending.kind == DEVICE_FULL and request.spec.job.halve_batch and request.micro_batches == 1
    return "queued" if halved else "failed"


def _shut_in(request: AttemptRequest, *, in_team: bool) -> tuple[Wall, ...]:
    """Show this process its devices only, and put the walls up."""
    from testamur_workers.confine import confine

    if request.devices and not in_team:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(request.devices)  # read at the first call of CUDA
    return confine(request.bounds, several=in_team) if request.bounds is not None else ()


def _run(
    request: AttemptRequest,
    observer: WireObserver,
    registry: Registry,
    walls: tuple[Wall, ...],
    *,
    in_team: bool,
) -> Any:
    from testamur.pipeline.run_job import run_job
    from testamur.report.keys import PublicHalf

    return run_job(
        request.spec,
        job_id=request.job_id,
        attempt=request.attempt,
        registry=registry,
        observer=observer,
        folder=Path(request.folder),
        dossier=Path(request.dossier),
        home=Path(request.home),
        base=Path(request.base),
        device=request.device,
        threads=request.threads,
        environ={**os.environ, **request.variables},
        walls=walls,
        in_team=in_team,
        micro_batches=request.micro_batches,
        brought=Path(request.brought) if request.brought else None,
        sealer=PublicHalf.from_pem(request.sealer.encode()) if request.sealer else None,
    )


def _tell_watchers(registry: Registry, request: AttemptRequest, data: dict[str, Any]) -> None:
    from testamur.contracts.event import Event, EventKind

    registry.notify_job_state(
        Event(
            job_id=request.job_id,
            attempt=request.attempt,
            kind=EventKind.STATE,
            at=datetime.now(UTC),
            data=data,
        )
    )


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written; taking torch down in order would cost a third of a second
