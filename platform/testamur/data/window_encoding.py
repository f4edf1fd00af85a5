"""New series through the door: the windows that a trained model is asked about, encoded as in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, Role, Source, WindowRule
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.table import RowsPart
from testamur.data import wording
from testamur.data.column_types import type_column
from testamur.data.series import Series, lay_out
from testamur.data.window_log import Log, read_log
from testamur.data.window_parts import entity_of_rows, window_rows

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class NewWindows:
    """What a model is asked about.

    Attributes:
        part: One row per window. A forecast: one per series, its origin after the last known value.
        names: (n,) the series of each window.
        entities: Names in the order of `RowsPart.entity`; empty where no entity is declared.
        notes: What was noticed.
    """

    part: RowsPart
    names: tuple[str, ...]
    entities: tuple[str, ...]
    notes: tuple[str, ...]


def encode_windows(encoder: Mapping[str, Any], frame: pl.DataFrame) -> NewWindows:
    """Cut and encode the windows of new rows by the description that training left behind.

    A forecast gets one window per series, which ends with its last known value; rows after it may state
    channels that are known ahead. A classification gets a window every `test_stride` (else `stride`)
    steps. A series shorter than a window is left out with a note.

    Args:
        encoder: `RowsTable.encoder` of a table of windows, or the same read back from JSON.
        frame: Long rows as read: entity, time, channels, features; the target may be absent of a
            classification.

    Raises:
        DataError: Columns are absent or of another type, dates are irregular, or no series is long enough.
    """
    described = encoder["windows"]
    problem = Problem.parse(described["problem"])
    rule = WindowRule.parse(described["rule"])
    columns = [ColumnSpec.parse(column) for column in described["columns"]]
    ready = _converted(frame, columns, problem, bool(encoder["target"]["classes"]))
    series, faults, notes = lay_out(ready, columns, problem.kind, rule)
    if series is None:
        raise DataError("The series cannot be read", faults)
    faults = _other_step(series, described["grid"])
    if faults:
        raise DataError("The series cannot be read", faults)
    spec = DatasetSpec(
        key="new.series", title="new", problem=problem, columns=tuple(columns), source=Source(title="new"),
        resource="new:series", windows=rule,
    )  # fmt: skip
    log = read_log(ready, series, spec, encoder["target"]["classes"])
    stop = _last(log, rule) if problem.horizon is not None else _every(series, rule)
    if not stop.size:
        longest = int(np.diff(series.first).max())
        message = f"series of at least {rule.length} steps are required, however: the longest has {longest:,}"
        raise DataError("The series cannot be read", [Fault("the rows", message)])
    used = np.unique(series.number[stop - 1]).size
    if used < series.n_series:
        left = series.n_series - used
        notes.append(f"{wording.counted(left, 'series', 'series')} shorter than {rule.length} steps left out")
    rows = series.row[stop - 1]
    part = window_rows(encoder, ready[rows], log, stop)
    codes, entities = entity_of_rows(ready, spec)
    part = replace(part, row=rows, entity=None if codes is None else codes[rows])
    names = tuple(series.names[i] for i in series.number[stop - 1])
    return NewWindows(part, names, entities, tuple(notes))


def _converted(
    frame: pl.DataFrame, columns: list[ColumnSpec], problem: Problem, classes: bool
) -> pl.DataFrame:
    """The frame with the columns that place a window in their kinds; the others are left as they are."""
    faults: list[Fault] = []
    for column in columns:
        if column.name not in frame.columns:
            if column.role is Role.TARGET and classes:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(column.name))
            else:
                message = "the column is required, however: the rows have none of that name"
                faults.append(Fault(wording.column(column.name), message))
            continue
        typed = type_column(frame.get_column(column.name), column.kind)
        faults += typed.problems
        frame = frame.with_columns(typed.series.alias(column.name))
    if faults:
        raise DataError("The series cannot be read", faults)
    return frame


def _other_step(series: Series, grid: Mapping[str, Any]) -> list[Fault]:
    if (series.grid.kind, series.grid.step) == (grid["kind"], grid["step"]):
        return []
    trained = type(series.grid)(grid["kind"], grid["step"]).words
    message = f"steps of a {trained} are required, as in training, however: they are of a {series.grid.words}"
    return [Fault("the rows", message, "resample them")]


def _last(log: Log, rule: WindowRule) -> Int64:
    """(n,) where the future of each series begins: one past its last known value."""
    known = np.flatnonzero(~np.isnan(log.target))
    number = log.series.number[known]
    stop = known[np.diff(number, append=-1) != 0] + 1
    return np.asarray(stop[stop - rule.length >= log.series.first[log.series.number[stop - 1]]])


def _every(series: Series, rule: WindowRule) -> Int64:
    """(n,) ends of the windows of a classification."""
    last = np.arange(series.row.size, dtype=np.int64)
    inside = last - rule.length + 1 - series.first[series.number]
    stride = rule.test_stride or rule.stride
    return np.asarray(last[(inside >= 0) & (inside % stride == 0) & (series.row >= 0)] + 1)
