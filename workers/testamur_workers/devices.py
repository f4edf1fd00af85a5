"""The GPUs of this machine with their free memory: asked by NVML, else by ``nvidia-smi``."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from testamur.contracts.device import Device

_MIB = 2**20
_LISTED = re.compile(r"^(\s*)(GPU|MIG)\b.*\(UUID: ([A-Za-z0-9-]+)\)\s*$")
_MEMORY = ("--query-gpu=uuid,name,memory.total,memory.free", "--format=csv,noheader,nounits")
_QUERY_TIMEOUT_S = 10.0


class DeviceSource(Protocol):
    """Knows the devices of a machine."""

    def devices(self) -> list[Device]:
        """As they are now, in the driver's order; parts of a divided GPU instead of the whole."""
        ...


class NvmlDevices:
    """Asked through NVML, the driver's own library.

    Args:
        nvml: The module ``pynvml`` of the package nvidia-ml-py.
    """

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml

    def devices(self) -> list[Device]:
        """As they are now; none where there is no driver."""
        nvml = self._nvml
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return []
        try:
            handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
            return [self._describe(part) for handle in handles for part in self._parts(handle)]
        finally:
            nvml.nvmlShutdown()

    def _parts(self, handle: Any) -> list[Any]:
        """The parts of a divided GPU, else the GPU itself."""
        nvml = self._nvml
        try:
            divided = nvml.nvmlDeviceGetMigMode(handle)[0] == nvml.NVML_DEVICE_MIG_ENABLE
            most = nvml.nvmlDeviceGetMaxMigDeviceCount(handle) if divided else 0
        except nvml.NVMLError:  # a GPU that cannot be divided
            most = 0
        return list(self._existing(handle, most)) or [handle]

    def _existing(self, handle: Any, most: int) -> Iterator[Any]:
        for place in range(most):
            try:
                yield self._nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, place)
            except self._nvml.NVMLError:  # no part at this place
                continue

    def _describe(self, handle: Any) -> Device:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
        return Device(
            id=_text(self._nvml.nvmlDeviceGetUUID(handle)),
            name=_text(self._nvml.nvmlDeviceGetName(handle)),
            total_mib=int(memory.total) // _MIB,
            free_mib=int(memory.free) // _MIB,
        )


class ListedDevices:
    """Asked through the program ``nvidia-smi``; it does not say how much memory of a part is free."""

    def devices(self) -> list[Device]:
        """As they are now; a part of a divided GPU with a memory of 0, which a job's wish is refused."""
        program = shutil.which("nvidia-smi")
        if program is None:
            return []
        known = parse_memory(_ask(program, *_MEMORY))
        uuids = parse_gpus(_ask(program, "-L"))
        return [known.get(uuid, Device(id=uuid, total_mib=0, free_mib=0)) for uuid in uuids]


def find_source() -> DeviceSource:
    """NVML where nvidia-ml-py is installed (extra ``gpu``), else ``nvidia-smi``."""
    try:
        return NvmlDevices(importlib.import_module("pynvml"))
    except ModuleNotFoundError:
        return ListedDevices()


def visible_devices(source: DeviceSource, environ: Mapping[str, str]) -> list[Device]:
    """Those that CUDA_VISIBLE_DEVICES leaves, in its order."""
    found = {device.id: device for device in source.devices()}
    return [found[uuid] for uuid in visible_gpus(list(found), environ.get("CUDA_VISIBLE_DEVICES"))]


def parse_gpus(listing: str) -> list[str]:
    """UUIDs in what ``nvidia-smi -L`` prints; parts of a divided GPU instead of the whole."""
    found: list[str] = []
    whole = ""
    for line in listing.splitlines():
        match = _LISTED.match(line)
        if match is None:
            continue
        if match[2] == "GPU":
            whole = match[3]
        elif whole in found:
            found.remove(whole)  # a divided GPU is used by its parts
        found.append(match[3])
    return found


def parse_memory(table: str) -> dict[str, Device]:
    """Devices by UUID in the table of UUIDs, names and memory that ``nvidia-smi`` prints, in MiB."""
    rows = [[cell.strip() for cell in line.split(",")] for line in table.splitlines()]
    return {
        row[0]: Device(id=row[0], name=row[1], total_mib=int(row[2]), free_mib=int(row[3]))
        for row in rows
        if len(row) == 4 and row[2].isdigit() and row[3].isdigit()
    }


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


def _ask(program: str, *question: str) -> str:
    """What the program prints; nothing where the driver is gone or hangs."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [program, *question], capture_output=True, text=True, timeout=_QUERY_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
