"""Looks at every column before it is used: empty, constant, infinite, free text, identifiers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Role
from testamur.contracts.errors import Problem
from testamur.data import wording
from testamur.data.column_types import Typed

Int64 = NDArray[np.int64]

FEW_CATEGORIES = 50
SHARE_OF_ROWS = 0.25
MOST_LEVELS = 200
NUMBERING = re.compile(
    r"^(id|index|rownames?|row_?id|nr|no|number|uuid|guid|.+[_ .-](id|nr|no|uuid|key)|[a-z]+Id|column_1)$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Screened:
    """What became of a column: its declaration, with problems and notes."""

    column: ColumnSpec
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def screen_column(column: ColumnSpec, typed: Typed, row: Int64, *, stated: bool) -> Screened:
    """Decide whether a column can be used in its role.

    Args:
        column: Name, role and kind.
        typed: Its values, rows without a target already dropped.
        row: (n,) positions of the rows in the source, from 0.
        stated: True when the job or the declaration named the column; numbering is then not suspected.
    """
    series = typed.series
    if column.role in (Role.IGNORED, Role.IDENTIFIER):
        return Screened(column)
    if series.null_count() == series.len():
        return _empty(column)
    problems = _infinite(series, row)
    match column.role:
        case Role.FEATURE:
            usable, notes = _feature(column, typed, stated)
            return Screened(usable, problems, notes)
        case Role.PROTECTED:
            more, notes = _protected(typed)
            return Screened(column, (*problems, *more), notes)
        case Role.WEIGHT:
            return Screened(column, (*problems, *_weight(typed, row)))
        case Role.TIME:
            return Screened(column, (*problems, *_time(typed)))
    return Screened(column, problems)


def _empty(column: ColumnSpec) -> Screened:
    where = wording.column(column.name)
    if column.role is Role.FEATURE:
        note = f"{where} is empty throughout; it is left out"
        return Screened(column.model_copy(update={"role": Role.IGNORED}), (), (note,))
    if column.role is Role.TARGET:
        return Screened(column)  # told where the rows without a target are counted
    message = f"values are required for the role {column.role.value}, however: the column is empty throughout"
    return Screened(column, (Problem(where, message, "name another column, or none"),))


def _infinite(series: pl.Series, row: Int64) -> tuple[Problem, ...]:
    if series.dtype != pl.Float64:
        return ()
    infinite = series.is_infinite().fill_null(False)
    if not infinite.any():
        return ()
    n = int(infinite.sum())
    message = (
        f"finite numbers are required, however: {wording.counted(n, 'infinite cell')} "
        f"({wording.rows(row[infinite.to_numpy()])})"
    )
    return (Problem(wording.column(series.name), message, "correct them, or leave them empty as missing"),)


def _feature(column: ColumnSpec, typed: Typed, stated: bool) -> tuple[ColumnSpec, tuple[str, ...]]:
    series, where = typed.series, wording.column(column.name)
    n_rows, n_distinct = series.len(), series.n_unique() - (series.null_count() > 0)
    out = column.model_copy(update={"role": Role.IGNORED})
    if n_distinct == 1 and series.null_count() == 0:
        return out, (f"{where} is constant; it is left out",)
    if typed.kind is ColumnKind.CATEGORICAL and n_distinct > max(FEW_CATEGORIES, SHARE_OF_ROWS * n_rows):
        note = (
            f"{where} holds {n_distinct:,} different texts in {n_rows:,} rows (an identifier or free text); "
            "it is left out"
        )
        return out, (note,)
    if not stated and n_distinct == n_rows and _is_numbering(typed):
        identifier = column.model_copy(update={"role": Role.IDENTIFIER})
        return identifier, (
            f"{where} numbers the rows; it is taken as identifier and left out (features = [...] overrules)",
        )
    return column, ()


def _is_numbering(typed: Typed) -> bool:
    """Whole numbers without gaps, or whole numbers whose name says that they number."""
    series = typed.series
    if (
        typed.kind is not ColumnKind.NUMERIC
        or series.is_infinite().any()
        or (series != series.round(0)).any()
    ):
        return False
    numbers = series.to_numpy()
    consecutive = series.len() >= FEW_CATEGORIES and float(np.ptp(numbers)) + 1 == series.len()
    return consecutive or NUMBERING.match(series.name) is not None


def _protected(typed: Typed) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    series, where = typed.series, wording.column(typed.series.name)
    n_levels = series.n_unique() - (series.null_count() > 0)
    if typed.kind is ColumnKind.DATETIME:
        remedy = "derive a number from it, such as the age in years, and give bands"
        return (
            Problem(
                where, "categories or numbers are required of a protected attribute, however: dates", remedy
            ),
        ), ()
    if typed.kind is ColumnKind.CATEGORICAL and n_levels > MOST_LEVELS:
        message = f"at most {MOST_LEVELS} groups are required of a protected attribute, however: {n_levels:,}"
        return (Problem(where, message, "is it an identifier? join rare levels in the source"),), ()
    if n_levels == 1:
        return (), (f"{where} has one group only: differences between its groups cannot be estimated",)
    return (), ()


def _weight(typed: Typed, row: Int64) -> tuple[Problem, ...]:
    series, where = typed.series, wording.column(typed.series.name)
    if typed.kind is not ColumnKind.NUMERIC:
        return (Problem(where, f"numbers are required of a weight, however: {typed.kind.value}"),)
    wrong = series.is_null() | (series < 0)
    if wrong.any():
        cells = wording.counted(int(wrong.sum()), "cell")
        message = (
            f"a weight of 0 or more is required in every row, however: {cells} empty or below 0 "
            f"({wording.rows(row[wrong.to_numpy()])})"
        )
        return (Problem(where, message),)
    return (
        ()
        if series.sum() > 0
        else (Problem(where, "a weight above 0 is required somewhere, however: all are 0"),)
    )


def _time(typed: Typed) -> tuple[Problem, ...]:
    if typed.kind in (ColumnKind.DATETIME, ColumnKind.NUMERIC):
        return ()
    remedy = "write dates as year-month-day"
    where = wording.column(typed.series.name)
    return (
        Problem(where, f"dates or numbers are required of the time, however: {typed.kind.value}", remedy),
    )
