"""The seats of this machine: one worker per GPU, or one worker on the CPU.

A worker is not tied to one GPU: which it uses is decided by the lease that comes with each claim, so
that a job may have several. There are as many workers as GPUs because no more can be busy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from testamur.contracts.errors import ConfigurationError, Problem
from testamur_workers.devices import DeviceSource, find_source, visible_devices


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one job at a time.

    Attributes:
        name: Of its worker, such as ``gpu0`` or ``cpu0``.
        device: ``cuda`` or ``cpu``.
        visible: Value of CUDA_VISIBLE_DEVICES for its worker: all that it may lease from.
    """

    name: str
    device: str
    visible: str

    @property
    def environ(self) -> dict[str, str]:
        """Variables of its worker."""
        return {"TESTAMUR_DEVICE": self.device, "CUDA_VISIBLE_DEVICES": self.visible}


def find_slots(
    device: str, *, n_workers: int | None, environ: Mapping[str, str], source: DeviceSource | None = None
) -> list[Slot]:
    """The slots to serve.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``.
        n_workers: How many; None: one per GPU, or one on the CPU.
        environ: May hold CUDA_VISIBLE_DEVICES, which is respected.
        source: Where GPUs are looked up; None: NVML or ``nvidia-smi``.

    Raises:
        ConfigurationError: ``cuda`` without a GPU, or a number that cannot be served.
    """
    found = [] if device == "cpu" else visible_devices(source or find_source(), environ)
    gpus = [one.id for one in found]
    if device == "cuda" and not gpus:
        raise _refuse("TESTAMUR_DEVICE", "a GPU is required for cuda, however: the driver shows none")
    if n_workers is not None and n_workers < 1:
        raise _refuse("workers", f"a number above 0 is required, however: {n_workers}")
    if not gpus:
        return [Slot(f"cpu{i}", "cpu", "") for i in range(n_workers or 1)]
    if n_workers is not None and n_workers > len(gpus):
        raise _refuse(
            "workers", f"at most one worker per GPU is required, however: {n_workers} for {len(gpus)}"
        )
    return [Slot(f"gpu{i}", "cuda", ",".join(gpus)) for i in range(n_workers or len(gpus))]


def _refuse(where: str, message: str) -> ConfigurationError:
    return ConfigurationError("The workers cannot be started", [Problem(where, message)])
