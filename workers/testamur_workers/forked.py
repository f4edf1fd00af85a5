"""A zygote and its runners as a supervisor holds them."""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from testamur.settings import Settings
from testamur_workers.environment import runner_environment
from testamur_workers.leaving import has_left
from testamur_workers.request import AttemptRequest
from testamur_workers.send import send_all

RUNNER = "testamur_workers.runner:serve"
_LOOK_EVERY_S = 0.2  # at a zygote that says nothing: it may have gone
_END_TIMEOUT_S = 5.0  # a killed process is gone at once, unless the kernel holds it


class Zygote:
    """A started zygote. Runners come from `fork`.

    Args:
        settings: Of the worker.
        target: ``module:function`` that a runner calls (see `zygote.Nursery`).

    Attributes:
        ready: It has said that everything is imported.
    """

    def __init__(self, settings: Settings, *, target: str = RUNNER) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = str(theirs.fileno())
            command = [sys.executable, "-P", "-u", "-m", "testamur_workers.zygote"]
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*command, number, str(os.getpid()), target],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env=runner_environment(os.environ, settings),
            )
        self._control = ours
        self._n_asked = 0
        self._leaving: set[int] = set()  # runners that are to be buried, and are not yet
        self.ready = False
        self._heard: dict[int, dict[str, Any]] = {}

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def control(self) -> int:
        """Descriptor of the socket through which it speaks."""
        return self._control.fileno()

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def fork(self) -> ForkedRunner:
        """Ask for a runner, without waiting for it.

        Raises:
            OSError: The zygote has gone.
        """
        self._n_asked += 1
        stdin_read, stdin_write = os.pipe()
        output_read, output_write = os.pipe()
        events_read, events_write = os.pipe()
        ends = array.array("i", [stdin_read, output_write, events_write])
        try:
            self._control.sendmsg(
                [json.dumps({"number": self._n_asked}).encode()],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)],
            )
        except OSError:
            for descriptor in (stdin_write, output_read, events_read):
                os.close(descriptor)
            raise
        finally:
            for descriptor in ends:
                os.close(descriptor)
        return ForkedRunner(self, self._n_asked, stdin_write, output_read, events_read)

    def heard(self, number: int, key: str) -> Any:
        """What the zygote has said of a runner, or None: ``pid`` or ``code``."""
        self._listen()
        return self._heard.get(number, {}).get(key)

    def bury(self, number: int) -> None:
        """Have whatever is left of a runner killed and forgotten, as soon as the zygote comes to it."""
        self._leaving.add(number)
        with contextlib.suppress(OSError):  # the zygote has gone, and its runners with it
            self._control.send(json.dumps({"bury": number}).encode())

    def wait_for_burials(self, *, timeout_s: float) -> bool:
        """Wait until the memory of all closed runners was given back, their locks and ports with it.

        Returns:
            False when one was not buried in time.
        """
        end = time.monotonic() + timeout_s
        while self._leaving and self.alive:
            self._listen()
            left = end - time.monotonic()
            if self._leaving and left <= 0:
                return False
            if self._leaving:
                select.select([self._control], [], [], min(left, _LOOK_EVERY_S))
        return True

    def close(self) -> None:
        """End the zygote and its runners."""
        self._process.kill()
        self._process.wait()
        self._control.close()

    def _listen(self) -> None:
        while True:
            try:
                message = self._control.recv(4096, socket.MSG_DONTWAIT)
            except OSError:
                return  # nothing is there, or the zygote has gone
            if not message:
                return
            said = json.loads(message)
            self.ready |= "ready" in said
            number = said.pop("number", None)
            if number is None:
                continue
            self._heard.setdefault(number, {}).update(said)
            if "buried" in said:
                del self._heard[number]
                self._leaving.discard(number)


class ForkedRunner:
    """A runner that a zygote forks. Close it, or use it as a context manager.

    Attributes:
        events: Reading end of the pipe of its events.
        output: Reading end of what it prints.
        news: Where its zygote speaks: readable when it has said something, or has gone.
    """

    def __init__(self, zygote: Zygote, number: int, stdin: int, output: int, events: int) -> None:
        self._zygote = zygote
        self._number = number
        self._stdin = stdin
        self._code: int | None = None
        self._left = False
        self.output = output
        self.events = events
        self.news: int | None = zygote.control

    @property
    def pid(self) -> int | None:
        """Its process id, which is also its group's; None until it has begun."""
        found = self._zygote.heard(self._number, "pid")
        return found if found is None else int(found)

    @property
    def has_left(self) -> bool:
        """True once it will execute nothing any more; the kernel may still be taking its memory back."""
        if not self._left:
            pid = self.pid
            self._left = self.returncode is not None or (pid is not None and has_left(pid))
        return self._left

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        if self._code is None:
            alive = self._zygote.alive
            said = self._zygote.heard(self._number, "code")
            if said is not None:
                self._code = int(said)
            elif not alive:
                self._code = -signal.SIGKILL  # runners die with their zygote
        return self._code

    def hand_over(self, request: AttemptRequest) -> bool:
        """Give it its request; False when it has died."""
        return send_all(self._stdin, request.model_dump_json().encode() + b"\n")

    def prolong(self) -> bool:
        """Let it live for the length of another lease; False when it has died."""
        return send_all(self._stdin, b"\n")

    def signal(self, number: signal.Signals) -> None:
        """Signal the runner and everything it started; one that has not begun is only ever killed."""
        if self.returncode is not None:
            return
        pid = self.pid
        if pid is not None:
            os.killpg(pid, number)  # it stays a zombie until it is buried: the number is its own
        elif number == signal.SIGKILL:
            self._zygote.close()

    def close(self) -> None:
        """End it if it still runs, with everything it started, and give the pipes back."""
        code, pid = self.returncode, self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):  # it died with its zygote
                os.killpg(pid, signal.SIGKILL)
                if not self._left:
                    _wait_for_end(pid)
        self._code = -signal.SIGKILL if code is None else code
        self._zygote.bury(self._number)
        for descriptor in (self._stdin, self.output, self.events):
            os.close(descriptor)

    def __enter__(self) -> ForkedRunner:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _wait_for_end(pid: int) -> None:
    """Wait until a process that was killed has ended, whoever's child it is."""
    descriptor = os.pidfd_open(pid)
    try:
        select.select([descriptor], [], [], _END_TIMEOUT_S)
    finally:
        os.close(descriptor)
