"""Keeps one runner ready, so that a job does not wait for imports.

Where processes can be forked, runners come from a zygote; elsewhere each is a new interpreter that was
started ahead. Both are measured in docs/measurements/jobs_overhead.md; the choice is in docs/decisions.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Protocol, Self

from testamur.settings import Settings
from testamur_workers.forked import RUNNER, Zygote
from testamur_workers.process import RunnerProcess
from testamur_workers.request import AttemptRequest


class Runner(Protocol):
    """A process in which one attempt runs, as its supervisor holds it."""

    output: int
    events: int
    news: int | None  # readable once there may be something to hear of its end; None: it must be asked

    @property
    def pid(self) -> int | None:
        """Its process id and its group's; None while it has not begun."""
        ...

    @property
    def has_left(self) -> bool:
        """True once it will execute nothing any more, also where its memory is still being taken back."""
        ...

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        ...

    def hand_over(self, request: AttemptRequest) -> bool:
        """Give it its request; False when it has died."""
        ...

    def prolong(self) -> bool:
        """Let it live for the length of another lease; False when it has died."""
        ...

    def signal(self, number: signal.Signals) -> None:
        """Signal the runner and everything it started."""
        ...

    def close(self) -> None:
        """End it and everything it started."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


class Standby:
    """At most one waiting runner, and the zygote it came from.

    Args:
        settings: Of the worker.
        target: ``module:function`` that a forked runner calls.
    """

    def __init__(self, settings: Settings, *, target: str = RUNNER) -> None:
        self._settings = settings
        self._target = target
        self._zygote: Zygote | None = None
        self._waiting: Runner | None = None
        self._installed: tuple[int, ...] = ()

    def prepare(self) -> None:
        """Have a runner that sees everything that is installed wait, or be on its way."""
        self.warm()
        if self._waiting is None:
            self._waiting = self._start()

    def prepare_next(self) -> None:
        """Have the next runner forked while one is at work; a new interpreter would take its cores."""
        if self._zygote is None or not self._zygote.ready or self._waiting is not None:
            return  # what is forked before it is ready would have to import the rest itself
        with contextlib.suppress(OSError):  # `prepare` finds out why; the one at work must not suffer
            self._waiting = self._zygote.fork()

    def warm(self) -> None:
        """Start what takes long, without a runner yet; give up what is dead or does not see a new plugin."""
        installed = read_installed(sys.path)
        if installed != self._installed:
            self.close()
        self._installed = installed
        if self._waiting is not None and self._waiting.returncode is not None:
            self._waiting.close()
            self._waiting = None
        if not can_fork(self._settings):
            self._waiting = self._waiting or RunnerProcess(self._settings)
            return
        if self._zygote is not None and not self._zygote.alive:
            self._zygote.close()
            self._zygote = None
        if self._zygote is None:
            self._zygote = Zygote(self._settings, target=self._target)

    def take(self) -> Runner:
        """The waiting runner, or a fresh one; the caller closes it."""
        self.prepare()
        runner, self._waiting = self._waiting, None
        if runner is None:
            raise RuntimeError("prepare() leaves a runner waiting")
        return runner

    def wait_for_last(self, *, timeout_s: float) -> bool:
        """Wait until runners that were closed have ended: memory, locks and ports are free then.

        Returns:
            False when one has not ended in time.
        """
        return self._zygote is None or self._zygote.wait_for_burials(timeout_s=timeout_s)

    def close(self) -> None:
        """End the waiting runner and the zygote."""
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def _start(self) -> Runner:
        if self._zygote is not None:
            try:
                return self._zygote.fork()
            except OSError:  # it has died in this moment; the next one comes from a new zygote
                self._zygote.close()
                self._zygote = None
        return RunnerProcess(self._settings)


def can_fork(settings: Settings) -> bool:
    """True where runners are forked: on Linux, unless the operator wants new interpreters."""
    return sys.platform == "linux" and settings.runners == "fork"


def read_installed(path: Sequence[str]) -> tuple[int, ...]:
    """A mark that changes when a distribution is installed or removed: when folders of `path` were changed.

    A runner reads its import path when it starts: one that was started before a plugin was
    installed would not know it.
    """
    return tuple(_changed_at(folder) for folder in path if folder)


def _changed_at(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - thrice as fast, and asked several times a job
    except OSError:
        return 0  # not there
