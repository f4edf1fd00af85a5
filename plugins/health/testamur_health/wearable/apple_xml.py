"""Streams an Apple Health ``export.xml`` through expat into a log.

The export opens with a document type that some versions of iOS write with faults. It declares elements
and attributes only, and nothing in it is needed: it is looked through for entities and external
references, which are refused, and cut out before the parser sees it. The parser refuses both again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

from testamur.contracts.errors import DataError, Problem
from testamur_health.wearable.fast_lane import RECORD, Groups, fast_taker
from testamur_health.wearable.kinds import APPLE, APPLE_STAGES, SLEEP, SPO2
from testamur_health.wearable.log import Log
from testamur_health.wearable.moments import Clock, NoZone

CHUNK_BYTES = 1 << 20
LARGEST_PROLOG = 1 << 20
LARGEST_TOKEN = 8 << 20  # bytes of one tag; Apple's have a few hundred
REFUSED_IN_DTD = (b"<!ENTITY", b"SYSTEM", b"PUBLIC", b"<!NOTATION")


def read_apple(stream: BinaryIO, log: Log, clock: Clock, *, where: str) -> None:
    """Read every record of an export into `log`.

    Args:
        stream: Bytes of ``export.xml``.
        log: Takes the records.
        clock: Reads the moments.
        where: Name of the file, for messages.

    Raises:
        DataError: It is no such export, is cut short, or declares entities or external references.
    """
    record = _handler(log, clock)
    parser = _parser(record, where)
    feeder = _Feeder(parser, fast_taker(log, clock, record), where)
    n_read = 0
    try:
        chunk = without_doctype(stream.read(LARGEST_PROLOG), where)
        while chunk:
            n_read += len(chunk)
            feeder.feed(chunk)
            chunk = stream.read(CHUNK_BYTES)
        feeder.finish()
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        short = what in ("no element found", "unclosed token")
        raise _refused(
            where,
            "a whole XML document is required, however: "
            + ("it ends too early" if short else f"{what}, near byte {n_read:,}"),
            "export it again from the Health app",
        ) from None


class _Feeder:
    """Takes the bytes in turn: plain records go by the fast lane, everything else to the parser."""

    def __init__(self, parser: expat.XMLParserType, take: Callable[[Groups], None], where: str) -> None:
        self._parser, self._take, self._where = parser, take, where
        self._fed, self._rest = 0, b""

    def feed(self, chunk: bytes) -> None:
        """Take all of `chunk` but its last record, which may go on in the next one."""
        chunk = self._rest + chunk
        cut = chunk.rfind(b"<Record ")
        if cut < 0 or len(chunk) - cut > LARGEST_TOKEN:
            cut = len(chunk)
        place = 0
        for found in RECORD.finditer(chunk, 0, cut):
            if found.start() > place:
                self._parse(chunk[place : found.start()])
            place = found.end()
            self._take(found.groups())
        self._parse(chunk[place:cut])
        self._rest = chunk[cut:]

    def finish(self) -> None:
        """Take what is left, and close the document."""
        self._parse(self._rest)
        self._parser.Parse(b"", True)

    def _parse(self, content: bytes) -> None:
        self._parser.Parse(content, False)
        self._fed += len(content)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LARGEST_TOKEN:
            raise _refused(self._where, f"tags of at most {LARGEST_TOKEN:,} bytes are required")


def without_doctype(head: bytes, where: str) -> bytes:
    """The beginning of a document without its document type.

    Raises:
        DataError: The document type declares entities, or refers to something outside.
    """
    begin = head.find(b"<!DOCTYPE")
    root = head.find(b"<HealthData")
    if begin < 0 or (0 <= root < begin):
        return head
    inner = head.find(b"[", begin)
    plain = head.find(b">", begin)
    if inner < 0 or (0 <= plain < inner):
        end = plain
        stop = end + 1
    else:
        end = head.find(b"]>", inner)
        stop = end + 2
    if end < 0:
        raise _refused(where, f"a document type of at most {LARGEST_PROLOG:,} bytes is required")
    declared = head[begin:stop]
    for mark in REFUSED_IN_DTD:
        if mark in declared.upper() and not (mark.isalpha() and _in_comment(declared, mark)):
            raise _refused(
                where,
                "a document type without entities and external references is required, however: "
                f"it holds {mark.decode().strip('<!')}",
                "an export of the Health app has none; do not open this file elsewhere either",
            )
    n_lines = declared.count(b"\n")
    return head[:begin] + b"\n" * n_lines + head[stop:]


def _in_comment(declared: bytes, word: bytes) -> bool:
    """True when a word stands in comments only."""
    rest = declared
    while (opened := rest.find(b"<!--")) >= 0:
        closed = rest.find(b"-->", opened)
        rest = rest[:opened] + (rest[closed + 3 :] if closed >= 0 else b"")
    return word not in rest.upper()


def _parser(record: Callable[[str, dict[str, str]], None], where: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    seen_root = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen_root
        if name != "HealthData":
            raise _refused(where, "the root HealthData is required, however: it is another document")
        seen_root = True
        parser.StartElementHandler = record

    def entity(*_declared: object) -> None:
        raise _refused(where, "a document without entities is required, however: it declares one")

    def external(*_named: object) -> int:
        raise _refused(where, "a document by itself is required, however: it refers to another")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = external
    return parser


def _handler(log: Log, clock: Clock) -> Callable[[str, dict[str, str]], None]:
    """The function that expat calls at every tag; everything it needs is a local name, for speed."""
    kinds, add, moment, refuse = APPLE, log.add, clock.apple, log.refusals.add

    def record(name: str, attributes: dict[str, str]) -> None:
        if name != "Record":
            return
        log.n_seen += 1
        kind = kinds.get(attributes.get("type", ""))
        if kind is None:
            log.n_other += 1
            return
        where = log.n_seen
        try:
            begin, offset = moment(attributes["startDate"])
            end = moment(attributes["endDate"])[0] if kind.spans else begin
            if kind is SLEEP:
                value = float(APPLE_STAGES[attributes["value"]])
            else:
                value = float(attributes["value"]) * kind.units[attributes["unit"].lower()]
                if kind is SPO2 and value <= 1:
                    value *= 100  # the export writes 0.97 with the unit %
        except NoZone:
            refuse(kind.label, "without a time zone, and none is stated", where)
        except KeyError as error:
            refuse(kind.label, _lacking(error, attributes), where)
        except ValueError:
            refuse(kind.label, "with a moment or a number that cannot be read", where)
        else:
            add(kind, begin, end, offset, value, attributes.get("sourceName", ""), where)

    return record


def _lacking(error: KeyError, attributes: dict[str, str]) -> str:
    name = str(error.args[0])
    if name in ("startDate", "endDate", "value", "unit") and name not in attributes:
        return f"without {name}"
    return "of a unit or stage that is not known"


def _refused(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The health export cannot be read", [Problem(where, message, remedy)])
