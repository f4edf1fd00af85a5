"""The pipe from a runner to its supervisor: one JSON document per line."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from testamur.contracts.errors import Interrupted
from testamur.contracts.event import Event, EventKind
from testamur_workers.request import Ending


class WireObserver:
    """An `Observer` that writes events to a pipe and learns from a signal that it must end.

    Args:
        descriptor: The writing end of the pipe.
        job_id: The job.
        attempt: The attempt.
    """

    def __init__(self, descriptor: int, *, job_id: str, attempt: int) -> None:
        self._descriptor = descriptor
        self._job_id = job_id
        self._attempt = attempt
        self._lock = threading.Lock()
        self.stopping = False

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Send an event to the supervisor."""
        event = Event(
            job_id=self._job_id, attempt=self._attempt, kind=kind, at=datetime.now(UTC), data=dict(data)
        )
        self._write({"event": event.model_dump(mode="json")})

    def check_stop(self) -> None:
        """Return, or raise `Interrupted` when the supervisor asked for the end.

        Whether that means cancelled or queued again is the supervisor's to know.
        """
        if self.stopping:
            raise Interrupted("the attempt was asked to stop")

    def end(self, ending: Ending) -> None:
        """Say the last word."""
        self._write({"end": ending.model_dump(mode="json")})

    def _write(self, document: Mapping[str, Any]) -> None:
        line = memoryview(json.dumps(document, default=str).encode() + b"\n")
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


def read_line(line: bytes) -> Event | Ending:
    """What a line of the pipe says.

    Raises:
        ValueError: The line is not one of ours.
    """
    document = json.loads(line)
    if not isinstance(document, dict) or document.keys() not in ({"end"}, {"event"}):
        raise ValueError("an object with an event or an end is required")
    if "end" in document:
        return Ending.parse(document["end"])
    return Event.parse(document["event"])
