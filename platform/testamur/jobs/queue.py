"""Finds what carries job ids to workers: the entry point ``testamur.queue``."""

from __future__ import annotations

from typing import Protocol, cast

from testamur.contracts.errors import PluginError
from testamur.contracts.protocols import Events, Fleet, Queue
from testamur.hooks.entry_points import find_entries
from testamur.hooks.references import resolve
from testamur.settings import Settings

GROUP = "testamur.queue"
ENTRY = "default"


class QueueProvider(Protocol):
    """What the entry point names: a class without arguments, cheap to import and to make."""

    def queue(self, settings: Settings) -> Queue:
        """The way to the workers."""
        ...

    def events(self, settings: Settings) -> Events:
        """The streams of events."""
        ...

    def fleet(self, settings: Settings) -> Fleet:
        """The embedded broker and the local workers."""
        ...


def open_queue(settings: Settings) -> Queue:
    """The way to the workers.

    Raises:
        PluginError: Nothing provides it, or it cannot be imported.
    """
    return _provider().queue(settings)


def open_events(settings: Settings) -> Events:
    """The streams of events, one per job.

    Raises:
        PluginError: Nothing provides them, or they cannot be imported.
    """
    return _provider().events(settings)


def open_fleet(settings: Settings) -> Fleet:
    """The embedded broker and the local workers.

    Raises:
        PluginError: Nothing provides them, or they cannot be imported.
    """
    return _provider().fleet(settings)


def _provider() -> QueueProvider:
    values = {entry.value for entry in find_entries(GROUP) if entry.name == ENTRY}
    if len(values) != 1:
        arrived = " and ".join(sorted(values)) or "none is installed"
        raise PluginError(
            f"one entry point {ENTRY!r} in the group {GROUP} is required, however: {arrived}",
            remedy="install testamur again: pip install --force-reinstall --no-deps testamur",
        )
    return cast(QueueProvider, resolve(values.pop())())
