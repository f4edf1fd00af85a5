"""A runner as its supervisor holds it: a process in a session of its own, and two pipes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from testamur.settings import Settings
from testamur_workers.allowed_environment import allowed
from testamur_workers.request import AttemptRequest

_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


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

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def hand_over(self, request: AttemptRequest) -> bool:
        """Give it its request; False when it has died."""
        try:
            self._stdin.write(request.model_dump_json().encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            return False
        return True

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

    def __enter__(self) -> RunnerProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def runner_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The environment of a runner: what libraries need and its operator names, with its share of threads."""
    return allowed(environ, settings.runner_variables) | dict.fromkeys(_THREAD_LIMITS, str(settings.threads))
