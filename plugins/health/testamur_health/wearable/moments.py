"""Reads moments: always with a zone, of their own or stated for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from testamur.contracts.errors import DataError, Problem

EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100, seconds since 1970 UTC
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?\Z")
_OFFSET = re.compile(r" ?(?:(Z|UTC)|([+-])(\d\d):?([0-5]\d))\Z")
_EPOCH = date(1970, 1, 1).toordinal()


class _Days(dict[str, int]):
    """Seconds since 1970 at 00:00 UTC of a date ``2024-03-01``, remembered."""

    def __missing__(self, text: str) -> int:
        self[text] = found = (date.fromisoformat(text).toordinal() - _EPOCH) * 86400
        return found


class _Clocks(dict[str, int]):
    """Seconds since midnight of ``07:15:30``, remembered."""

    def __missing__(self, text: str) -> int:
        found = _CLOCK.match(text)
        if found is None:
            raise ValueError("a time of day is required")
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        self[text] = value = hours * 3600 + minutes * 60 + seconds
        return value


class _Offsets(dict[str, int]):
    """Seconds east of UTC of `` +0100``, remembered."""

    def __missing__(self, text: str) -> int:
        found = _OFFSET.match(text)
        if found is None:
            raise ValueError("an offset from UTC is required")
        _, sign, hours, minutes = found.groups()
        value = int(hours or 0) * 3600 + int(minutes or 0) * 60
        if value > 15 * 3600:
            raise ValueError("an offset of at most 15 hours is required")
        self[text] = value = -value if sign == "-" else value
        return value


class Clock:
    """Turns text into moments.

    Args:
        zone: IANA name of the zone of moments that carry none, or None: such moments are refused.

    Raises:
        DataError: The zone is not known.
    """

    def __init__(self, zone: str | None = None) -> None:
        self._days, self._clocks, self._offsets = _Days(), _Clocks(), _Offsets()
        self._zone = _zone_of(zone)
        self.n_ambiguous = 0  # local moments in the hour that the clock runs through twice
        self.n_skipped = 0  # local moments in the hour that the clock leaves out

    def pieces(self) -> tuple[Callable[[str], int], Callable[[str], int], Callable[[str], int]]:
        """Functions that read a date, a time of day and an offset, each as seconds; see `apple`."""
        return self._days.__getitem__, self._clocks.__getitem__, self._offsets.__getitem__

    def apple(self, text: str) -> tuple[int, int]:
        """Seconds since 1970 UTC, and seconds east of UTC, of ``2024-03-01 07:15:30 +0100``.

        Raises:
            ValueError: The text has another form.
            NoZone: The moment carries no zone.
        """
        if len(text) < 20:
            return self.read(text)
        offset = self._offsets[text[19:]]
        return self._days[text[:10]] + self._clocks[text[11:19]] - offset, offset

    def read(self, text: str) -> tuple[int, int]:
        """The same for any ISO 8601 form; a moment without zone is taken in the stated one.

        Raises:
            ValueError: The text is no moment.
            NoZone: It carries no zone, and none is stated.
        """
        day, rest = text[:10], text[11:]
        cut = next((i for i, mark in enumerate(rest) if mark in "+-Z U"), len(rest))
        local = self._days[day] + self._clocks[rest[:cut] or "00:00"]
        if rest[cut:]:
            offset = self._offsets[rest[cut:]]
            return local - offset, offset
        if self._zone is None:
            raise NoZone
        return self._in_zone(local)

    def _in_zone(self, local: int) -> tuple[int, int]:
        assert self._zone is not None
        naive = datetime(1970, 1, 1) + timedelta(seconds=local)
        early = naive.replace(tzinfo=self._zone)
        offset = early.utcoffset() or timedelta()
        later = early.replace(fold=1).utcoffset()
        if later != offset:
            back = early.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None)
            self.n_skipped += back != naive
            self.n_ambiguous += back == naive
        seconds = int(offset.total_seconds())
        return local - seconds, seconds


class NoZone(ValueError):
    """A moment without a zone, where none is stated for all."""

    def __init__(self) -> None:
        super().__init__("a moment with its zone is required")


def _zone_of(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    problem = Problem(
        "dataset.zone", "the name of a time zone is required", "such as 'Europe/Berlin' or 'UTC'"
    )
    raise DataError("The moments cannot be read", [problem])
