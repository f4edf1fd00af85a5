"""A GPU, or a part of a divided one, as the platform leases it."""

from __future__ import annotations

from testamur.contracts.record import Record

NEARLY_ALL = 0.9  # share of a device's memory that is free when nobody else uses it; the driver keeps some


class Device(Record):
    """A device as it was found at one moment."""

    id: str  # the driver's UUID: the same on every start of the machine, and unlike any other's
    name: str = ""
    total_mib: int
    free_mib: int

    def has_room(self, needed_mib: int | None) -> bool:
        """True when so much memory is free; None asks for nearly all of it."""
        return self.free_mib >= (self.total_mib * NEARLY_ALL if needed_mib is None else needed_mib)
