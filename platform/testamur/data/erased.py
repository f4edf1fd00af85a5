"""People who asked to be erased are left out of the rows; a job names them by salted digests only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from testamur.contracts.dataset import DatasetSpec, Role
from testamur.contracts.errors import DataError, Problem

if TYPE_CHECKING:
    from testamur.data.load import LoadedSource

_PERSON = (Role.ENTITY, Role.IDENTIFIER)
NOTE = "people who asked to be erased are left out"


def mark_entity(entity: str, salt: str) -> str:
    """How a job names an erased person: ``salt:digest``, HMAC-SHA-256 in hexadecimal.

    An id of few possible values can be found by trying them all: a mark is less than the id, and no
    anonymous number.
    """
    return f"{salt}:{hmac.new(salt.encode(), entity.strip().encode(), hashlib.sha256).hexdigest()}"


def person_columns(spec: DatasetSpec) -> list[str]:
    """Columns that name a person: entity and identifier."""
    return [column.name for column in spec.columns if column.role in _PERSON]


def find_marked(frame: pl.DataFrame, columns: Iterable[str], marks: Iterable[str]) -> pl.Series:
    """(n,) True for the rows of people who have one of the marks."""
    wanted = set(marks)
    salts = {mark.partition(":")[0] for mark in wanted}
    found = pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean)
    for name in columns:
        if name not in frame.columns:
            continue
        distinct = frame.get_column(name).drop_nulls().unique()
        values = [
            value for value in distinct if any(mark_entity(_text(value), salt) in wanted for salt in salts)
        ]
        if values:
            found = found | frame.get_column(name).is_in(values).fill_null(value=False)
    return found


def leave_out(loaded: LoadedSource) -> LoadedSource:
    """The source without the rows of people whom the request names as erased.

    Raises:
        DataError: No column names people, or examples are windows of series.
    """
    marks = loaded.request.erased
    if not marks:
        return loaded
    columns = person_columns(loaded.spec)
    if not columns or loaded.series is not None:
        arrived = "examples are windows of series" if columns else "no column is an entity or an identifier"
        message = f"a column that names people is required to leave some out, however: {arrived}"
        raise DataError("People cannot be left out", [Problem("dataset.erased", message)])
    kept = ~find_marked(loaded.frame, columns, marks)
    return replace(
        loaded,
        frame=loaded.frame.filter(kept),
        row=loaded.row[kept.to_numpy()],
        notes=(*loaded.notes, NOTE),
    )


def _text(value: object) -> str:
    """An id as a person writes it: 17, whether the column was read as 17 or 17.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
