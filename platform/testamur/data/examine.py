"""Reads a source and finds everything that can be said of it: roles, kinds, target, faults.

`load.load_source` raises when there is a fault; `preview.preview_source` shows them. Both see the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    WindowRule,
)
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.job import DatasetRequest
from testamur.data import wording
from testamur.data.column_types import Typed, as_text, type_column
from testamur.data.origin import Origin, read_origin
from testamur.data.resolve import resolved_spec
from testamur.data.roles import assign_roles
from testamur.data.screen import screen_column
from testamur.data.series import Series, is_windowed, lay_out
from testamur.data.target import Target, settle_target

FEWEST_ROWS = 10
MOST_NOTES = 40
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
        series: The rows laid out as series, where examples are windows; else None.
    """

    origin: Origin
    frame: pl.DataFrame
    row: NDArray[np.int64]
    columns: tuple[ColumnSpec, ...]
    target: Target | None
    spec: DatasetSpec | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    series: Series | None = None


def examine(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
    datasets: Path | None = None,
    needs_features: bool = True,
) -> Examination:
    """Read and examine a source.

    Args:
        request: The ``[dataset]`` part of the job.
        spec: The declaration of a registered dataset, or None.
        base: Folder against which relative paths are read.
        environ: The variables that ``url = "env:NAME"`` may name.
        datasets: Folder of fetched data sets.
        needs_features: False where predictions are at hand already.

    Raises:
        DataError: The source cannot be read at all.
        ConfigurationError: The file beside the data cannot be used.
        IntegrityError: A shipped file is not the declared one.
    """
    origin = read_origin(request, spec, base=base, environ=environ, datasets=datasets)
    request = _with_declared_target(origin.request, spec)
    columns, faults, notes = assign_roles(origin.frame.columns, request, spec, origin.beside)
    faults += _without_target_name(request)
    typed = [_typed(origin.frame.get_column(c.name), c) for c in columns]
    windowed = is_windowed(_stated_kind(request, spec), request.windows or (spec.windows if spec else None))
    row, drop_notes, drop_faults = _rows_with_target(columns, typed, spec)
    if not windowed:  # a window's steps are kept: one without a target is a gap in it
        typed = _filtered(typed, row)
    else:
        row, drop_notes = np.arange(origin.frame.height, dtype=np.int64), []
    target = None if drop_faults else _target(columns, typed, request, spec, origin)
    settled, column_faults, column_notes = _screen(columns, typed, row, request, spec)
    faults += [*drop_faults, *column_faults]
    ranking = target is not None and target.problem.kind is ProblemKind.RANKING
    if needs_features and not (windowed or ranking):  # what has a past goes by it
        faults += _without_features(settled, request)
    notes = [*origin.notes, *notes, *drop_notes, *column_notes]
    resolved = None
    if target is not None:
        settled = [_of_target(c, target) for c in settled]
        resolved, split_faults, split_notes = resolved_spec(request, spec, origin, settled, target.problem)
        faults += [*target.faults, *split_faults]
        notes += [*target.notes, *split_notes]
    frame = pl.DataFrame([_final(c, t, target) for c, t in zip(settled, typed, strict=True)])
    series = None
    if windowed and target is not None and resolved is not None:
        rule = resolved.windows or WindowRule()
        series, series_faults, series_notes = lay_out(frame, settled, target.problem.kind, rule)
        faults += series_faults
        notes += series_notes
    ready = resolved if not faults else None
    return Examination(origin, frame, row, tuple(settled), target, ready, tuple(faults), tuple(notes), series)


def _stated_kind(request: DatasetRequest, spec: DatasetSpec | None) -> ProblemKind | None:
    if request.problem is not None or spec is None:
        return request.problem
    return spec.problem.kind if spec.problem.target == request.target else None


def _without_target_name(request: DatasetRequest) -> list[Fault]:
    if request.target is not None:
        return []
    remedy = "target = '...' in the job, or in a TOML file beside the data"
    return [Fault("dataset.target", "a target column is required, however: none is named", remedy)]


def _without_features(columns: list[ColumnSpec], request: DatasetRequest) -> list[Fault]:
    seen = {Role.FEATURE, Role.PROTECTED} if request.protected_as_features else {Role.FEATURE}
    if any(c.role in seen for c in columns):
        return []
    return [Fault("features", "at least one feature is required, however: no usable column is left")]


def _screen(
    columns: list[ColumnSpec],
    typed: list[Typed],
    row: NDArray[np.int64],
    request: DatasetRequest,
    spec: DatasetSpec | None,
) -> tuple[list[ColumnSpec], list[Fault], list[str]]:
    """The columns with kind and final role, the faults of their cells, and notes."""
    stated = {*request.features, *(c.name for c in spec.columns)} if spec else set(request.features)
    settled: list[ColumnSpec] = []
    faults: list[Fault] = []
    notes: list[str] = []
    for column, found in zip(columns, typed, strict=True):
        screened = screen_column(column, found, row, stated=column.name in stated)
        settled.append(screened.column.model_copy(update={"kind": found.kind}))
        if column.role is not Role.IGNORED:
            faults += found.problems
            notes += found.notes
        faults += screened.problems
        notes += screened.notes
    return settled, faults, _abridged(notes)


