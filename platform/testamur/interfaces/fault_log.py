"""Keeps the traceback of a fault of ours where its owner finds it."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path


def write_fault(fault: BaseException, home: Path) -> Path | None:
    """Write the traceback into ``home/logs``.

    Returns:
        The file, or None where the home cannot be written (the message then says so).
    """
    text = "".join(traceback.format_exception(fault))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = home / "logs" / f"fault-{stamp}-{os.getpid()}.log"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path
