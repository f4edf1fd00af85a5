"""Holds the records of one person in columns of a few bytes, so that millions of them fit."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

from testamur_health.wearable.kinds import HEART_RATE, Kind
from testamur_health.wearable.moments import EARLIEST, LATEST
from testamur_health.wearable.refusals import Refusals

MOST_SOURCES = 60_000
BLOCK_S = 32 * 86400  # heart rate is kept in blocks of 32 local days: nine records in ten are of it
LONGEST_S = 48 * 3600  # of one record; none lasts longer


@dataclass(slots=True)
class Column:
    """The accepted records of one kind: 16 bytes each."""

    start: array[int] = field(default_factory=lambda: array("I"))  # seconds since 1970 UTC
    length: array[int] = field(default_factory=lambda: array("I"))  # seconds
    value: array[float] = field(default_factory=lambda: array("f"))
    source: array[int] = field(default_factory=lambda: array("H"))
    offset: array[int] = field(default_factory=lambda: array("h"))  # minutes east of UTC

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Records of one kind as arrays, each (n,).

    Attributes:
        start: Seconds since 1970 UTC, int64.
        end: The same; equal to `start` for a reading at a moment.
        value: In the kind's own unit, float64.
        source: Number of the device or app.
        day: Local day, in days since 1970, on which it starts.
        local: Seconds since 1970 by the local clock at its start.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float64]
    source: NDArray[np.int64]
    day: NDArray[np.int64]
    local: NDArray[np.int64]

    def at(self, chosen: NDArray[Any]) -> Readings:
        """The chosen records."""
        return Readings(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(slots=True)
class Log:
    """Everything that was read of one person."""

    refusals: Refusals = field(default_factory=Refusals)
    columns: dict[tuple[str, int], Column] = field(default_factory=dict)  # by kind and block
    sources: dict[str, int] = field(default_factory=dict)
    n_seen: int = 0  # records met, of every kind
    n_other: int = 0  # records of kinds that are not read

    def add(
        self, kind: Kind, start: int, end: int, offset: int, value: float, source: str, where: int
    ) -> None:
        """Keep one record, or count why not.

        Args:
            kind: Of which kind it is.
            start: Seconds since 1970 UTC.
            end: The same.
            offset: Seconds east of UTC at its start.
            value: In the kind's own unit.
            source: Device or app.
            where: Its number in the file, from 1.
        """
        if not kind.low <= value <= kind.high:
            reason = "below zero" if value < 0 else f"outside {kind.low:g} to {kind.high:g}"
            self.refusals.add(kind.label, reason if value == value else "not a number", where)
            return
        if not EARLIEST <= start < LATEST:
            self.refusals.add(kind.label, "not between 1990 and 2100", where)
            return
        if not 0 <= end - start <= LONGEST_S:
            self.refusals.add(kind.label, "ends before it starts, or lasts more than 48 hours", where)
            return
        key = kind.name, (start + offset) // BLOCK_S if kind is HEART_RATE else 0
        column = self.columns.get(key)
        if column is None:
            column = self.columns[key] = Column()
        column.start.append(start)
        column.length.append(end - start)
        column.value.append(value)
        column.source.append(self.sources.setdefault(source, len(self.sources)) % MOST_SOURCES)
        column.offset.append(offset // 60)

    def take(self, kind: Kind) -> Readings:
        """The records of a kind without exact repetitions, by start; their memory is given back."""
        return next(self.blocks(kind), _readings(Column())[0])

    def blocks(self, kind: Kind) -> Iterator[Readings]:
        """The same in blocks, no local day in two of them; the memory of each is given back in turn."""
        for key in sorted(key for key in self.columns if key[0] == kind.name):
            readings, n_same = _readings(self.columns.pop(key))
            if n_same:
                self.refusals.add(kind.label, "an exact repetition of another", 0, n_same)
            yield readings


def _readings(column: Column) -> tuple[Readings, int]:
    """Sorted arrays of a column, and the number of exact repetitions that were left out."""
    start = np.array(column.start, dtype=np.uint32)
    length = np.array(column.length, dtype=np.uint32)
    value = np.array(column.value, dtype=np.float32)
    source = np.array(column.source, dtype=np.uint16)
    order = np.lexsort((source, value, length, start))
    start, length, value, source = start[order], length[order], value[order], source[order]
    same = np.zeros(start.size, dtype=np.bool_)
    same[1:] = np.logical_and.reduce([a[1:] == a[:-1] for a in (start, length, value, source)])
    keep = ~same
    first = start[keep].astype(np.int64)
    local = first + 60 * np.array(column.offset, dtype=np.int64)[order][keep]
    readings = Readings(
        start=first,
        end=first + length[keep],
        value=value[keep].astype(np.float64),
        source=source[keep].astype(np.int64),
        day=local // 86400,
        local=local,
    )
    return readings, int(same.sum())
