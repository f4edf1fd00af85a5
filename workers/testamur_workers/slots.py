"""The devices of this machine: one worker per GPU, or one worker on the CPU."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from testamur.contracts.errors import ConfigurationError, Problem

_DEVICE = re.compile(r"^(\s*)(GPU|MIG)\b.*\(UUID: ([A-Za-z0-9-]+)\)\s*$")
_QUERY_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one job at a time.

    Attributes:
        name: Of its worker, such as ``gpu0`` or ``cpu0``.
        device: ``cuda`` or ``cpu``.
        visible: Value of CUDA_VISIBLE_DEVICES for its worker.
    """

    name: str
    device: str
    visible: str

    @property
    def environ(self) -> dict[str, str]:
        """Variables of its worker."""
        return {"TESTAMUR_DEVICE": self.device, "CUDA_VISIBLE_DEVICES": self.visible}


def find_slots(device: str, *, n_workers: int | None, environ: Mapping[str, str]) -> list[Slot]:
    """The slots to serve.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``.
        n_workers: How many; None: one per GPU, or one on the CPU.
        environ: May hold CUDA_VISIBLE_DEVICES, which is respected.

    Raises:
        ConfigurationError: ``cuda`` without a GPU, or a number that cannot be served.
    """
    gpus = [] if device == "cpu" else visible_gpus(list_gpus(), environ.get("CUDA_VISIBLE_DEVICES"))
    if device == "cuda" and not gpus:
        raise _refuse("TESTAMUR_DEVICE", "a GPU is required for cuda, however: nvidia-smi shows none")
    if n_workers is not None and n_workers < 1:
        raise _refuse("workers", f"a number above 0 is required, however: {n_workers}")
    if not gpus:
        return [Slot(f"cpu{i}", "cpu", "") for i in range(n_workers or 1)]
    if n_workers is not None and n_workers > len(gpus):
        raise _refuse(
            "workers", f"at most one worker per GPU is required, however: {n_workers} for {len(gpus)}"
        )
    return [Slot(f"gpu{i}", "cuda", uuid) for i, uuid in enumerate(gpus[:n_workers])]


def list_gpus() -> list[str]:
    """UUIDs of this machine's GPUs in the driver's order; parts of a divided GPU instead of the whole."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    done = subprocess.run(  # noqa: S603 - a fixed command
        [program, "-L"], capture_output=True, text=True, timeout=_QUERY_TIMEOUT_S, check=False
    )
    return parse_gpus(done.stdout) if done.returncode == 0 else []


def parse_gpus(listing: str) -> list[str]:
    """UUIDs in what ``nvidia-smi -L`` prints."""
    found: list[str] = []
    whole = ""
    for line in listing.splitlines():
        match = _DEVICE.match(line)
        if match is None:
            continue
        if match[2] == "GPU":
            whole = match[3]
        elif whole in found:
            found.remove(whole)  # a divided GPU is used by its parts
        found.append(match[3])
    return found


def visible_gpus(uuids: list[str], visible: str | None) -> list[str]:
    """Those that CUDA_VISIBLE_DEVICES leaves; like CUDA, it stops at the first unknown one."""
    if visible is None:
        return uuids
    chosen: list[str] = []
    for name in (part.strip() for part in visible.split(",")):
        if name.isdigit() and int(name) < len(uuids):
            chosen.append(uuids[int(name)])
            continue
        match = [uuid for uuid in uuids if name and uuid.startswith(name)]
        if len(match) != 1:
            break
        chosen.extend(match)
    return chosen


def _refuse(where: str, message: str) -> ConfigurationError:
    return ConfigurationError("The workers cannot be started", [Problem(where, message)])
