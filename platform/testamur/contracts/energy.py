"""What a stretch of work took in energy, and whether that was measured or estimated."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from testamur.contracts.record import Record


class EnergyWork(StrEnum):
    """Whose energy it is."""

    TRAINING = "training"
    AUDIT = "audit"


class EnergyReading(Record):
    """Energy of one device over a stretch of work."""

    device: str  # in words: "processor packages (RAPL)", "graphics card 0 (NVML)", "processor"
    kwh: float = Field(ge=0)
    measured: bool  # read from a counter of the hardware; False: estimated, `method` says from what
    method: str  # how it was made, with the source of every assumed number


class EnergyUse(Record):
    """What a stretch of work took.

    A counter of the hardware counts everything that ran on the device, other processes too.
    """

    work: EnergyWork
    readings: tuple[EnergyReading, ...]
    seconds: float = Field(ge=0)  # by the clock
    cpu_seconds: float = Field(ge=0)  # of this process and of the children that have ended
    remark: str = ""  # what is not in it, such as earlier attempts

    @property
    def kwh(self) -> float:
        """Of all devices together."""
        return sum(reading.kwh for reading in self.readings)

    @property
    def measured(self) -> bool:
        """True when no part of it is an estimate."""
        return bool(self.readings) and all(reading.measured for reading in self.readings)
