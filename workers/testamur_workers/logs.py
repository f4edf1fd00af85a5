"""The log of an attempt: a file beside its checkpoints that stays when the broker is away."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
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
        names: What each line names besides, as JSON (job, attempt); None: lines for people.
    """

    def __init__(
        self, path: Path, scrub: Callable[[str], str], names: Mapping[str, str | int] | None = None
    ) -> None:
        self._scrub = scrub
        self._names = names
        self._file = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600),
            "a",
            encoding="utf-8",
            buffering=1,
        )
        self._lock = threading.Lock()  # checkpoints are copied, and told of, beside the watch
        self._room = LONGEST_LOG - path.stat().st_size

    def write(self, message: str, *, level: str = "info") -> str:
        """Write a message, and return it as it was written."""
        clean = self._scrub(message.rstrip("\n"))
        with self._lock:
            stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = self._line(stamp, level, clean)
            if self._room > 0:
                self._room -= len(line.encode(errors="replace"))
                cut = "the log is cut here: it is too long"
                self._file.write(line if self._room > 0 else self._line(stamp, "warning", cut))
        return clean

    def _line(self, stamp: str, level: str, message: str) -> str:
        if self._names is None:
            return f"{stamp} {level} {message}\n"
        return json.dumps({"at": stamp, "level": level, **self._names, "message": message}) + "\n"

    def close(self) -> None:
        """Close the file."""
        self._file.close()
