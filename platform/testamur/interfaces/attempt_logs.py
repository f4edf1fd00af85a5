"""The logs that a job's attempts leave in its folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

_NAME = re.compile(r"attempt-(\d+)\.log")


def list_logs(folder: Path) -> list[tuple[int, Path]]:
    """(attempt, file) in order."""
    if not folder.is_dir():
        return []
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return sorted(found)


def read_logs(folder: Path) -> str:
    """The logs of all attempts, one after the other."""
    return "".join(path.read_text(encoding="utf-8", errors="replace") for _, path in list_logs(folder))


def follow_logs(
    folder: Path, *, is_over: Callable[[], bool], sleep: Callable[[float], None], pause_s: float = 0.3
) -> Iterator[str]:
    """Yield what is appended to the logs, until the job is over and all is read.

    Args:
        folder: Working folder of the job.
        is_over: Asked after each look; True ends it after one more.
        sleep: Waits.
        pause_s: Seconds between two looks.
    """
    offsets: dict[Path, int] = {}
    last = False
    while True:
        for _, path in list_logs(folder):
            with path.open("rb") as file:
                file.seek(offsets.get(path, 0))
                text = file.read()
            offsets[path] = offsets.get(path, 0) + len(text)
            if text:
                yield text.decode("utf-8", "replace")
        if last:
            return
        last = is_over()
        if not last:
            sleep(pause_s)
