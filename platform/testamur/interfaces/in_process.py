"""The whole walk in this process: no queue, no worker, no database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import Interrupted, PluginError
from testamur.contracts.event import EventKind
from testamur.contracts.job import JobSpec
from testamur.settings import Settings, make_home, make_private

if TYPE_CHECKING:
    from testamur.pipeline.run_job import JobOutcome

Show = Callable[[EventKind, Mapping[str, Any]], None]


class ShowingObserver:
    """An `Observer` that hands every event to a function, and ends the attempt when asked.

    Args:
        show: Called with every event; None to show nothing.
    """

    def __init__(self, show: Show | None = None) -> None:
        self._show = show
        self._stop = threading.Event()

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Hand an event on."""
        if self._show is not None:
            self._show(kind, data)

    def check_stop(self) -> None:
        """Return, or raise `Interrupted` after `stop`."""
        if self._stop.is_set():
            raise Interrupted("the job was stopped", remedy="run it again to begin anew")

    def stop(self) -> None:
        """Let the attempt end at its next question; callable from a signal handler or another thread."""
        self._stop.set()


def run_here(
    spec: JobSpec,
    *,
    settings: Settings,
    base: Path,
    observer: ShowingObserver,
    job_id: str = "",
    call: Any = None,
) -> JobOutcome:
    """Run a job in this process.

    Args:
        spec: The request.
        settings: Home, device and threads.
        base: Folder that relative paths start from.
        observer: Hears what happens.
        job_id: Name of the job; a new one when empty.
        call: The callable that ``examined.call`` names.

    Raises:
        TestamurError: With the reason.
    """
    from testamur.hooks.registry import Registry
    from testamur.pipeline.run_job import run_job
    from testamur.store.job_id import new_job_id

    job_id = job_id or new_job_id(datetime.now(UTC))
    folder = settings.job_folder(job_id)
    with _explained(settings.home):
        make_home(settings.home)
        make_private(folder)
        return run_job(
            spec,
            job_id=job_id,
            attempt=1,
            registry=Registry.load(settings.home),
            observer=observer,
            folder=folder,
            dossier=settings.dossier_folder(job_id),
            home=settings.home,
            base=base,
            device=settings.device,
            threads=settings.threads,
            environ=settings.environ,
            call=call,
        )


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Say in our words what ended the walk, as a worker would; a fault of ours stays what it is."""
    try:
        yield
    except Exception as error:
        from testamur.pipeline.explain import locate, recognise

        known = recognise(error)
        if known is error:
            raise
        if known is None and (place := locate(error)).by_plugin:
            from testamur.interfaces.fault_log import write_fault

            path = write_fault(error, home)
            remedy = f"its traceback is in {path}" if path else "run it again with --debug to see where"
            known = PluginError(f"{type(error).__name__} in {place.text}", remedy=remedy)
        if known is None:
            raise
        raise known from error
