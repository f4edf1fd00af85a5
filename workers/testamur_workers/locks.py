"""Proof that a process lives: a lock that the system takes away when the process ends, however it ends.

A number in a pidfile may have been given to another process since; an ``flock`` cannot. The
process id is written into the locked file only so that a signal can be sent to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def take_lock(path: Path) -> int | None:
    """Lock a file for as long as the returned descriptor, or a copy of it, is open.

    Returns:
        The descriptor, or None when a living process holds the lock.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_pid(descriptor: int, pid: int) -> None:
    """Note who holds the lock."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{pid}\n".encode(), 0)


def holder(path: Path) -> int | None:
    """Process id of the living holder of a lock, or None when nobody holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 32, 0).strip()
        return int(text) if text.isdigit() else None
    finally:
        os.close(descriptor)
    return None


def signal_process(pid: int, number: signal.Signals) -> None:
    """Signal a holder; one that has ended since it was looked up needs no signal."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until_free(path: Path, *, timeout_s: float) -> bool:
    """Wait until the holder of a lock has ended; False when it still lives after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while holder(path) is not None:
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def locked(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Do something alone, waiting for whoever does it now.

    Raises:
        TimeoutError: Somebody else still holds the lock after `timeout_s`.
    """
    end = time.monotonic() + timeout_s
    descriptor = take_lock(path)
    while descriptor is None:
        if time.monotonic() >= end:
            raise TimeoutError(f"another process has held {path.name} for more than {timeout_s:.0f} s")
        time.sleep(0.02)
        descriptor = take_lock(path)
    try:
        write_pid(descriptor, os.getpid())
        yield
    finally:
        os.close(descriptor)
