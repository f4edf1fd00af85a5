"""Where the workers keep what they leave in the home, and how this machine is named."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import stat
from pathlib import Path

from testamur.settings import Settings

LONGEST_SOCKET_PATH = 100  # bytes; sun_path holds 108 on Linux and 104 on macOS, with its end mark


def home_digest(settings: Settings) -> str:
    """Eight characters that stand for the home, the same in every process."""
    return hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:8]


def host_name(settings: Settings) -> str:
    """This machine as attempts name it: process ids mean something only together with the home,
    because the locks that prove a process alive are kept there.
    """
    return f"{socket.gethostname()}/{home_digest(settings)}"


def broker_folder(settings: Settings) -> Path:
    """Folder of the embedded broker's configuration and append-only file."""
    return settings.home / "broker"


def workers_folder(settings: Settings) -> Path:
    """Folder of the locks and marks of workers, supervisors and reaper of this machine.

    Each machine has its own: several may share a home, a process id means something on one of them
    only, and a signal must never go to a process here for a lock that was taken there.
    """
    return settings.home / "workers" / machine_name()


def machine_name() -> str:
    """This machine's name as one part of a path."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", socket.gethostname()).lstrip(".") or "localhost"


def log_folder(settings: Settings) -> Path:
    """Folder of the logs of broker, workers and reaper."""
    return settings.home / "logs"


def socket_path(settings: Settings) -> Path:
    """Unix socket of the embedded broker.

    A home with a long path gets a folder of its own directly under ``/tmp``: every process must
    find the same one, whatever its ``TMPDIR``.
    """
    path = broker_folder(settings) / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(f"/tmp/testamur-{os.getuid()}-{home_digest(settings)}") / "broker.sock"  # noqa: S108 - owner and mode are checked when it is made


def make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter.

    Raises:
        PermissionError: It exists and belongs to somebody else, or is a link.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"a folder of one's own is required, however: {folder} belongs to another user")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
