"""What the stages of a job take in energy: counted by the hardware where it tells, else estimated."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from testamur.contracts.energy import EnergyReading, EnergyUse, EnergyWork
from testamur.contracts.model import TrainingSummary
from testamur.pipeline.energy_counters import CARDS, PACKAGES, Counter, find_nvml, find_rapl

WATTS_PER_CORE = 12.0
MEMORY_WATTS_PER_GB = 0.3725
_SOURCE = "Lannelongue, Grealey and Inouye 2021, Advanced Science 8:2100707"
_JOULES_PER_KWH = 3.6e6
_EVERY_S = 60.0  # counters are read at least so often while a job reports: a package's runs over
_COUNTED = "counter of the hardware; whatever else ran on the device is in it"


@dataclass(slots=True)
class _Account:
    """What one kind of work took so far."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    joules: dict[str, float] = field(default_factory=dict)  # by device, counted
    gb_seconds: float = 0.0
    remark: str = ""


class Meter:
    """Counts energy by kind of work; implements `testamur.contracts.protocols.EnergyMeter`.

    Args:
        device: What is trained on: "cpu", "cuda" or "auto".
        watts_per_core: Of a busy core, for the estimate; None: the default and its source.
        counters: Of the hardware; None: those that are found.
    """

    def __init__(
        self,
        *,
        device: str = "cpu",
        watts_per_core: float | None = None,
        counters: Sequence[Counter] | None = None,
    ) -> None:
        self._on_card = device == "cuda"
        self._watts = watts_per_core
        self._counters = list(counters) if counters is not None else _find_counters(cards=device != "cpu")
        self._accounts: dict[EnergyWork, _Account] = {}
        self._work: EnergyWork | None = None
        self._since = (0.0, 0.0)

    @contextmanager
    def counting(self, work: EnergyWork | None) -> Iterator[None]:
        """What happens inside is counted for `work`; None counts for nobody."""
        self._book()
        before, self._work = self._work, work
        try:
            yield
        finally:
            self._book()
            self._work = before

    def tick(self) -> None:
        """Read the counters if that was not done for a while; cheap enough for every batch."""
        if self._work is not None and time.perf_counter() - self._since[0] > _EVERY_S:
            self._book()

    def hear_of(self, training: TrainingSummary) -> None:
        """Note what the account of training does not hold: earlier attempts, a card without a counter."""
        self._on_card = training.device.startswith("cuda")
        account, resumed = self._accounts.get(EnergyWork.TRAINING), training.resumed_from_epoch
        if account is not None and resumed is not None:
            account.remark = f"epochs up to {resumed}, of an earlier attempt, are not in it"

    def read(self) -> tuple[EnergyUse, ...]:
        """What each kind of work took, up to now."""
        self._book()
        return tuple(self._use(work, account) for work, account in self._accounts.items())

    def _book(self) -> None:
        """Book what was taken since the last time to the work under way."""
        now = (time.perf_counter(), _cpu_seconds())
        before, self._since = self._since, now
        joules = {counter.device: counter.advance() for counter in self._counters}
        if self._work is None:
            return
        account = self._accounts.setdefault(self._work, _Account())
        account.seconds += now[0] - before[0]
        account.cpu_seconds += now[1] - before[1]
        account.gb_seconds += (now[0] - before[0]) * _resident_gb()
        for name, amount in joules.items():
            account.joules[name] = account.joules.get(name, 0.0) + amount

    def _use(self, work: EnergyWork, account: _Account) -> EnergyUse:
        readings = [
            EnergyReading(device=name, kwh=joules / _JOULES_PER_KWH, measured=True, method=_COUNTED)
            for name, joules in account.joules.items()
        ]
        if PACKAGES not in account.joules:
            readings.append(self._processor(account))
        readings.append(_memory(account))
        remarks = [account.remark]
        if self._on_card and CARDS not in account.joules:
            remarks.append("no counter of a graphics card could be read, and its energy is not in it")
        return EnergyUse(
            work=work,
            readings=tuple(readings),
            seconds=account.seconds,
            cpu_seconds=account.cpu_seconds,
            remark="; ".join(remark for remark in remarks if remark),
        )

    def _processor(self, account: _Account) -> EnergyReading:
        watts = WATTS_PER_CORE if self._watts is None else self._watts
        source = _SOURCE if self._watts is None else "stated in the job"
        return EnergyReading(
            device="processor",
            kwh=account.cpu_seconds * watts / _JOULES_PER_KWH,
            measured=False,
            method=f"estimated: {account.cpu_seconds:.3g} s of a core at {watts:g} W ({source})",
        )


def _memory(account: _Account) -> EnergyReading:
    return EnergyReading(
        device="memory",
        kwh=account.gb_seconds * MEMORY_WATTS_PER_GB / _JOULES_PER_KWH,
        measured=False,
        method=f"estimated: largest resident memory at {MEMORY_WATTS_PER_GB:g} W per GB ({_SOURCE})",
    )


def _find_counters(*, cards: bool) -> list[Counter]:
    found: list[Counter | None] = [find_rapl(), find_nvml() if cards else None]
    return [counter for counter in found if counter is not None]


def _cpu_seconds() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _resident_gb() -> float:
    """Largest resident memory so far; the kernel counts kilobytes, that of macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)
