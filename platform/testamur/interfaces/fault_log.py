"""Keeps the traceback of a fault of ours where its owner finds it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from testamur.contracts.errors import TestamurError
from testamur.settings import make_private


def write_fault(fault: BaseException, home: Path) -> Path | None:
    """Write the places that the fault went through into ``home/logs``.

    Messages that are not ours are left out: they may quote a cell. ``--debug`` shows them on the screen.

    Returns:
        The file, or None where the home cannot be written (the message then says so).
    """
    text = "".join(_describe(fault))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = home / "logs" / f"fault-{stamp}-{os.getpid()}.log"
    try:
        make_private(home)
        make_private(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path


def _describe(fault: BaseException) -> Iterator[str]:
    """The chain of exceptions, the first cause first: places and types, and the words of our own errors."""
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if cause is not None:
        yield from _describe(cause)
        yield "\nwhich led to\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(fault.__traceback__)
    yield f"{type(fault).__qualname__}{f': {fault}' if isinstance(fault, TestamurError) else ''}\n"
