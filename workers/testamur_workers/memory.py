"""Host memory of an attempt: what its processes hold, and a limit that each of them meets by itself.

A limit on address space (``RLIMIT_AS``) would stop torch at its libraries, and CUDA at once: both reserve
far more than they use. ``RLIMIT_DATA`` counts private memory that can be written to, so the program gets a
`MemoryError` it can explain. What the processes of an attempt hold together is looked at by the supervisor.
Control groups would do both, where the system lets an unprivileged process make one; most do not.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

MIB = 2**20
COUNTED_S = 5.0


def limit_own_memory(limit: int) -> str:
    """Have this process and those it starts refused more private memory than `limit` bytes.

    Returns:
        What is enforced, in words for the log.
    """
    watched = f"at most {limit // MIB:,} MiB of host memory: its processes together are watched"
    if sys.platform != "linux":
        return f"{watched}; a limit of the system's own is not enforced here"
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    return f"{watched}, each is limited by RLIMIT_DATA"


def resident_memory(pid: int) -> int:
    """Bytes that a process and its descendants hold in memory, without what they share with others.

    0 where the system does not say (other than Linux), or when it has ended.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    total, waiting = 0, [pid]
    while waiting:
        folder = Path("/proc", str(waiting.pop()))
        try:
            resident, shared = (folder / "statm").read_text().split()[1:3]
            tasks = list((folder / "task").iterdir())
            waiting += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it has ended meanwhile
        total += (int(resident) - int(shared)) * page
    return total


def count_oom_kills() -> int:
    """Processes killed for lack of memory so far, in this control group or on this system; 0: unknown."""
    for path in (own_group() / "memory.events", Path("/proc/vmstat")):
        try:
            counts = (line.split() for line in path.read_text().splitlines())
        except OSError:
            continue
        found = next((int(count) for name, count in counts if name == "oom_kill"), None)
        if found is not None:
            return found
    return 0


class Killed:
    """Remembers how many processes had been killed for lack of memory before an attempt began.

    Counting them takes 0.4 ms, as the kernel adds up all of its counters: a count stands for a few seconds.
    """

    def __init__(self) -> None:
        self._count = 0
        self._until = float("-inf")

    def before(self) -> int:
        """The count, at most `COUNTED_S` old."""
        now = time.monotonic()
        if now >= self._until:
            self._count, self._until = count_oom_kills(), now + COUNTED_S
        return self._count


def own_group() -> Path:
    """Folder of this process's control group (version 2)."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return Path("/sys/fs/cgroup")
    place = next((line[3:] for line in lines if line.startswith("0::")), "/")
    return Path("/sys/fs/cgroup") / place.lstrip("/")
