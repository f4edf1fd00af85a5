"""Starts a process that outlives the command that started it, and hands it its lock."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from testamur_workers.locks import take_lock, write_pid

LOCK_FD = 9  # where a started process finds its lock; any number that programs leave alone


def spawn_detached(
    command: Sequence[str], *, lock: Path, log: Path, environ: Mapping[str, str]
) -> int | None:
    """Start a process in a session of its own, without a terminal, its output appended to `log`.

    Args:
        command: Program and arguments; no shell reads them.
        lock: File that the process holds locked until it ends.
        log: File for its output, readable by its owner only.
        environ: Its whole environment.

    Returns:
        Its process id, or None when a living process holds the lock already.
    """
    descriptor = take_lock(lock)
    if descriptor is None:
        return None
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        pid = os.posix_spawn(
            command[0],
            list(command),
            dict(environ),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
                (os.POSIX_SPAWN_DUP2, descriptor, LOCK_FD),
            ],
            setsid=True,
        )
        write_pid(descriptor, pid)
        return pid
    finally:
        os.close(output)
        os.close(descriptor)


def reap(pid: int) -> None:
    """Take note of the end of a process that this process may have started, so that no zombie stays."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # started by another process, or taken note of already
