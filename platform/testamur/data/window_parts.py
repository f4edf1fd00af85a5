"""The windows of one part: rows, each with a stretch of the log that all parts share as its past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role
from testamur.contracts.table import History, RowsPart
from testamur.data.column_types import as_text
from testamur.data.encode import as_numbers, encode_frame
from testamur.data.load import LoadedSource
from testamur.data.rows import carried_columns
from testamur.data.window_log import Float64, Int64, Log, future


@dataclass(frozen=True, slots=True, eq=False)
class RowFacts:
    """What is read of all rows once, for the windows of all parts: weight, entity, carried columns."""

    weight: Float64 | None
    entity: Int64 | None
    entities: tuple[str, ...]
    carried: Mapping[str, NDArray[Any]]


def read_facts(source: LoadedSource) -> RowFacts:
    """Read them of the rows that were loaded."""
    weight = next((c.name for c in source.spec.columns if c.role is Role.WEIGHT), None)
    weights = as_numbers(source.frame.get_column(weight)) if weight else None
    return RowFacts(weights, *entity_of_rows(source.frame, source.spec), carried_columns(source))


def entity_of_rows(frame: pl.DataFrame, spec: DatasetSpec) -> tuple[Int64 | None, tuple[str, ...]]:
    """(n,) number of each row's entity in the order of their names, and the names; None without a column."""
    found = next((c.name for c in spec.columns if c.role is Role.ENTITY), None)
    if found is None:
        return None, ()
    text = as_text(frame.get_column(found)).fill_null("")
    names = text.unique().sort()
    codes = text.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return codes, tuple(names.to_list())


def cut_part(
    source: LoadedSource, log: Log, encoder: Mapping[str, Any], facts: RowFacts, stop: Int64
) -> RowsPart:
    """The windows that end before `stop`, encoded."""
    rows = log.series.row[stop - 1]
    return replace(
        window_rows(encoder, source.frame[rows], log, stop),
        row=source.row[rows],
        weight=None if facts.weight is None else facts.weight[rows],
        entity=None if facts.entity is None else facts.entity[rows],
        carried={name: values[rows] for name, values in facts.carried.items()},
    )


def window_rows(encoder: Mapping[str, Any], last: pl.DataFrame, log: Log, stop: Int64) -> RowsPart:
    """Windows by their last rows and their ends in the log.

    Args:
        encoder: The table's encoder.
        last: The last row of each window.
        log: The steps.
        stop: (n,) one past the last step of each window.
    """
    described = encoder["windows"]
    length, horizon = described["rule"]["length"], described["problem"]["horizon"]
    part = encode_frame(encoder, last)
    series = log.series
    history = History(
        values=log.values,
        codes=np.zeros((series.row.size, 0), dtype=np.int64),
        time=series.time,
        series=series.number,
        start=stop - length,
        stop=stop,
    )
    # Two windows are never taken for twins: each ends at a step of its own.
    changed: dict[str, Any] = {"row": stop - 1, "twin": stop, "twin_with_target": stop, "history": history}
    changed["time"] = series.time[stop - 1]
    if described["problem"]["kind"] == ProblemKind.FORECAST.value:
        changed["target"] = future(log, stop, horizon)
    return replace(part, **changed)
