"""Ends a runner whose supervisor does not prolong its life: stopped, hung, or without its database.

Without it the runner of a supervisor that was stopped would train on, while another worker has the job.
"""

from __future__ import annotations

import os
import select
import signal
import threading

SHARE_OF_LEASE = 0.9  # the runner must have ended before others may take its lease for lost


def hold_lifeline(descriptor: int, *, lease_s: float) -> threading.Thread:
    """Watch a pipe in the background; kill this process's group when nothing comes for too long.

    Args:
        descriptor: A byte in it is another lease; its end is that of the supervisor.
        lease_s: Length of a lease.
    """
    watcher = threading.Thread(
        target=_watch, args=(descriptor, lease_s * SHARE_OF_LEASE), name="lifeline", daemon=True
    )
    watcher.start()
    return watcher


def _watch(descriptor: int, patience_s: float) -> None:
    while True:
        ready, _, _ = select.select([descriptor], [], [], patience_s)
        if not ready or not os.read(descriptor, 4096):
            os.killpg(os.getpgrp(), signal.SIGKILL)