def _abridged(notes: list[str]) -> list[str]:
    """A table of 2,000 columns must not bury the report in notes; the preview shows every column's role."""
    if len(notes) <= MOST_NOTES:
        return notes
    return [*notes[:MOST_NOTES], f"and {len(notes) - MOST_NOTES:,} more notes on single columns"]


def _with_declared_target(request: DatasetRequest, spec: DatasetSpec | None) -> DatasetRequest:
    if spec is None or request.target is not None:
        return request
    return request.model_copy(update={"target": spec.problem.target})


def _typed(series: pl.Series, column: ColumnSpec) -> Typed:
    kind = column.kind
    if column.role in UNTYPED:
        kind = ColumnKind.CATEGORICAL
    return type_column(series, kind)


def _rows_with_target(
    columns: list[ColumnSpec], typed: list[Typed], spec: DatasetSpec | None
) -> tuple[NDArray[np.int64], list[str], list[Fault]]:
    """Positions of the rows that have a target, what is to be told of the others, and faults."""
    target = _target_of(columns, typed)
    n_rows = typed[0].series.len()
    row = np.arange(n_rows, dtype=np.int64)
    if target is None:
        return row, [], []
    present = target.series.is_not_null()
    n_kept = int(present.sum())
    where = wording.column(target.series.name)
    if n_kept == 0:
        message = "values are required of a target, however: the column is empty throughout"
        made = spec is not None and (spec.prepare or spec.reader)
        remedy = f"testamur dataset show {spec.key} says what it is made of" if spec and made else ""
        return row, [], [Fault(where, message, remedy or "name another column as target")]
    faults = []
    if n_kept < FEWEST_ROWS:
        message = f"at least {FEWEST_ROWS} rows with a target are required, however: {n_kept}"
        faults.append(Fault(where, message))
    if n_kept == n_rows:
        return row, [], faults
    note = f"{wording.counted(n_rows - n_kept, 'row')} of {n_rows:,} without a target left out"
    return row[present.to_numpy()], [note], faults


def _filtered(typed: list[Typed], row: NDArray[np.int64]) -> list[Typed]:
    if row.size == typed[0].series.len():
        return typed
    return [Typed(t.series.gather(row), t.kind, t.problems, t.notes) for t in typed]


def _target_of(columns: list[ColumnSpec], typed: list[Typed]) -> Typed | None:
    return next((t for t, c in zip(typed, columns, strict=True) if c.role is Role.TARGET), None)


def _target(
    columns: list[ColumnSpec],
    typed: list[Typed],
    request: DatasetRequest,
    spec: DatasetSpec | None,
    origin: Origin,
) -> Target | None:
    found = _target_of(columns, typed)
    if found is None:
        return None
    declared = spec.problem if spec is not None and spec.problem.target == request.target else None
    kind = request.problem or (declared.kind if declared else None)
    positive = request.positive or (declared.positive if declared else None)
    event = declared.event if declared else origin.beside.event
    known = Typed(found.series.drop_nulls(), found.kind, found.problems, found.notes)
    target = settle_target(known, kind=kind, positive=positive, event=event)
    if kind is ProblemKind.RANKING:
        return replace(target, problem=_with_rules(target.problem, request, declared))
    return replace(target, problem=_with_horizon(target.problem, request, declared))


def _with_rules(problem: Problem, request: DatasetRequest, declared: Problem | None) -> Problem:
    """What counts as a choice: as the job says, else as declared."""
    found = {"event": declared.event if declared else ""}
    for name in ("least_weight", "repeats"):
        asked = getattr(request, name)
        found[name] = getattr(declared or problem, name) if asked is None else asked
    return problem.model_copy(update=found)


def _with_horizon(problem: Problem, request: DatasetRequest, declared: Problem | None) -> Problem:
    """The problem with what a forecast states besides: the job's words win over the declaration."""
    names = ("horizon", "season", "quantiles", "step")
    stated = {name: getattr(request, name) or getattr(declared, name, None) for name in names}
    return problem.model_copy(update={name: value for name, value in stated.items() if value})


def _of_target(column: ColumnSpec, target: Target) -> ColumnSpec:
    if column.role is not Role.TARGET:
        return column
    labels = target.classes or target.problem.kind is ProblemKind.RANKING
    kind = ColumnKind.CATEGORICAL if labels else ColumnKind.NUMERIC
    return column.model_copy(update={"kind": kind})


def _final(column: ColumnSpec, typed: Typed, target: Target | None) -> pl.Series:
    """The target as numbers or labels; settled on the rows that have one, where windows keep the others."""
    if target is None or column.role is not Role.TARGET:
        return typed.series
    if target.series.len() == typed.series.len():
        return target.series
    return as_text(typed.series) if target.classes else typed.series.cast(pl.Float64)
