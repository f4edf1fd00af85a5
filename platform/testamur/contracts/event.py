"""What happens while a job runs, as it is streamed to whoever watches."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from testamur.contracts.record import Record


class EventKind(StrEnum):
    """The kinds of events on a job's stream."""

    STATE = "state"  # data: state, reason
    STAGE = "stage"  # data: stage, detail
    EPOCH = "epoch"  # data: EpochMetrics fields + epochs (planned)
    CHECK = "check"  # data: check, status, done, total
    LOG = "log"  # data: level, message
    RESULT = "result"  # data: dossier, report, cleared


class Event(Record):
    """One event; `id` orders events within a job."""

    id: str = ""  # set by the stream
    job_id: str
    attempt: int = 1
    kind: EventKind
    at: datetime
    data: dict[str, Any] = Field(default_factory=dict)
