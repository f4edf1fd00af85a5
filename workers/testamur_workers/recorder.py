"""Passes on what a runner says: to the stream at once, to the log, and to the database now and then."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from testamur.contracts.errors import StoreError
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import Claim, Stage
from testamur.contracts.protocols import Events
from testamur.store.repository import JobRepository
from testamur_workers.logs import AttemptLog
from testamur_workers.traces import NoTrace, Trace

STORE_EVERY_S = 0.5  # progress is written to the database at most so often


class Recorder:
    """What is known of one attempt, on its way to whoever wants to know.

    Args:
        claim: The attempt.
        jobs: Where progress is kept.
        events: Where it is streamed.
        log: Its log.
        trace: Its spans.
    """

    def __init__(
        self,
        claim: Claim,
        *,
        jobs: JobRepository,
        events: Events,
        log: AttemptLog,
        trace: Trace | None = None,
    ) -> None:
        self._claim = claim
        self._jobs = jobs
        self._events = events
        self._log = log
        self._trace = trace or NoTrace()
        self._stage: Stage | None = None
        self._progress: dict[str, Any] | None = None
        self._resumed_from: int | None = None
        self._stored_at = 0.0

    def hear(self, event: Event) -> None:
        """Take an event of the runner."""
        if event.kind is EventKind.LOG:
            self._note_resumption(event)
            self.say(str(event.data.get("message", "")), level=str(event.data.get("level", "info")))
            return
        self._events.publish(event)
        if event.kind is EventKind.STAGE:
            self._stage = Stage(event.data["stage"])
            self._trace.stage(self._stage.value)
            self._log.write(f"stage {self._stage.value} {event.data.get('detail', '')}".rstrip())
        elif event.kind is EventKind.EPOCH:
            self._log.write(_say_epoch(event.data))
        elif event.kind is EventKind.CHECK:
            self._log.write(f"check {event.data.get('check')} {event.data.get('status')}")
        self._progress = {"kind": event.kind.value, **event.data}
        self.store_now_and_then()

    def say(self, message: str, *, level: str = "info") -> None:
        """Log a message, and stream it."""
        clean = self._log.write(message, level=level)
        self._publish(EventKind.LOG, {"level": level, "message": clean})

    def tell_state(self, state: str, reason: str) -> None:
        """Stream a state of the job."""
        self._log.write(f"state {state} {reason}".rstrip())
        self._publish(EventKind.STATE, {"state": state, "reason": reason})

    def tell_result(self, *, dossier: str, cleared: bool | None) -> None:
        """Stream what the job left with."""
        self._publish(
            EventKind.RESULT, {"dossier": dossier, "report": f"{dossier}/report.html", "cleared": cleared}
        )

    def store_now_and_then(self, *, at_once: bool = False) -> None:
        """Write the last progress to the database, unless that was done a moment ago."""
        if self._progress is None:
            return
        if not at_once and time.monotonic() - self._stored_at < STORE_EVERY_S:
            return
        self._stored_at = time.monotonic()
        try:
            self._jobs.report(
                self._claim,
                stage=self._stage,
                progress=self._progress,
                resumed_from_epoch=self._resumed_from,
            )
        except StoreError as error:
            self._log.write(f"progress was not stored: {error.message}", level="warning")
            return
        self._progress = None

    def _note_resumption(self, event: Event) -> None:
        epoch = event.data.get("resumed_from_epoch")  # training says so itself
        if isinstance(epoch, int):
            self._resumed_from = epoch

    def _publish(self, kind: EventKind, data: dict[str, Any]) -> None:
        self._events.publish(
            Event(
                job_id=self._claim.job_id,
                attempt=self._claim.attempt,
                kind=kind,
                at=datetime.now(UTC),
                data=data,
            )
        )


def _say_epoch(data: dict[str, Any]) -> str:
    """An epoch in one line of the log."""
    losses = (data.get("train_loss"), data.get("validation_loss"))
    if "train_loss" in data and losses[0] is None:  # a private training does not tell it
        return f"epoch {data.get('epoch')} validation loss {_say_loss(losses[1])}"
    train, validation = (_say_loss(loss) for loss in losses)
    return f"epoch {data.get('epoch')} training loss {train} validation loss {validation}"


def _say_loss(loss: object) -> str:
    return f"{loss:.5g}" if isinstance(loss, float) else "not finite"
