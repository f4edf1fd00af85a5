"""Keeps one runner started ahead, so that a job does not wait for imports.

This is the place where a zygote that forks a child per job can come in: `take` and `prepare` are all
that the supervisor knows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from testamur.settings import Settings
from testamur_workers.process import RunnerProcess


class Standby:
    """At most one waiting runner.

    Args:
        settings: Of the worker.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: RunnerProcess | None = None
        self._installed: tuple[int, ...] = ()

    def prepare(self) -> None:
        """Start a runner unless one waits that sees everything that is installed."""
        installed = read_installed(sys.path)
        waits = self._waiting is not None and self._waiting.returncode is None
        if waits and installed == self._installed:
            return
        self.close()
        self._installed = installed
        self._waiting = RunnerProcess(self._settings)

    def take(self) -> RunnerProcess:
        """The waiting runner, or a fresh one; the caller closes it."""
        self.prepare()
        runner, self._waiting = self._waiting, None
        if runner is None:
            raise RuntimeError("prepare() leaves a runner waiting")
        return runner

    def close(self) -> None:
        """End the waiting runner."""
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None


def read_installed(path: Sequence[str]) -> tuple[int, ...]:
    """A mark that changes when a distribution is installed or removed: when folders of `path` were changed.

    A runner reads its import path when it starts: one that was started before a plugin was
    installed would not know it.
    """
    return tuple(os.stat(folder).st_mtime_ns for folder in path if folder and os.path.isdir(folder))  # noqa: PTH112, PTH116
