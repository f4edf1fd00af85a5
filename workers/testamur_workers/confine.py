"""Puts walls around the code of plugins: what a runner does before it imports the first of them.

The walls keep an honest plugin within its bounds and an accident small. They are not a virtual
machine: code that runs in the same process as the audit can still change what the audit says.
What a machine does not enforce is said in the report and by ``testamur doctor``, never assumed.
"""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.record import Record
from testamur.contracts.wall import Wall
from testamur_workers.capabilities import drop_capabilities
from testamur_workers.landlock import close_files
from testamur_workers.seccomp import filter_calls

LARGEST_FILE = 256 * 2**30  # bytes; a runaway write ends there and not with the disk
MOST_FILES = 4096  # open at once
KERNEL = ("files", "signing key", "system calls", "network")  # walls that depend on the kernel


class Bounds(Record):
    """What a runner is held to."""

    confine: str = "auto"  # auto: as far as the kernel goes; required: or not at all; off
    network: bool = False
    network_reason: str = ""  # why it is open
    scratch: str  # working folder, which goes with the attempt
    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()  # inside what is closed
    closed: tuple[str, ...] = ()  # may not even be read


def confine(bounds: Bounds, *, several: bool = False) -> tuple[Wall, ...]:
    """Confine this process, for good.

    Args:
        bounds: What it is held to.
        several: The process is one of a team, which talks over the loopback: its sockets stay open here.

    Returns:
        Every wall, and whether it stands.

    Raises:
        ConfigurationError: The operator requires walls that this machine does not put up.
    """
    own = Wall(name="environment", enforced=True, detail="listed variables only; no database, no broker")
    walls = (own, _enter(Path(bounds.scratch)), _limit())
    if bounds.confine == "off":
        off = "switched off by the operator (TESTAMUR_CONFINE)"
        return (*walls, *(Wall(name=name, enforced=False, detail=off) for name in ("privileges", *KERNEL)))
    privileges = drop_capabilities()
    files = close_files(
        writable=[Path(path) for path in (*bounds.writable, bounds.scratch)],
        readable=[Path(path) for path in bounds.readable],
        closed=[Path(path) for path in bounds.closed],
    )
    calls = filter_calls(network=bounds.network or several)
    walls += (
        Wall(name="privileges", enforced=not privileges, detail=privileges or "those over files only"),
        Wall(name="files", enforced=not files, detail=files or "changes its own folders only"),
        Wall(
            name="signing key",
            enforced=not files,
            detail=files or "its folder is closed; the supervisor seals, in which no plugin code runs",
        ),
        Wall(
            name="system calls",
            enforced=not calls,
            detail=calls or "no look into other processes, no io_uring",
        ),
        _network(bounds, calls, several=several),
    )
    if bounds.confine == "required":
        _insist(walls, bounds)
    return walls


def _enter(scratch: Path) -> Wall:
    """Work in a folder of one's own; what others must not read is closed by the mask."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.umask(0o077)
    os.chdir(scratch)
    os.environ["TMPDIR"] = os.environ["CUDA_CACHE_PATH"] = str(scratch)
    tempfile.tempdir = None  # it was perhaps looked up before
    return Wall(name="working folder", enforced=True, detail="its own, removed with the attempt")


def _limit() -> Wall:
    for kind, most in (
        (resource.RLIMIT_CORE, 0),  # a core file would hold people's data
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, MOST_FILES),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    detail = f"no core file, {LARGEST_FILE // 2**30} GiB a file, {MOST_FILES} open files"
    return Wall(name="limits", enforced=True, detail=detail)


def _network(bounds: Bounds, refused: str, *, several: bool) -> Wall:
    if bounds.network:
        return Wall(name="network", enforced=False, detail=bounds.network_reason)
    if several:
        return Wall(name="network", enforced=False, detail="processes of one job talk over the loopback")
    return Wall(name="network", enforced=not refused, detail=refused or "none")


def _insist(walls: tuple[Wall, ...], bounds: Bounds) -> None:
    granted = "network" if bounds.network else ""
    missing = [wall for wall in walls if not wall.enforced and wall.name != granted]
    if missing:
        remedy = "use a newer kernel, or set TESTAMUR_CONFINE=auto and accept what the report then says"
        problems = [
            Problem(wall.name, f"a wall is required, however: {wall.detail}", remedy) for wall in missing
        ]
        raise ConfigurationError("This machine does not confine plugins as its operator requires", problems)
