"""The door of this folder: from a file to the daily table of each person in it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur_health.wearable.apple_xml import read_apple
from testamur_health.wearable.archive import opened
from testamur_health.wearable.daily import COLUMNS, daily_table
from testamur_health.wearable.log import Log
from testamur_health.wearable.moments import Clock
from testamur_health.wearable.plain_csv import read_csv

ONLY_PERSON = "the person"
MOST_DAYS = 40_000
MOST_PEOPLE = 10_000


def read_daily(path: Path, options: ReadOptions) -> tuple[polars.DataFrame, list[str]]:
    """Read an export and return a row per person and day.

    Args:
        path: ``export.zip`` or ``export.xml`` of the Health app, a CSV file, or a zip archive of CSV files.
        options: ``zone`` is the zone of moments that carry none; encoding and separator are of CSV.

    Returns:
        Columns ``person``, ``day`` (a date) and those of `daily.COLUMNS`, sorted; and notes: what was
        left out and why, how overlaps were resolved.

    Raises:
        DataError: The file is no export, is damaged, or holds no usable record.
    """
    clock = Clock(options.zone)
    logs = _People()
    with opened(path) as streams:
        for name, stream in streams:
            if name.lower().endswith(".csv"):
                read_csv(stream, logs, clock, options, where=name)
            else:
                read_apple(stream, logs[ONLY_PERSON], clock, where=name)
    return _tables(logs, clock, path.name)


class _People(defaultdict[str, Log]):
    """A log for each person, made when the person is met first."""

    def __init__(self) -> None:
        super().__init__(Log)

    def __missing__(self, person: str) -> Log:
        if len(self) >= MOST_PEOPLE:
            message = f"at most {MOST_PEOPLE:,} people are read from one file, however: there are more"
            raise DataError("The health export cannot be read", [Problem("column 'person'", message)])
        return super().__missing__(person)


def _tables(logs: dict[str, Log], clock: Clock, where: str) -> tuple[polars.DataFrame, list[str]]:
    import polars as pl

    frames, notes = [], []
    refused = 0
    for number, person in enumerate(sorted(logs), start=1):
        log = logs[person]
        columns, axis, told = daily_table(log)
        refused += log.refusals.counts.total()
        about = f"person {number}: " if len(logs) > 1 else ""  # notes are shared: no name from a cell
        notes += [f"{about}{sentence}" for sentence in (*_counts(log), *told, *log.refusals.sentences())]
        if not 0 < axis.size <= MOST_DAYS:
            continue
        frames.append(
            pl.DataFrame(
                {
                    "person": pl.Series([person or ONLY_PERSON] * axis.size, dtype=pl.String),
                    "day": pl.Series(axis.astype(np.int32)).cast(pl.Date),
                    **{name: pl.Series(columns[name]).fill_nan(None) for name in COLUMNS},
                }
            )
        )
    if not frames:
        raise _nothing(where, notes)
    return pl.concat(frames), [*notes, *_clock_notes(clock)]


def _counts(log: Log) -> list[str]:
    n_sources = len(log.sources)
    return [
        f"{log.n_seen:,} records of {n_sources} {'devices or apps' if n_sources != 1 else 'device or app'}; "
        f"{log.n_other:,} of them of kinds that are not used"
    ]


def _clock_notes(clock: Clock) -> list[str]:
    notes = []
    if clock.n_ambiguous:
        notes.append(
            f"{clock.n_ambiguous:,} moments lie in the hour that the clock runs through twice in autumn; "
            "the first pass is taken"
        )
    if clock.n_skipped:
        notes.append(
            f"{clock.n_skipped:,} moments lie in the hour that the clock leaves out in spring; they are "
            "taken as one hour later"
        )
    return notes


def _nothing(where: str, notes: list[str]) -> DataError:
    without_zone = any("without a time zone" in note for note in notes)
    problems = [
        Problem(
            where,
            "records of heart rate, steps, sleep or the like are required, however: none can be used",
            "state their zone: zone = 'Europe/Berlin' in the job's [dataset]" if without_zone else "",
        )
    ]
    problems += [Problem(where, note) for note in notes]
    return DataError("The health export cannot be used", problems)
