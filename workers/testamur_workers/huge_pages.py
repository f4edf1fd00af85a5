"""Gathers this process's memory into large pages, so that forking it copies hundreds of entries, not 100,000.

A fork copies one entry of the page table for each page that the process has written to, and its child's end
takes each back. With 330 MB of imported libraries that was most of what a runner cost
(docs/measurements/jobs_overhead.md). Linux 6.1 and newer gather pages on request (``MADV_COLLAPSE``, see
madvise(2)); what a kernel refuses stays as it was.
"""

from __future__ import annotations

import ctypes
import errno
import sys
from collections.abc import Iterator
from pathlib import Path

LARGE = 2 * 2**20  # bytes of a large page where pages have 4 KiB
_ARENA = 2**20  # bytes that CPython takes at once
_SMALL = 512  # bytes of the largest objects that lie in an arena
_OF_A_CLASS = _SMALL - 64  # of such a one without its head
_COLLAPSE = 25  # MADV_COLLAPSE of linux/mman.h
_GIVE_UP = (errno.ENOSYS, errno.EPERM)


def claim_room(n_bytes: int) -> list[bytes]:
    """Have the allocator of Python's objects take its memory now, in one piece.

    It takes 1 MiB at a time. While modules are imported these pieces lie scattered between libraries, too
    small to be gathered: 60 MB in pages of 4 KiB, which was a quarter of what a runner's fork and end cost.
    Objects of all this size are made and let go but for one of each piece, which keeps the piece; whatever
    is made next goes there.

    Args:
        n_bytes: As much as will be needed; what is not used costs room.

    Returns:
        What must be kept.
    """
    made = [b""] * (n_bytes // _SMALL)  # a list that grows would lie between the pieces
    for number in range(len(made)):
        made[number] = bytes(_OF_A_CLASS)
    return made[:: _ARENA // _SMALL]


def gather_pages() -> Iterator[int]:
    """Gather page after page; the caller may do other things in between.

    Yields:
        1 for a large page that was made, 0 for one that the kernel refused.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for address in large_places(Path("/proc/self/maps").read_text()):
        refused = madvise(address, LARGE, _COLLAPSE)
        if refused and ctypes.get_errno() in _GIVE_UP:
            return
        yield int(not refused)


def large_places(maps: str) -> list[int]:
    """Addresses at which a large page fits into memory that the process has of its own.

    Args:
        maps: Text of ``/proc/PID/maps``.
    """
    found: list[int] = []
    for line in maps.splitlines():
        place, rights, _, _, _, *name = line.split(maxsplit=5)
        if not rights.startswith("rw") or not rights.endswith("p") or name not in ([], ["[heap]"]):
            continue
        low, high = (int(end, 16) for end in place.split("-"))
        found += range(-(-low // LARGE) * LARGE, high // LARGE * LARGE, LARGE)
    return found
