"""Long rows laid out as series: one log, ordered by series and time, with a step for every gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec, ProblemKind, Role, StepKind, WindowRule
from testamur.contracts.errors import Problem as Fault
from testamur.data import wording
from testamur.data.column_types import as_text
from testamur.data.encode import as_numbers
from testamur.data.grid import Grid, find_grid, is_whole

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

MOST_GAPS = 20  # steps for each row, beyond a million of them, before dates are called irregular
_FREE_STEPS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """All series of a source, one after the other: T steps.

    Attributes:
        grid: The step.
        row: (T,) position of each step's row in the frame, -1 where the step is a gap.
        number: (T,) which series a step belongs to, from 0.
        time: (T,) seconds since 1970 UTC; the position in the series where there is no time column.
        first: (n_series + 1,) where each series begins; the last entry is T.
        names: Names of the series, in the order of their numbers; one empty name where there is one series.
    """

    grid: Grid
    row: Int64
    number: Int64
    time: Float64
    first: Int64
    names: tuple[str, ...]

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return len(self.names)

    @property
    def n_gaps(self) -> int:
        """Steps without a row."""
        return int((self.row < 0).sum())

    def values(self, column: pl.Series) -> Float64:
        """(T,) numbers of a column of the frame, NaN where a step is a gap."""
        numbers = np.append(as_numbers(column), np.nan)  # a gap's row is -1: the NaN at the end
        return numbers[self.row]


def is_windowed(kind: ProblemKind | None, windows: WindowRule | None) -> bool:
    """Whether examples are windows of series, not single rows."""
    return kind is ProblemKind.FORECAST or windows is not None


def lay_out(
    frame: pl.DataFrame, columns: Sequence[ColumnSpec], kind: ProblemKind, rule: WindowRule
) -> tuple[Series | None, list[Fault], list[str]]:
    """Order the rows of a frame by series and time and find the steps between them.

    Args:
        frame: Converted rows.
        columns: Their declarations.
        kind: What is predicted.
        rule: How windows are cut.

    Returns:
        The series, or None where there are faults; the faults; notes.
    """
    by_role = {column.role: column for column in columns}
    steps = rule.steps or (StepKind.TIME if kind is ProblemKind.FORECAST else StepKind.ROWS)
    key = rule.within or (by_role[Role.ENTITY].name if Role.ENTITY in by_role else "")
    faults = _absent(frame, by_role, steps, rule)
    if faults:
        return None, faults, []
    time = _moments(frame, by_role.get(Role.TIME))
    faults = _unknown_places(frame, key, time, by_role.get(Role.TIME))
    if faults:
        return None, faults, []
    codes, names = _codes(frame, key)
    order = _in_order(codes, time)
    return _stepped(codes[order], time[order], order, names, steps, by_role.get(Role.TIME))


def _absent(
    frame: pl.DataFrame, by_role: dict[Role, ColumnSpec], steps: StepKind, rule: WindowRule
) -> list[Fault]:
    faults = []
    if steps is StepKind.TIME and Role.TIME not in by_role:
        message = "steps in time need a column with the role time, however: none is named"
        faults.append(
            Fault("dataset.time", message, "time = '...' names it; windows.steps = 'rows' needs none")
        )
    if rule.within and rule.within not in frame.columns:
        message = f"a column of the data is required, however: there is no '{wording.shown(rule.within)}'"
        faults.append(Fault("dataset.windows.within", message))
    for name in (*rule.channels, *rule.known_ahead):
        where = wording.column(name)
        if name not in frame.columns:
            message = f"a column of the data is required, however: there is no '{wording.shown(name)}'"
            faults.append(Fault("dataset.windows.channels", message))
        elif not (frame.get_column(name).dtype.is_numeric() or frame.get_column(name).dtype == pl.Boolean):
            faults.append(Fault(where, "numbers are required of a channel, however: the column holds none"))
    return faults


def _moments(frame: pl.DataFrame, column: ColumnSpec | None) -> Float64:
    """(n,) seconds, or the place in the file where there is no time column."""
    if column is None:
        return np.arange(frame.height, dtype=np.float64)
    return as_numbers(frame.get_column(column.name))


def _unknown_places(frame: pl.DataFrame, key: str, time: Float64, column: ColumnSpec | None) -> list[Fault]:
    """Rows that cannot be placed: without a moment, or without a series."""
    faults = []
    n_timeless = int(np.isnan(time).sum())
    if n_timeless and column is not None:
        message = f"a moment is required in every row of a series, however: {n_timeless:,} are missing"
        faults.append(Fault(wording.column(column.name), message, "leave those rows out"))
    if key and (n_nameless := frame.get_column(key).null_count()):
        message = f"every row must say which series it belongs to, however: {n_nameless:,} do not"
        faults.append(Fault(wording.column(key), message, "leave those rows out, or name the series"))
    return faults


def _codes(frame: pl.DataFrame, key: str) -> tuple[Int64, tuple[str, ...]]:
    """(n,) number of each row's series, in the order of their names, and the names."""
    if not key:
        return np.zeros(frame.height, dtype=np.int64), ("",)
    text = as_text(frame.get_column(key))
    names = text.unique().sort()
    codes = text.cast(pl.Enum(names)).to_physical()
    return codes.to_numpy().astype(np.int64), tuple(names.to_list())


