"""From the frame as read to the frame that a declaration describes, by the plugin's own function."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from testamur.contracts.dataset import ColumnKind, DatasetSpec, Role
from testamur.contracts.errors import DataError, PluginError, Problem, TestamurError
from testamur.data.column_types import type_column
from testamur.data.names import settle_names
from testamur.data.wording import column, shown

UNTYPED = (Role.IDENTIFIER, Role.ENTITY)


def prepare_frame(
    frame: pl.DataFrame, spec: DatasetSpec, *, where: str, spared: tuple[str, ...] = (), new: bool = False
) -> tuple[pl.DataFrame, list[str]]:
    """Call ``prepare`` of a declaration, where it has one; ``prepare_new`` of rows without an outcome.

    Columns of ``raw`` whose kind is stated come as Float64, String, Boolean or Datetime (UTC) whatever
    the file was; identifiers and entities as text; those without a kind as they were read.

    Args:
        frame: As read, with the declared names.
        spec: The declaration.
        where: Name of the source, for messages.
        spared: Columns of ``raw`` that may be absent.
        new: These rows have no outcome yet: a model that is there will be asked about them.

    Returns:
        The frame that ``columns`` describes, and notes.

    Raises:
        DataError: A raw column is absent, cells do not fit its kind, or nothing is left.
        PluginError: The function fails, or returns something else than a frame.
    """
    if spec.prepare is None:
        return frame, []
    frame, faults = _typed(frame, spec, spared)
    if faults:
        raise DataError(f"{shown(where)} cannot be prepared as {spec.key} declares", faults)
    answer = _call(spec, frame, (new and spec.prepare_new) or spec.prepare)
    thing, notes = answer if isinstance(answer, tuple) else (answer, ())
    from testamur.data.origin import frame_of

    prepared = frame_of(thing).clone()
    if prepared.height == 0 or prepared.width == 0:
        message = f"rows are required after preparation, however: none of {frame.height:,} is left"
        raise DataError(
            f"{shown(where)} cannot be used as {spec.key}", [Problem("rows", message, spec.summary)]
        )
    prepared.columns, name_notes = settle_names(prepared.columns)
    return prepared, [*map(str, notes), *name_notes]


def _typed(
    frame: pl.DataFrame, spec: DatasetSpec, spared: tuple[str, ...]
) -> tuple[pl.DataFrame, list[Problem]]:
    faults: list[Problem] = []
    converted: list[pl.Series] = []
    for declared in spec.raw:
        if declared.name not in frame.columns:
            if declared.role is not Role.IGNORED and declared.name not in spared:
                message = "the declared column is required, however: the source lacks it"
                faults.append(Problem(f"{spec.key}: {column(declared.name)}", message))
            continue
        kind = ColumnKind.CATEGORICAL if declared.role in UNTYPED else declared.kind
        if kind is None:
            continue
        typed = type_column(frame.get_column(declared.name), kind)
        faults += [_for_declared(problem) for problem in typed.problems]
        converted.append(typed.series.alias(declared.name))
    return frame.with_columns(converted), faults


def _for_declared(problem: Problem) -> Problem:
    """The same fault without the way out that a declaration closes: its kinds are fixed."""
    ways = [way for way in problem.remedy.split(", or ") if "categorical" not in way]
    return replace(problem, remedy=", or ".join(ways) or "mend or leave out these rows")


def _call(spec: DatasetSpec, frame: pl.DataFrame, reference: str) -> object:
    """The plugin's answer; what it raises is told by its type only, for its text may quote a cell."""
    from testamur.hooks.references import resolve

    function = resolve(reference)
    try:
        return function(frame)
    except TestamurError:
        raise
    except Exception as error:
        raise PluginError(
            f"{reference}, which prepares {spec.key}, failed: {type(error).__name__}",
            plugin=spec.key.partition(".")[0],
            remedy="compare the file with: testamur dataset show " + spec.key,
        ) from error
