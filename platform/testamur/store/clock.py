"""The clock as an argument: tests hand in their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, with its zone."""


def read_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
