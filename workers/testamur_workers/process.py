"""A runner that is a new interpreter, as its supervisor holds it: where processes cannot be forked."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

from testamur.settings import Settings
from testamur_workers.environment import runner_environment
from testamur_workers.request import AttemptRequest
from testamur_workers.send import send_all


class RunnerProcess:
    """A started runner. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.events, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [
                    sys.executable,
                    "-P",
                    "-u",
                    "-m",
                    "testamur_workers.runner",
                    str(write_end),
                    str(os.getpid()),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(write_end,),
                start_new_session=True,
                env=runner_environment(os.environ, settings),
            )
        except OSError:
            os.close(self.events)
            raise
        finally:
            os.close(write_end)
        if self._process.stdout is None or self._process.stdin is None:
            raise RuntimeError("a process with pipes is required, however: it has none")
        self.output = self._process.stdout.fileno()
        self._stdin = self._process.stdin
        self.news = os.pidfd_open(self._process.pid) if sys.platform == "linux" else None

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._process.pid

    @property
    def has_left(self) -> bool:
        """True once it has ended."""
        return self.returncode is not None

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def hand_over(self, request: AttemptRequest) -> bool:
        """Give it its request; False when it has died."""
        return send_all(self._stdin.fileno(), request.model_dump_json().encode() + b"\n")

    def prolong(self) -> bool:
        """Let it live for the length of another lease; False when it has died."""
        return send_all(self._stdin.fileno(), b"\n")

    def signal(self, number: signal.Signals) -> None:
        """Signal the runner and everything it started."""
        if self.returncode is None:
            os.killpg(self.pid, number)

    def close(self) -> None:
        """End it if it still runs, with everything it started, and give the pipes back."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of the group is left
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # a request that a dead runner never read
        os.close(self.events)
        if self.news is not None:
            os.close(self.news)

    def __enter__(self) -> RunnerProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
