"""The log of an attempt: a file beside its checkpoints that stays when the broker is away."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from testamur.settings import Settings

LONGEST_LOG = 64 * 2**20  # bytes; a job that prints without end must not fill the disk


def log_path(settings: Settings, job_id: str, attempt: int) -> Path:
    """File of an attempt's log."""
    return settings.job_folder(job_id) / f"attempt-{attempt}.log"


class AttemptLog:
    """Appends lines with their time; secrets are taken out.

    Args:
        path: The file; its folder exists.
        scrub: Takes secrets out of a text.
    """

    def __init__(self, path: Path, scrub: Callable[[str], str]) -> None:
        self._scrub = scrub
        self._file = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8", buffering=1
        )
        self._room = LONGEST_LOG - path.stat().st_size

    def write(self, message: str, *, level: str = "info") -> str:
        """Write a message, and return it as it was written."""
        clean = self._scrub(message.rstrip("\n"))
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = f"{stamp} {level} {clean}\n"
        if self._room > 0:
            self._room -= len(line.encode(errors="replace"))
            self._file.write(
                line if self._room > 0 else f"{stamp} warning the log is cut here: it is too long\n"
            )
        return clean

    def close(self) -> None:
        """Close the file."""
        self._file.close()
