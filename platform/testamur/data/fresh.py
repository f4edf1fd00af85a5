"""New rows for a model that is there: read, named and prepared as in training, and encoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from testamur.contracts.dataset import ColumnSpec, DatasetSpec, ProblemKind, Role
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.job import DatasetRequest
from testamur.contracts.table import RowsPart
from testamur.data.column_types import as_text, type_column
from testamur.data.encode import encode_frame
from testamur.data.origin import Origin, as_declared, read_raw
from testamur.data.rows import carry
from testamur.data.wording import shown
from testamur.hooks.suggest import did_you_mean

CHUNK_ROWS = 20_000
UNKNOWN_YET = (Role.TARGET, Role.WEIGHT, Role.PROTECTED, Role.IDENTIFIER)


@dataclass(frozen=True, slots=True, eq=False)
class FreshRows:
    """New rows as read, under the names of training.

    Attributes:
        frame: The rows.
        name: Name of the file, without its folder.
        notes: What was noticed.
    """

    frame: pl.DataFrame
    name: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FreshPart:
    """Encoded new rows.

    Attributes:
        rows: As the model takes them.
        names: (n,) what each is called: its identifier, whom it is about, its series or user, else its
            place from 1.
        entities: Names in the order of `RowsPart.entity`.
        notes: What was noticed.
    """

    rows: RowsPart
    names: tuple[str, ...]
    entities: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_fresh(
    request: DatasetRequest, spec: DatasetSpec | None, *, base: Path, environ: Mapping[str, str] | None = None
) -> FreshRows:
    """Read new rows; what is known only later (the target) may be absent.

    Args:
        request: The ``[dataset]`` part of the job, with the path of the new rows.
        spec: The declaration that the model learnt from, or None for data of one's own.
        base: Folder against which the path is read.
        environ: The variables that ``url = "env:NAME"`` may name.

    Raises:
        DataError: The rows cannot be read, or columns are missing; every fault is listed.
        PluginError: The plugin's preparation fails.
    """
    origin = read_raw(request, spec, base=base, environ=environ)
    if spec is None:
        origin = _renamed(origin, request)
    else:
        origin = as_declared(origin, spec, spared=_may_be_absent(spec), new=True)
    return FreshRows(origin.frame, origin.name, origin.notes)


def encode_fresh(
    encoder: Mapping[str, Any],
    fresh: FreshRows,
    *,
    named_by: str | None,
    carried: tuple[ColumnSpec, ...] = (),
    chunk_rows: int | None = CHUNK_ROWS,
) -> Iterator[FreshPart]:
    """Encode new rows by the description that training left behind, a stretch at a time.

    What looks back (windows, sequences, rankings) is encoded as a whole, for its past may lie anywhere.

    Args:
        encoder: ``encoder.json`` of the dossier.
        fresh: The rows.
        named_by: Column that names a row or whom it is about, where it is there.
        carried: Columns that reports see as they are.
        chunk_rows: Rows at a time; None: all at once.

    Raises:
        DataError: Columns are missing or their cells of another type; every fault is listed.
    """
    whole = chunk_rows is None or any(name in encoder for name in ("windows", "interactions", "sequences"))
    size = fresh.frame.height if whole else chunk_rows
    for start in range(0, fresh.frame.height, max(size or 1, 1)):
        frame = fresh.frame.slice(start, size)
        part = _encoded(encoder, frame, named_by, start)
        columns = {c.name: carry(_typed(frame, c)) for c in carried if c.name in frame.columns}
        rows = replace(
            part.rows,
            row=part.rows.row + start,
            carried={name: values[part.rows.row] for name, values in columns.items()},
        )
        yield replace(part, rows=rows)


def _encoded(encoder: Mapping[str, Any], frame: pl.DataFrame, named_by: str | None, start: int) -> FreshPart:
    if "windows" in encoder:
        from testamur.data.window_encoding import encode_windows

        found = encode_windows(encoder, frame)
        return FreshPart(found.part, found.names, found.entities, found.notes)
    rows = encode_frame(encoder, frame)
    if "interactions" in encoder:
        from testamur.data.histories import history_names

        names = history_names(encoder, frame)
        return FreshPart(rows, names, names)
    if named_by is not None and named_by in frame.columns:
        texts = as_text(frame.get_column(named_by)).fill_null("").to_list()
        return FreshPart(rows, tuple(texts))
    return FreshPart(rows, tuple(str(start + i + 1) for i in range(frame.height)))


def _typed(frame: pl.DataFrame, column: ColumnSpec) -> pl.Series:
    return type_column(frame.get_column(column.name), column.kind).series


def _may_be_absent(spec: DatasetSpec) -> tuple[str, ...]:
    """What is known later or not needed; of a ranking the choices are the past, and items need no more."""
    if spec.problem.kind is ProblemKind.RANKING:
        needed = (Role.ENTITY, Role.TARGET, Role.WEIGHT, Role.TIME)
        return tuple(c.name for c in spec.taken if c.role not in needed and c.name != spec.problem.target)
    return tuple(c.name for c in spec.taken if c.role in UNKNOWN_YET or c.name == spec.problem.target)


def _renamed(origin: Origin, request: DatasetRequest) -> Origin:
    """Own names replaced by those of training, where the user says which is which."""
    faults = [
        Problem(
            f"columns.{shown(name)}",
            f"a column of {shown(origin.name)} is required, however: there is no '{shown(own)}'",
            did_you_mean(own, [shown(n) for n in origin.frame.columns], what="column"),
        )
        for name, own in request.columns.items()
        if own not in origin.frame.columns
    ]
    if faults:
        raise DataError("The new rows cannot be read", faults)
    own = set(request.columns.values())
    displaced = [n for n in request.columns if n in origin.frame.columns and n not in own]
    frame = origin.frame.drop(displaced).rename({own: name for name, own in request.columns.items()})
    return replace(origin, frame=frame)
