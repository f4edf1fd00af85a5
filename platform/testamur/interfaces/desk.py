"""Where jobs are handed in and looked up: store, registry, queue and events, opened when first needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from testamur.settings import Settings

if TYPE_CHECKING:
    from testamur.contracts.job import Job, JobSpec
    from testamur.contracts.protocols import Events, Fleet, Queue
    from testamur.hooks.registry import Registry
    from testamur.store.repository import JobRepository
    from testamur.store.session import Store


class Desk:
    """Everything that the commands about jobs need; close it, or use it in a ``with`` block."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The database."""
        from testamur.store.session import open_store

        if self._store is None:
            self._store = open_store(self.settings)
        return self._store

    @cached_property
    def jobs(self) -> JobRepository:
        """The jobs in it."""
        from testamur.store.repository import JobRepository

        return JobRepository(self.store)

    @cached_property
    def registry(self) -> Registry:
        """What is installed."""
        from testamur.hooks.registry import Registry

        return Registry.load(self.settings.home)

    @cached_property
    def queue(self) -> Queue:
        """The way to the workers."""
        from testamur.jobs.queue import open_queue

        return open_queue(self.settings)

    @cached_property
    def events(self) -> Events:
        """The streams of events."""
        from testamur.jobs.queue import open_events

        return open_events(self.settings)

    @cached_property
    def fleet(self) -> Fleet:
        """The embedded broker and the local workers."""
        from testamur.jobs.queue import open_fleet

        return open_fleet(self.settings)

    def submit(self, spec: JobSpec, base: Path) -> Job:
        """Check a request, store it, send it; see `testamur.jobs.submit.submit_job`."""
        from testamur.jobs.submit import submit_job

        return submit_job(
            spec,
            registry=self.registry,
            store=self.store,
            queue=self.queue,
            base=base,
            datasets=self.settings.datasets,
            owner=self.settings.user,
        )

    def close(self) -> None:
        """Give the connections back."""
        if self._store is not None:
            self._store.close()
        closing = [self.__dict__.pop(name, None) for name in ("queue", "events", "fleet")]
        for opened in closing:
            close = getattr(opened, "close", None)
            if callable(close):
                close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
