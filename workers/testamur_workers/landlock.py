"""Closes the files of this machine to a process, but for those it needs: Landlock (Linux 5.13 and newer).

Landlock knows permissions only, no exceptions: what is to stay closed inside an open folder is kept
out by opening its neighbours one by one, down from the root.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every machine
_PR_SET_NO_NEW_PRIVS = 38
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_CHANGES = 0x1FF0  # bits 4 to 12: removing, and making of every kind
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15  # since versions 2, 3 and 5
_SCOPES = 3  # since version 6: abstract sockets and signals to processes outside
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL


def close_files(*, writable: Iterable[Path], closed: Iterable[Path], readable: Iterable[Path] = ()) -> str:
    """Leave this thread, and what it starts, the right to read and to change some folders only.

    Args:
        writable: Folders and files that may be changed; inside `closed` they are opened again.
        closed: Folders and files that may not even be read.
        readable: Those inside the closed ones that may be read all the same.

    Returns:
        Empty, or why this machine does not do it.
    """
    if sys.platform != "linux":
        return f"files cannot be closed on {sys.platform}"
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return f"the kernel has no Landlock: {os.strerror(ctypes.get_errno())}"
    handled = _handled(version)
    attributes = struct.pack("=QQQ", handled, 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 8
    rules = libc.syscall(_CREATE, ctypes.create_string_buffer(attributes), size, 0)
    if rules < 0:
        return f"the kernel refuses Landlock: {os.strerror(ctypes.get_errno())}"
    try:
        for path in (*open_around([_real(path) for path in closed]), *map(_real, readable)):
            _allow(libc, rules, path, _READ | (_IOCTL & handled))
        for path in (*writable, Path("/dev"), Path("/proc/self")):
            _allow(libc, rules, _real(path), handled)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.syscall(_RESTRICT, rules, 0):
            return f"the kernel refuses Landlock: {os.strerror(ctypes.get_errno())}"
    finally:
        os.close(rules)
    return ""


def open_around(closed: list[Path]) -> list[Path]:
    """The fewest folders and files that hold everything but what is closed.

    Args:
        closed: Absolute, without links.
    """
    found: list[Path] = []
    folders = [Path("/")]
    while folders:
        folder = folders.pop()
        inner = [path for path in closed if path.is_relative_to(folder)]
        if not inner:
            found.append(folder)
        elif folder not in inner:
            folders += _children(folder)
    return found


def _children(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if not entry.is_symlink()]
    except OSError:  # it cannot be listed: nothing in it is opened
        return []


def _handled(version: int) -> int:
    rights = _READ | _WRITE_FILE | _CHANGES
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        rights |= right if version >= since else 0
    return rights


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    """Permit something below a path; one that is not there needs no permission."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        libc.syscall(_ADD, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