def _in_order(codes: Int64, time: Float64) -> Int64:
    """(n,) places of the rows, by series and then time; rows of one moment stay in their order."""
    if (np.diff(codes) >= 0).all() and (np.diff(time)[np.diff(codes) == 0] >= 0).all():
        return np.arange(codes.size, dtype=np.int64)
    return np.asarray(np.lexsort((time, codes)), dtype=np.int64)


def _stepped(
    codes: Int64,
    time: Float64,
    order: Int64,
    names: tuple[str, ...],
    steps: StepKind,
    column: ColumnSpec | None,
) -> tuple[Series | None, list[Fault], list[str]]:
    begins = np.flatnonzero(np.diff(codes, prepend=-1))  # (n_series,) first row of each
    counts = np.diff(begins, append=codes.size)
    if steps is StepKind.ROWS:
        first = np.append(begins, codes.size)
        return Series(Grid("rows", 1.0), order, codes, time, first, names), [], []
    where = wording.column(column.name) if column else "dataset.time"
    if repeated := _repeated(codes, time, where):
        return None, repeated, []
    grid = find_grid(time, codes, dated=column is not None and column.kind is ColumnKind.DATETIME)
    if grid is None:
        message = "series of two moments or more are required, however: none has two"
        return None, [Fault(where, message, "is the entity the right column?")], []
    start = np.repeat(time[begins], counts)
    position = grid.position(time, start)
    faults = _irregular(position, codes, grid, len(names), where)
    if faults:
        return None, faults, []
    return _with_gaps(np.round(position).astype(np.int64), codes, time, order, begins, names, grid, where)


def _with_gaps(
    position: Int64,
    codes: Int64,
    time: Float64,
    order: Int64,
    begins: Int64,
    names: tuple[str, ...],
    grid: Grid,
    where: str,
) -> tuple[Series | None, list[Fault], list[str]]:
    ends = np.append(begins[1:], codes.size) - 1
    n_steps = position[ends] + 1  # (n_series,)
    total = int(n_steps.sum())
    if total > MOST_GAPS * codes.size + _FREE_STEPS:
        message = (
            f"regular steps are required, however: at one row a {grid.words} only {codes.size:,} "
            f"of {total:,} steps have one"
        )
        return None, [Fault(where, message, _IRREGULAR_REMEDY)], []
    first = np.concatenate([[0], np.cumsum(n_steps)]).astype(np.int64)
    place = first[codes] + position  # (n,) where each row lies in the log
    row = np.full(total, -1, dtype=np.int64)
    row[place] = order
    number = np.repeat(np.arange(len(names), dtype=np.int64), n_steps)
    inside = np.arange(total, dtype=np.int64) - first[number]
    moments = grid.moment(time[begins][number], inside)
    moments[place] = time
    notes = [f"one step is a {grid.words}, going by the distance of most neighbouring rows"]
    series = Series(grid, row, number, moments, first, names)
    if series.n_gaps:
        notes.append(
            f"{series.n_gaps:,} of {total:,} steps have no row; they are gaps, whose value is unknown"
        )
    return series, [], notes


_IRREGULAR_REMEDY = (
    "resample the source to regular steps, or windows.steps = 'rows', which takes each row as the next step"
)


def _repeated(codes: Int64, time: Float64, where: str) -> list[Fault]:
    twice = (np.diff(codes) == 0) & (np.diff(time) == 0)
    if not twice.any():
        return []
    n_series = np.unique(codes[1:][twice]).size
    message = (
        f"one row for each moment of a series is required, however: {int(twice.sum()):,} rows "
        f"of {wording.counted(n_series, 'series', 'series')} repeat a moment"
    )
    return [
        Fault(
            where,
            message,
            "add them up or average them in the source, or name the entity that tells them apart",
        )
    ]


def _irregular(position: Float64, codes: Int64, grid: Grid, n_series: int, where: str) -> list[Fault]:
    off = ~is_whole(position)
    off[1:] |= (np.diff(codes) == 0) & (np.diff(np.round(position)) == 0)  # two rows in one step
    if not off.any():
        return []
    bad = np.unique(codes[off]).size
    message = (
        f"regular steps are required, however: the most common step is a {grid.words}, and "
        f"{wording.counted(int(off.sum()), 'row')} of {bad:,} of {n_series:,} series lie between two steps"
    )
    return [Fault(where, message, _IRREGULAR_REMEDY)]
