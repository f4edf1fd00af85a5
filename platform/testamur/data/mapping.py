"""Data of one's own in the place of declared ones: their columns get the declared names."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Role
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.job import DatasetRequest
from testamur.data.roles import replaced_role
from testamur.data.wording import column, counted, shown
from testamur.hooks.suggest import did_you_mean

SHOWN_NAMES = 12


def name_columns(
    frame: pl.DataFrame,
    request: DatasetRequest,
    spec: DatasetSpec,
    *,
    where: str,
    spared: Sequence[str] = (),
) -> tuple[pl.DataFrame, list[str]]:
    """Rename the columns of one's own data to the declared names, and leave out what is not declared.

    Args:
        frame: As read.
        request: ``columns`` maps declared to own names; a column that has its declared name already need
            not be in it. Further columns stay where the job gives them a role; a dataset that is prepared
            is handed them too, and keeps what it can.
        spec: The declaration that the data are read as.
        where: Name of the source, for messages.
        spared: Declared names that may be absent (the target, when new rows are predicted).

    Returns:
        The frame in the order of the declaration, and notes.

    Raises:
        DataError: An own name that is not there, or a declared column that nothing is named for: each
            with what is probably meant.
    """
    given = request.columns
    faults = [
        Problem(
            f"dataset.columns.{shown(name)}",
            f"a column of {shown(where)} is required, however: there is no '{shown(own)}'",
            did_you_mean(own, [shown(n) for n in frame.columns], what="column"),
        )
        for name, own in given.items()
        if own not in frame.columns
    ]
    declared = [c.name for c in spec.taken]
    source = {name: given.get(name, name) for name in declared}
    free = [n for n in frame.columns if n not in given.values() and n not in declared]
    faults += [
        _unnamed(name, spec, where, free)
        for name in _required(spec, request, spared)
        if name not in given and name not in frame.columns
    ]
    if faults:
        raise DataError(f"{shown(where)} cannot be read as {spec.key}", faults)
    kept = {name: own for name, own in source.items() if own in frame.columns}
    kept |= {name: name for name in free if name in _asked(request)}
    notes = [f"the data are one's own, read as {spec.key} declares", *_told(kept, frame.columns, where)]
    return frame.select(pl.col(own).alias(name) for name, own in kept.items()), notes


def _required(spec: DatasetSpec, request: DatasetRequest, spared: Sequence[str]) -> list[str]:
    """Declared columns that must be there; the job may have put another in the place of a role."""
    return [
        c.name
        for c in spec.taken
        if c.role is not Role.IGNORED
        and c.name not in spared
        and (spec.prepare is not None or not replaced_role(c.role, request))
    ]


def _unnamed(name: str, spec: DatasetSpec, where: str, free: Sequence[str]) -> Problem:
    known = spec.column(name) if name not in {c.name for c in spec.raw} else _raw(spec, name)
    words = f" ({known.label or known.description})" if known.label or known.description else ""
    near = did_you_mean(name, [shown(n) for n in free], what="column of it that is not named yet")
    return Problem(
        column(name),
        f"{spec.key} declares it{words}, however: {shown(where)} has no column of that name",
        f'name yours: columns = {{ {name} = "..." }}' + (f"; {near}" if free and near else ""),
    )


def _raw(spec: DatasetSpec, name: str) -> ColumnSpec:
    return next(c for c in spec.raw if c.name == name)


def _asked(request: DatasetRequest) -> set[str]:
    """Columns that the job itself gives a role."""
    single = (request.target, request.identifier, request.entity, request.time, request.weight)
    return {*request.features, *request.protected, *request.categorical, *filter(None, single)}


def _told(kept: dict[str, str], names: Sequence[str], where: str) -> list[str]:
    renamed = [f"{shown(name)} is '{shown(own)}'" for name, own in kept.items() if name != own]
    out = [shown(n) for n in names if n not in kept.values()]
    notes = [f"columns named by the job: {', '.join(renamed)}"] if renamed else []
    if out:
        more = f" and {len(out) - SHOWN_NAMES:,} more" if len(out) > SHOWN_NAMES else ""
        listed = f"{', '.join(out[:SHOWN_NAMES])}{more}"
        notes.append(f"{counted(len(out), 'column')} of {shown(where)} not declared and left out: {listed}")
    return notes
