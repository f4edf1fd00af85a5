"""Forks a runner for each job: ``python -m testamur_workers.zygote CONTROL_FD PARENT_PID``.

This process has imported what jobs need (torch and ``torch._dynamo`` among it, seconds of work) and has
computed nothing: a fork of a process in which torch has computed hangs. It imports no plugin. A supervisor
asks through a socket for a runner, hands over three ends of pipes with the question, and is told when the
runner begins and how it ended. The runner is this process's child: it dies with it, and it with the
supervisor.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from testamur_workers.huge_pages import claim_room, gather_pages
from testamur_workers.parent import die_with_parent
from testamur_workers.references import load_function
from testamur_workers.runner import LATER, NEEDED, OWN

_MORE = ("torch._dynamo",)  # two seconds that a network's first steps may otherwise take
_ROOM = 160 * 2**20  # bytes of Python's objects once everything is imported
MESSAGE_BYTES = 4096
N_ENDS = 3  # of pipes: standard input, output, events


class Nursery:
    """The runners of this zygote.

    Args:
        control: Socket to the supervisor, one message per datagram.
        target: What a runner calls with the descriptor for its events; its exit code is the runner's.
    """

    def __init__(self, control: socket.socket, target: Callable[[int], int]) -> None:
        self._control = control
        self._target = target
        self._running: dict[int, int] = {}  # process id -> number of the request
        self._ended: set[int] = set()
        self._doomed: set[int] = set()  # to be buried once they have ended

    def serve(self, *, wait: bool) -> bool:
        """Answer what was asked meanwhile, or wait for the next question.

        Returns:
            False when the supervisor has gone.
        """
        timeout = None if wait else 0.0
        while True:
            ready, _, _ = select.select([self._control, self._wake], [], [], timeout)
            if self._wake in ready:
                os.read(self._wake, 4096)
            self._tell_ends()
            if self._control in ready:
                return self._answer()
            if not wait:
                return True

    def listen_for_children(self) -> None:
        """Have the end of a runner told at once, in an import too, and wake the waiting above."""
        self._wake, write_end = os.pipe()
        for descriptor in (self._wake, write_end):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: self._tell_ends())
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def say_ready(self) -> None:
        """Tell that everything is imported: a runner that is forked now need not import it."""
        self._say({"ready": True})

    def _answer(self) -> bool:
        message, ancillary, _, _ = self._control.recvmsg(MESSAGE_BYTES, socket.CMSG_SPACE(N_ENDS * 4))
        if not message:
            return False
        asked = json.loads(message)
        if "bury" in asked:
            self._bury(asked["bury"])
            return True
        ends = array.array("i")
        for _, _, data in ancillary:
            ends.frombytes(data)
        self._fork(asked["number"], list(ends))
        for end in ends:
            os.close(end)
        return True

    def _fork(self, number: int, ends: list[int]) -> None:
        zygote = os.getpid()
        _draw_anew()
        pid = os.fork()
        if pid:
            self._running[pid] = number
            return
        code = 1
        try:
            code = self._be_runner(zygote, number, ends)
        except BaseException:  # noqa: BLE001 - the last guard of the process: it goes into the attempt's log
            traceback.print_exc()
        finally:
            os._exit(code)  # everything is written; this copy of the zygote must do nothing else

    def _be_runner(self, zygote: int, number: int, ends: list[int]) -> int:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with_parent(zygote)
        self._say({"number": number, "pid": os.getpid()})
        self._control.close()
        os.dup2(ends[0], 0)
        os.dup2(ends[1], 1)
        os.dup2(ends[1], 2)
        code = self._target(ends[2])
        sys.stdout.flush()
        sys.stderr.flush()
        return code

    def _tell_ends(self) -> None:
        """Tell of runners that have ended; each stays a zombie, and keeps its number, until it is buried."""
        for pid, number in list(self._running.items()):
            if pid in self._ended:
                continue
            try:
                found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:  # called by a signal while it is being buried
                continue
            if found is None or pid in self._ended or pid not in self._running:
                continue  # nothing new, or a signal has had it told meanwhile
            code = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            self._ended.add(pid)
            self._say({"number": number, "code": code})
            if pid in self._doomed:
                self._forget(pid)

    def _bury(self, number: int) -> None:
        """Kill what is left of a runner and of whatever it started; forget it as soon as it has ended."""
        found = [pid for pid, known in self._running.items() if known == number]
        for pid in found:
            for kill in (os.killpg, os.kill):  # the group is not there yet when it has just been forked
                with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of it is left
                    kill(pid, signal.SIGKILL)
            self._doomed.add(pid)
            if pid in self._ended:
                self._forget(pid)
        if not found:
            self._say({"number": number, "buried": True})

    def _forget(self, pid: int) -> None:
        """Reap a runner that has ended: its number may be given to another process from now on."""
        os.waitpid(pid, 0)
        number = self._running.pop(pid)
        self._ended.discard(pid)
        self._doomed.discard(pid)
        self._say({"number": number, "buried": True})

    def _say(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError:
            return  # the supervisor has gone, and this process is about to follow


def main(arguments: list[str]) -> int:
    """Import, then fork a runner whenever one is asked for, until the supervisor has gone."""
    control = socket.socket(fileno=int(arguments[0]))
    die_with_parent(int(arguments[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is meant for the worker
    nursery = Nursery(control, load_function(arguments[2]))
    nursery.listen_for_children()
    room = claim_room(_ROOM)
    for name in NEEDED:
        importlib.import_module(name)
    for name in (*_MORE, *LATER, *OWN):
        if not nursery.serve(wait=False):
            return 0
        _import_lean(name)
    gc.collect()
    gc.freeze()  # a collection in a runner does not touch, and so not copy, what was imported here
    for _ in gather_pages():
        if not nursery.serve(wait=False):
            return 0
    nursery.say_ready()
    while nursery.serve(wait=True):
        continue
    del room
    return 0


def _import_lean(name: str) -> None:
    """Import without pandas: scikit-learn takes it, where it is installed, for a reader that no job uses.

    Its 50 libraries would be mapped in every runner, 2 ms of a fork and its end. Whoever imports it in a
    runner gets it.
    """
    from testamur.train.light_import import without_optional

    with without_optional("pandas"):
        importlib.import_module(name)


def _draw_anew() -> None:
    """Give the next runner's global random generators states of their own, as a new interpreter has.

    Done before the fork: in the runner it would copy a hundred more pages. `random` does it by itself.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
