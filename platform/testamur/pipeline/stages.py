"""Tells the observer where the job is, times the stages, and passes epochs on to watchers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from testamur.contracts.energy import EnergyWork
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import Stage

if TYPE_CHECKING:
    from testamur.contracts.protocols import Observer
    from testamur.hooks.registry import Registry
    from testamur.pipeline.energy_meter import Meter

# Baselines are fitted for the comparison in the audit: what they take is the audit's.
_WORK = {
    Stage.FIT: EnergyWork.TRAINING,
    Stage.PREDICT: EnergyWork.AUDIT,
    Stage.AUDIT: EnergyWork.AUDIT,
}


class Stages:
    """An `Observer` that also keeps the seconds of each stage.

    Args:
        observer: Who is told.
        registry: Its watchers hear of every epoch.
        job_id: The job, as watchers are told.
        attempt: The attempt, as watchers are told.
        meter: Told which stage's energy is whose.
    """

    def __init__(
        self, observer: Observer, registry: Registry, *, job_id: str, attempt: int, meter: Meter
    ) -> None:
        self._observer = observer
        self._registry = registry
        self._job_id = job_id
        self._attempt = attempt
        self.meter = meter
        self.seconds: dict[str, float] = {}

    @contextmanager
    def enter(self, stage: Stage, *, detail: str = "") -> Iterator[None]:
        """Announce a stage, and measure the time and the energy of what happens in it."""
        self.check_stop()
        self.emit(EventKind.STAGE, {"stage": stage.value, "detail": detail})
        begin = time.perf_counter()
        try:
            with self.meter.counting(_WORK.get(stage)):
                yield
        finally:
            self.seconds[stage.value] = time.perf_counter() - begin

    def emit(self, kind: EventKind, data: Mapping[str, Any]) -> None:
        """Pass an event on; epochs also go to the plugins that watch them."""
        self._observer.emit(kind, data)
        if kind is EventKind.EPOCH:
            event = Event(
                job_id=self._job_id, attempt=self._attempt, kind=kind, at=datetime.now(UTC), data=dict(data)
            )
            self._registry.notify_epoch(event)

    def check_stop(self) -> None:
        """Return, or raise `Cancelled` or `Interrupted`."""
        self.meter.tick()
        self._observer.check_stop()
