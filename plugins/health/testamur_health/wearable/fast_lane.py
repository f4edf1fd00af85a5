"""A fast lane for the records that an export consists of almost alone; everything else goes to expat.

The Health app writes one record like the other: the same attributes in the same order, in double quotes.
Such a record is recognised by one regular expression whose every part excludes the character that ends
it, so that matching is linear; what it does not match in full is left in place for the XML parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from testamur_health.wearable.kinds import APPLE, SLEEP, SPO2, Kind
from testamur_health.wearable.log import Log
from testamur_health.wearable.moments import Clock

RECORD = re.compile(
    rb'\s*<Record type="(\w+)" sourceName="([^"<&]*+)"(?: sourceVersion="[^"<]*+")?(?: device="[^"<]*+")?'
    rb'(?: unit="([^"<&]*+)")?(?: creationDate="[^"<]*+")? startDate="([^"<&]*+)" endDate="([^"<&]*+)"'
    rb'(?: value="([^"<&]*+)")?(?:/>|>\s*(?:<MetadataEntry key="[^"<]*+" value="[^"<]*+"/>\s*)*</Record>)'
)
_NAMES = ("type", "sourceName", "unit", "startDate", "endDate", "value")
Groups = tuple[bytes, ...]


class _Seconds(dict[bytes, int]):
    """Seconds of a piece of a moment, remembered; what is met first is read by `read`."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: bytes) -> int:
        self[text] = found = self._read(text.decode())
        return found


def fast_taker(
    log: Log, clock: Clock, slowly: Callable[[str, dict[str, str]], None]
) -> Callable[[Groups], None]:
    """The function that takes the groups of one match of `RECORD`.

    Args:
        log: Takes the record.
        clock: Reads what is met for the first time.
        slowly: Takes the attributes of a record that is out of the ordinary, and counts what is wrong.
    """
    days, clocks, offsets = (_Seconds(read) for read in clock.pieces())
    slots = {
        (name.encode(), unit.encode()): (kind, factor)
        for name, kind in APPLE.items()
        for unit, factor in kind.units.items()
        if kind not in (SLEEP, SPO2)
    }
    slots |= {(name, other): slot for (name, unit), slot in list(slots.items()) for other in _spellings(unit)}
    add: Callable[[Kind, int, int, int, float, str, int], None] = log.add
    names: dict[bytes, str] = {}
    known = {name.encode() for name in APPLE}

    def take(groups: Groups) -> None:
        kind_name, source, unit, start, end, value = groups
        slot = slots.get((kind_name, unit))
        if slot is None:
            if kind_name not in known:
                log.n_seen += 1
                log.n_other += 1
                return
            slowly("Record", _attributes(groups))
            return
        kind, factor = slot
        try:
            offset = offsets[start[19:]]
            begin = days[start[:10]] + clocks[start[11:19]] - offset
            if kind.spans and end != start:
                stop = days[end[:10]] + clocks[end[11:19]] - offsets[end[19:]]
            else:
                stop = begin
            number = float(value) * factor
            name = names.get(source)
            if name is None:
                name = names[source] = source.decode()
        except ValueError:
            slowly("Record", _attributes(groups))
            return
        log.n_seen += 1
        add(kind, begin, stop, offset, number, name, log.n_seen)

    return take


def _attributes(groups: Groups) -> dict[str, str]:
    """The attributes as the XML parser would hand them over."""
    return {
        name: text.decode("utf-8", "replace")
        for name, text in zip(_NAMES, groups, strict=True)
        if text is not None
    }


def _spellings(unit: bytes) -> list[bytes]:
    """Forms of a unit as the app writes it (mg/dL, mmol<...>/L), beside the lower-case one."""
    text = unit.decode()
    return [text.replace("/dl", "/dL").replace("/l", "/L").encode()]
