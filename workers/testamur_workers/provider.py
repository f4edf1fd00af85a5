"""What the core finds at the entry point ``testamur.queue``; cheap to import."""

from __future__ import annotations

from testamur.contracts.protocols import Events, Fleet, Queue
from testamur.settings import Settings


class Provider:
    """Makes the queue, the event streams and the fleet. Celery and redis are imported when they are used."""

    def queue(self, settings: Settings) -> Queue:
        """The way to the workers."""
        from testamur_workers.queue import CeleryQueue

        return CeleryQueue(settings, keep=True)

    def events(self, settings: Settings) -> Events:
        """The streams of events."""
        from testamur_workers.events import StreamEvents

        return StreamEvents(settings)

    def fleet(self, settings: Settings) -> Fleet:
        """The embedded broker and the local workers."""
        from testamur_workers.fleet import LocalFleet

        return LocalFleet(settings)
