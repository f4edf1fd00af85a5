"""Reads plain CSV of heart rate, steps, sleep and the like into the logs of persons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur_health.wearable.kinds import BY_NAME, SLEEP, STAGES, USUAL_UNIT, Kind
from testamur_health.wearable.log import Log
from testamur_health.wearable.moments import Clock, NoZone

LONGEST_CELL = 10_000
LONGEST_LINE = 1 << 20  # characters; a file without line ends is not read into memory as one
START = ("start", "time", "timestamp", "datetime", "date_time", "startdate", "start_time")
END = ("end", "enddate", "end_time")
OTHER_NAMES = {
    "hr": "heart_rate", "bpm": "heart_rate", "heartrate": "heart_rate", "resting_heart_rate": "resting_hr",
    "step_count": "steps", "stepcount": "steps", "step": "steps", "stage": "sleep", "sleep_stage": "sleep",
    "oxygen": "spo2", "body_mass": "weight", "blood_glucose": "glucose", "hrv_ms": "hrv",
    "weight_kg": "weight|kg", "weight_lb": "weight|lb", "glucose_mg_dl": "glucose|mg/dl",
    "glucose_mmol_l": "glucose|mmol/l",
}  # fmt: skip
STAGE_CODE = {name: code for code, name in enumerate(STAGES)} | {"light": 3, "inbed": 0, "wake": 2}


def read_csv(
    stream: BinaryIO, logs: Mapping[str, Log], clock: Clock, options: ReadOptions, *, where: str
) -> None:
    """Read the rows of a CSV file.

    Two forms are read: a column per kind (``time, heart_rate, steps``; sleep has ``start, end, stage``),
    or one record per row (``kind, start, end, value, unit``). ``source``, ``person`` and ``unit`` may
    stand beside either.

    Args:
        stream: Bytes of the file.
        logs: One log per person; a mapping that makes what it lacks.
        clock: Reads the moments.
        options: Encoding and separator, where stated.
        where: Name of the file, for messages.

    Raises:
        DataError: No column with moments or values is there, or a column needs a unit and has none.
    """
    text = io.TextIOWrapper(_Raw(stream), encoding=options.encoding or "utf-8-sig", newline="")
    try:
        lines = _lines(text, where)
        head = next(lines, "")
        separator = options.separator or max(",;\t|", key=head.count)
        names = [
            name.strip().lower().replace(" ", "_")
            for name in next(csv.reader([head], delimiter=separator), [])
        ]
        layout = _Layout(names, where)
        for number, row in enumerate(csv.reader(lines, delimiter=separator), start=1):
            if row:
                layout.take(row, number, logs, clock)
    except UnicodeDecodeError:
        problem = Problem(where, "UTF-8 is required, however: it is another encoding", "state its encoding")
        raise DataError("The records cannot be read", [problem]) from None
    except csv.Error as error:
        problem = Problem(where, f"well-formed CSV is required, however: {error}")
        raise DataError("The records cannot be read", [problem]) from None


def _lines(text: io.TextIOWrapper, where: str) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            message = f"lines of at most {LONGEST_LINE:,} characters are required, however: one is longer"
            raise DataError("The records cannot be read", [Problem(where, message)])
        yield line


class _Raw(io.RawIOBase):
    """Lets a stream that only reads be wrapped for text."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base takes any buffer
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


class _Layout:
    """Where in a row what stands."""

    def __init__(self, names: list[str], where: str) -> None:
        self._place = {name: i for i, name in enumerate(names)}
        self._start = next((self._place[n] for n in START if n in self._place), None)
        self._end = next((self._place[n] for n in END if n in self._place), None)
        self._kinds = [] if "kind" in self._place else [pair for n in names if (pair := self._kind(n))]
        faults = list(self._faults(where))
        if faults:
            raise DataError("The records cannot be read", faults)

    def _kind(self, name: str) -> tuple[int, Kind, str | None] | None:
        known, _, unit = OTHER_NAMES.get(name, name).partition("|")
        kind = BY_NAME.get(known)
        return None if kind is None else (self._place[name], kind, unit or USUAL_UNIT.get(known))

    def _faults(self, where: str) -> list[Problem]:
        found = []
        if self._start is None:
            found.append(Problem(where, "a column with moments is required", f"one of {', '.join(START)}"))
        if not self._kinds and not {"kind", "value"} <= self._place.keys():
            known = ", ".join(BY_NAME)
            remedy = f"columns named {known}; or kind, start, end, value, unit"
            found.append(Problem(where, "a column with values is required", remedy))
        for _, kind, unit in self._kinds:
            if unit is None and "unit" not in self._place:
                units = ", ".join(kind.units)
                found.append(
                    Problem(where, f"{kind.label} needs its unit", f"add a column unit with one of {units}")
                )
        if self._end is None and any(kind.spans and kind is SLEEP for _, kind, _ in self._kinds):
            found.append(Problem(where, "sleep needs a column with its end", f"one of {', '.join(END)}"))
        return found

    def take(self, row: list[str], number: int, logs: Mapping[str, Log], clock: Clock) -> None:
        """Add what one row says to its person's log."""
        log = logs[self._cell(row, "person")]
        source, unit = self._cell(row, "source"), self._cell(row, "unit").lower()
        if self._kinds:
            for place, kind, usual in self._kinds:
                if place < len(row) and row[place].strip():
                    self._add(log, kind, row, row[place].strip(), unit or usual, source, number, clock)
            return
        kind = BY_NAME.get(OTHER_NAMES.get(name := self._cell(row, "kind").lower(), name))
        log.n_seen += 1
        if kind is None:
            log.n_other += 1
            return
        usual = unit or USUAL_UNIT.get(kind.name)
        self._add(log, kind, row, self._cell(row, "value"), usual, source, number, clock)

    def _add(
        self,
        log: Log,
        kind: Kind,
        row: list[str],
        text: str,
        unit: str | None,
        source: str,
        number: int,
        clock: Clock,
    ) -> None:
        log.n_seen += bool(self._kinds)
        refuse = log.refusals.add
        if unit is None or (unit not in kind.units and kind is not SLEEP):
            refuse(kind.label, "of a unit or stage that is not known", number)
            return
        try:
            begin, offset = clock.read(row[self._start or 0].strip())
            last = row[self._end].strip() if self._end is not None and self._end < len(row) else ""
            end = clock.read(last)[0] if kind.spans and last else begin
            value = float(STAGE_CODE[text.lower()]) if kind is SLEEP else float(text) * kind.units[unit]
        except NoZone:
            refuse(kind.label, "without a time zone, and none is stated", number)
        except KeyError:
            refuse(kind.label, "of a unit or stage that is not known", number)
        except (ValueError, IndexError):
            refuse(kind.label, "with a moment or a number that cannot be read", number)
        else:
            log.add(kind, begin, end, offset, value, source, number)

    def _cell(self, row: list[str], name: str) -> str:
        place = self._place.get(name)
        return row[place].strip()[:LONGEST_CELL] if place is not None and place < len(row) else ""
