"""Counters of energy that the hardware keeps: processor packages (RAPL) and graphics cards (NVML)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

POWERCAP = Path("/sys/class/powercap")
_MICRO, _MILLI = 1e-6, 1e-3
PACKAGES, CARDS = "processor packages (RAPL)", "graphics cards (NVML)"


class Counter(Protocol):
    """A device that counts the energy it took."""

    device: str

    def advance(self) -> float:
        """Joules since the last call; the first call begins and gives 0."""
        ...


class RaplCounter:
    """All processor packages of the machine, by the running counters of the Linux power-capping class.

    A counter runs over after some 260 kJ, so it must be read every half hour or more often.

    Args:
        domains: Folders of the packages.
    """

    device = PACKAGES

    def __init__(self, domains: Sequence[Path]) -> None:
        self._domains = list(domains)
        self._last: list[int] | None = None

    def advance(self) -> float:
        """Joules of all packages since the last call.

        Raises:
            OSError: A counter may not be read.
        """
        now = [int((domain / "energy_uj").read_text()) for domain in self._domains]
        last, self._last = self._last, now
        if last is None:
            return 0.0
        total = 0
        for domain, before, after in zip(self._domains, last, now, strict=True):
            total += after - before
            if after < before:
                total += int((domain / "max_energy_range_uj").read_text())
        return total * _MICRO


class NvmlCounter:
    """The graphics cards that the driver shows, by their counters since the driver was loaded.

    Args:
        nvml: The module ``pynvml``, initialised.
        handles: Of the cards.
    """

    device = CARDS

    def __init__(self, nvml: Any, handles: Sequence[Any]) -> None:
        self._nvml = nvml
        self._handles = list(handles)
        self._last: float | None = None

    def advance(self) -> float:
        """Joules of all cards since the last call."""
        counted = (self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle) for handle in self._handles)
        now = sum(counted) * _MILLI
        last, self._last = self._last, now
        return 0.0 if last is None else now - last


def find_rapl(powercap: Path = POWERCAP) -> RaplCounter | None:
    """The packages' counters, or None where there are none or they may not be read (most containers)."""
    try:
        domains = [d for d in sorted(powercap.iterdir()) if _is_package(d)]
        counter = RaplCounter(domains)
        counter.advance()
    except (OSError, ValueError):
        return None
    return counter if domains else None


def _is_package(domain: Path) -> bool:
    name = domain / "name"
    return ":" in domain.name and name.is_file() and name.read_text().strip().startswith("package")


def find_nvml() -> NvmlCounter | None:
    """The cards' counters, or None without the extra ``energy``, a driver, or a card that counts."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        counter = NvmlCounter(pynvml, handles)
        counter.advance()
    except pynvml.NVMLError:
        return None
    return counter if handles else None
