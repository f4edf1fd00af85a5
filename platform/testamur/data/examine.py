"""Reads a source and finds everything that can be said of it: roles, kinds, target, faults.

`load.load_source` raises when there is a fault; `preview.preview_source` shows them. Both see the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec, DatasetSpec, Role
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.job import DatasetRequest
from testamur.data import wording
from testamur.data.column_types import Typed, type_column
from testamur.data.origin import Origin, read_origin
from testamur.data.resolve import resolved_spec
from testamur.data.roles import assign_roles
from testamur.data.screen import screen_column
from testamur.data.target import Target, settle_target

FEWEST_ROWS = 10
UNTYPED = (Role.IDENTIFIER, Role.ENTITY)


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """A source after every look at it.

    Attributes:
        origin: Where the rows are from.
        frame: Converted columns; rows without a target are dropped.
        row: (n,) position of each row in the source, from 0.
        columns: One declaration per column, with role and kind.
        target: The settled target, or None where no target column was found.
        spec: The resolved declaration, or None where there are faults.
        faults: Everything that stands in the way of using the data.
        notes: What a reader of the report should know.
    """

    origin: Origin
    frame: pl.DataFrame
    row: NDArray[np.int64]
    columns: tuple[ColumnSpec, ...]
    target: Target | None
    spec: DatasetSpec | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def examine(
    request: DatasetRequest, spec: DatasetSpec | None, *, base: Path, environ: Mapping[str, str] | None
) -> Examination:
    """Read and examine a source.

    Raises:
        DataError: The source cannot be read at all.
        ConfigurationError: The file beside the data cannot be used.
        IntegrityError: A shipped file is not the declared one.
    """
    origin = read_origin(request, spec, base=base, environ=environ)
    request = _with_declared_target(origin.request, spec)
    columns, faults, notes = assign_roles(origin.frame.columns, request, spec, origin.beside)
    if request.target is None:
        remedy = "target = '...' in the job, or in a TOML file beside the data"
        faults.append(Fault("dataset.target", "a target column is required, however: none is named", remedy))
    typed = [_typed(origin.frame.get_column(c.name), c) for c in columns]
    raw_target = next((t for t, c in zip(typed, columns, strict=True) if c.role is Role.TARGET), None)
    typed, row, drop_notes, drop_faults = _drop_rows_without_target(typed, raw_target)
    faults += drop_faults
    target = _target(columns, typed, request, spec, origin) if not drop_faults else None
    stated = {*request.features, *(c.name for c in spec.columns)} if spec else set(request.features)
    screened = [screen_column(c, t, stated=c.name in stated) for c, t in zip(columns, typed, strict=True)]
    faults += [
        fault
        for c, t in zip(columns, typed, strict=True)
        if c.role is not Role.IGNORED
        for fault in t.problems
    ]
    faults += [fault for s in screened for fault in s.problems]
    settled = [s.column.model_copy(update={"kind": t.kind}) for s, t in zip(screened, typed, strict=True)]
    notes = [*origin.notes, *notes, *drop_notes]
    notes += [n for c, t in zip(columns, typed, strict=True) if c.role is not Role.IGNORED for n in t.notes]
    notes += [note for s in screened for note in s.notes]
    if target is not None:
        faults += target.faults
        notes += target.notes
    if not any(c.role is Role.FEATURE for c in settled) and not (
        request.protected_as_features and request.protected
    ):
        faults.append(
            Fault("features", "at least one feature is required, however: no usable column is left")
        )
    resolved, more_faults, more_notes = (None, [], [])
    if target is not None:
        settled = [_of_target(c, target) for c in settled]
        resolved, more_faults, more_notes = resolved_spec(request, spec, origin, settled, target.problem)
        faults += more_faults
        notes += more_notes
    frame = pl.DataFrame([_final(c, t, target) for c, t in zip(settled, typed, strict=True)])
    ready = resolved if not faults else None
    return Examination(origin, frame, row, tuple(settled), target, ready, tuple(faults), tuple(notes))


def _with_declared_target(request: DatasetRequest, spec: DatasetSpec | None) -> DatasetRequest:
    if spec is None or request.target is not None:
        return request
    return request.model_copy(update={"target": spec.problem.target})


def _typed(series: pl.Series, column: ColumnSpec) -> Typed:
    kind = column.kind
    if column.role in UNTYPED:
        kind = ColumnKind.CATEGORICAL
    return type_column(series, kind)


def _drop_rows_without_target(
    typed: list[Typed], target: Typed | None
) -> tuple[list[Typed], NDArray[np.int64], list[str], list[Fault]]:
    n_rows = typed[0].series.len()
    row = np.arange(n_rows, dtype=np.int64)
    if target is None:
        return typed, row, [], []
    present = target.series.is_not_null()
    n_kept = int(present.sum())
    where = wording.column(target.series.name)
    if n_kept == 0:
        return (
            typed,
            row,
            [],
            [Fault(where, "values are required of a target, however: the column is empty throughout")],
        )
    faults = []
    if n_kept < FEWEST_ROWS:
        message = f"at least {FEWEST_ROWS} rows with a target are required, however: {n_kept}"
        faults.append(Fault(where, message))
    if n_kept == n_rows:
        return typed, row, [], faults
    kept = [Typed(t.series.filter(present), t.kind, t.problems, t.notes) for t in typed]
    note = f"{wording.counted(n_rows - n_kept, 'row')} of {n_rows:,} without a target left out"
    return kept, row[present.to_numpy()], [note], faults


def _target(
    columns: list[ColumnSpec],
    typed: list[Typed],
    request: DatasetRequest,
    spec: DatasetSpec | None,
    origin: Origin,
) -> Target | None:
    found = next((t for t, c in zip(typed, columns, strict=True) if c.role is Role.TARGET), None)
    if found is None:
        return None
    declared = spec.problem if spec is not None and spec.problem.target == request.target else None
    kind = request.problem or (declared.kind if declared else None)
    positive = request.positive or (declared.positive if declared else None)
    event = declared.event if declared else origin.beside.event
    return settle_target(found, kind=kind, positive=positive, event=event)


def _of_target(column: ColumnSpec, target: Target) -> ColumnSpec:
    if column.role is not Role.TARGET:
        return column
    kind = ColumnKind.CATEGORICAL if target.classes else ColumnKind.NUMERIC
    return column.model_copy(update={"kind": kind})


def _final(column: ColumnSpec, typed: Typed, target: Target | None) -> pl.Series:
    return target.series if target is not None and column.role is Role.TARGET else typed.series
