"""The series of a table, cut out of its shared log, and rows for origins that the table does not hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import History, RowsPart, RowsTable
from testamur_retail.inventory.paths import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One series in the log.

    Attributes:
        code: Its number.
        name: What it is called.
        begin: First step in the log.
        end: One past its last step.
        held_out: First step of the log that a test row predicts.
        known: First step that a validation row predicts: everything before belongs to training.
        row: Position in the test part of a row of this series.
    """

    code: int
    name: str
    begin: int
    end: int
    held_out: int
    known: int
    row: int


def list_series(table: RowsTable) -> list[Series]:
    """Every series with a test row, in the order of the log.

    Args:
        table: A forecast table.
    """
    history = history_of(table.test)
    begins, ends = _stretches(history.series)
    found = []
    for begin, end in zip(begins, ends, strict=True):
        rows = np.flatnonzero((history.stop > begin) & (history.stop <= end))
        if rows.size == 0:
            continue
        code = int(history.series[begin])
        held_out = int(history.stop[rows].min())
        found.append(
            Series(
                code=code,
                name=table.entities[code] if 0 <= code < len(table.entities) else "all",
                begin=int(begin),
                end=int(end),
                held_out=held_out,
                known=_first_origin(table.validation, int(begin), held_out),
                row=int(rows[0]),
            )
        )
    return found


def history_of(part: RowsPart) -> History:
    """The log behind a part.

    Raises:
        ValueError: The part has none: it is no window table.
    """
    if part.history is None:
        raise ValueError("a table of windows is required, however: its rows have no history")
    return part.history


def rows_at(part: RowsPart, rows: Ints, stops: Ints, length: int) -> RowsPart:
    """Rows like those at `rows` of `part`, but looking back from other origins of the same series.

    Args:
        part: Where the static features come from.
        rows: (n,) positions in it.
        stops: (n,) origins in the log: the first step that is to be predicted.
        length: Steps to look back.

    Returns:
        A part whose targets are unknown.
    """
    history = history_of(part)
    n = stops.shape[0]
    return RowsPart(
        row=part.row[rows],
        numeric=part.numeric[rows],
        missing=part.missing[rows],
        categorical=part.categorical[rows],
        target=np.full((n, part.target.shape[1]), np.nan),
        groups=part.groups[rows],
        absent=part.absent[rows],
        twin=part.twin[rows],
        twin_with_target=part.twin_with_target[rows],
        entity=None if part.entity is None else part.entity[rows],
        history=replace(history, start=stops - length, stop=stops),
    )


def _stretches(codes: Ints) -> tuple[Ints, Ints]:
    edges = np.flatnonzero(np.diff(codes)) + 1
    return np.concatenate([[0], edges]), np.concatenate([edges, [len(codes)]])


def _first_origin(part: RowsPart, begin: int, before: int) -> int:
    stops = history_of(part).stop
    mine = stops[(stops > begin) & (stops <= before)]
    return int(mine.min()) if mine.size else before


def demand_of(table: RowsTable) -> Floats:
    """(T,) the target of the whole log; a missing day counts as NaN."""
    return history_of(table.test).values[:, 0].astype(np.float64)
