"""Ends a runner whose supervisor does not prolong its life: stopped, hung, or without its database.

Without it the runner of a supervisor that was stopped would train on, while another worker has the job.
"""

from __future__ import annotations

import _thread
import os
import select
import signal

SHARE_OF_LEASE = 0.9  # the runner must have ended before others may take its lease for lost


def hold_lifeline(descriptor: int, *, lease_s: float) -> None:
    """Watch a pipe in the background; kill this process's group when nothing comes for too long.

    A bare thread: one of `threading` writes to a hundred more pages, which a forked runner copies.

    Args:
        descriptor: A byte in it is another lease; its end is that of the supervisor.
        lease_s: Length of a lease.
    """
    _thread.start_new_thread(_watch, (descriptor, lease_s * SHARE_OF_LEASE))


def _watch(descriptor: int, patience_s: float) -> None:
    while True:
        ready, _, _ = select.select([descriptor], [], [], patience_s)
        if not ready or not os.read(descriptor, 4096):
            os.killpg(os.getpgrp(), signal.SIGKILL)
