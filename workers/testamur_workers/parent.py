"""A runner must not outlive its supervisor: it would hold the device, unseen."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
from functools import cache

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends, even by ``kill -9``.

    Linux does it by itself (prctl 2). Elsewhere a thread waits for the other end of standard input
    to close. The parent may have ended before this call: it is looked at afterwards.

    Args:
        parent: Process id of the parent, as the parent knows it.
    """
    if sys.platform == "linux":
        # called with numbers only; the ctypes wrapper leaves no Python code between fork and exec
        _library().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_wait_for_hangup, daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@cache
def _library() -> ctypes.CDLL:
    """The C library; a fork finds it looked up."""
    return ctypes.CDLL(None, use_errno=True)


def _wait_for_hangup() -> None:
    poll = select.poll()
    poll.register(0, 0)  # hang-up and error are always reported
    while not poll.poll():
        continue
    os.kill(os.getpid(), signal.SIGKILL)
