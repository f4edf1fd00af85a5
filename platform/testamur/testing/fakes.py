"""Stand-ins for what lies outside a room: an observer, a queue and an event stream in memory.

They keep the protocols of `testamur.contracts.protocols`, so that a room can be tested without a
broker and without a running job.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from testamur.contracts.errors import BrokerUnavailable, Cancelled
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import State


class RecordingObserver:
    """An `Observer` that keeps what it is told and can ask the attempt to end.

    Args:
        stop_after: Number of emitted events after which `check_stop` raises `Cancelled`; None: never.
    """

    def __init__(self, stop_after: int | None = None) -> None:
        self.events: list[tuple[EventKind, dict[str, Any]]] = []
        self.n_stop_checks = 0
        self._stop_after = stop_after

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Keep an event."""
        self.events.append((kind, dict(data)))

    def check_stop(self) -> None:
        """Count the question, and raise `Cancelled` when enough was emitted."""
        self.n_stop_checks += 1
        if self._stop_after is not None and len(self.events) >= self._stop_after:
            raise Cancelled("the job was cancelled by its owner")

    def of_kind(self, kind: EventKind) -> list[dict[str, Any]]:
        """Data of the events of one kind, in order."""
        return [data for event_kind, data in self.events if event_kind is kind]


class MemoryQueue:
    """A `Queue` that keeps what is sent; it can be switched off like a broker.

    Attributes:
        sent: (job id, priority) pairs in order.
        available: False makes it answer as a broker that is away.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.available = True

    def send(self, job_id: str, priority: str) -> None:
        """Keep a job id.

        Raises:
            BrokerUnavailable: The queue is switched off.
        """
        if not self.available:
            raise BrokerUnavailable("the broker does not answer", remedy="start it: testamur up")
        self.sent.append((job_id, priority))

    def ping(self) -> bool:
        """True unless the queue is switched off."""
        return self.available


class MemoryEvents:
    """An `Events` stream in memory; ids are counted from 1."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}

    def publish(self, event: Event) -> None:
        """Append an event under the next id."""
        stream = self._events.setdefault(event.job_id, [])
        stream.append(event.model_copy(update={"id": str(len(stream) + 1)}))

    def read(self, job_id: str, *, after: str = "", block_s: float = 0.0) -> list[Event]:
        """Events after an id; waits up to `block_s` seconds for the first."""
        deadline = time.monotonic() + block_s
        while True:
            found = self._events.get(job_id, [])[int(after or 0) :]
            if found or time.monotonic() >= deadline:
                return list(found)
            time.sleep(0.005)

    def forget(self, job_id: str) -> None:
        """Delete the events of a job."""
        self._events.pop(job_id, None)

    def follow(self, job_id: str, *, after: str = "") -> Iterator[Event]:
        """Events up to the job's final state; it ends early where nobody publishes for five seconds."""
        while found := self.read(job_id, after=after, block_s=5.0):
            for event in found:
                yield event
                if event.kind is EventKind.STATE and State(event.data["state"]).final:
                    return
            after = found[-1].id
