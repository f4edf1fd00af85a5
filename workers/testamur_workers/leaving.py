"""Tells a process that will execute nothing any more from one that might.

The kernel takes the memory of a process back before it tells anybody of the end: 10 ms for a runner, whose
libraries have a thousand mappings. In that time no line of it is executed. Its memory, its locks and its
ports are not free before it has ended, though.
"""

from __future__ import annotations

from pathlib import Path

_EXITING = 0x4  # PF_EXITING of the kernel's sched.h, shown in proc_pid_stat(5), field 9
_FLAGS = 6  # place of that field behind the name, which may hold anything


def has_left(pid: int) -> bool:
    """True once no thread of a process will execute anything any more.

    Args:
        pid: Of a process that is not reaped yet, so that the number is still its own.
    """
    tasks = Path(f"/proc/{pid}/task")
    before = _threads(tasks)
    if not before or not all(_is_exiting(tasks / name) for name in before):
        return False  # a process that nobody has reaped lists one thread at least: none means no /proc
    return _threads(tasks) <= before  # none was started by one that has ended since


def _threads(tasks: Path) -> set[str]:
    try:
        return {path.name for path in tasks.iterdir()}
    except FileNotFoundError:
        return set()


def _is_exiting(thread: Path) -> bool:
    try:
        fields = (thread / "stat").read_bytes().rpartition(b")")[2].split()  # its name may be any bytes
    except (FileNotFoundError, ProcessLookupError):
        return True
    return bool(int(fields[_FLAGS]) & _EXITING)
