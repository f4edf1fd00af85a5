"""Choices of users put in order: which rows count as a choice, and in which sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import DatasetSpec, Role
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.data import wording

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The rows of a ranking that count.

    Attributes:
        order: (n,) their positions in the frame: the rows of a user together, the earliest first.
        notes: What was left out, and how equal moments were ordered.
    """

    order: Int64
    notes: tuple[str, ...]


def order_choices(frame: pl.DataFrame, spec: DatasetSpec) -> Choices:
    """Choose and order the rows of a ranking.

    Rows without a user are left out, rows below the problem's `least_weight` are no choices, and unless
    the problem `repeats`, only the first choice of an item by a user counts. Rows of one moment, or of a
    table without a time, keep the order of the file.

    Args:
        frame: Converted rows.
        spec: Their declaration; an entity column is among them.

    Raises:
        DataError: A moment is missing, a protected attribute is not constant within a user, or too
            little is left.
    """
    log, faults = _as_log(frame, spec)
    notes: list[str] = []
    kept = _drop(log, pl.col("user").is_not_null(), "without a user left out", notes)
    least = spec.problem.least_weight
    if least is not None and not faults:
        words = f"of a weight below {least:g} left out: they are no choices"
        kept = _drop(kept, (pl.col("weight") >= least).fill_null(False), words, notes)
    kept = kept.sort("user", "time", "at")
    if not spec.problem.repeats:
        first = kept.select(pl.struct("user", "item").is_first_distinct()).to_series()
        words = "that repeat an earlier choice of the same user left out (repeats = true keeps them)"
        kept = _drop(kept, first, words, notes)
    notes += _order_notes(kept, spec)
    faults += _varying(frame, spec, kept)
    if not faults and not kept.height:
        faults.append(Fault("rows", "choices are required, however: none is left", "see the notes"))
    if faults:
        raise DataError("The choices cannot be used", faults)
    return Choices(kept.get_column("at").to_numpy().astype(np.int64), tuple(notes))


def column_of(spec: DatasetSpec, role: Role) -> str | None:
    """Name of the column with this role, or None."""
    return next((c.name for c in spec.columns if c.role is role), None)


def _as_log(frame: pl.DataFrame, spec: DatasetSpec) -> tuple[pl.DataFrame, list[Fault]]:
    """User, item, time, weight under names of our own: a hostile name may be read as a pattern."""
    n, faults = frame.height, []
    user, time, weight = (column_of(spec, role) for role in (Role.ENTITY, Role.TIME, Role.WEIGHT))
    columns = {
        "user": frame.get_column(user or ""),
        "item": frame.get_column(spec.problem.target),
        "time": frame.get_column(time) if time else pl.Series(np.zeros(n)),
        "weight": frame.get_column(weight) if weight else pl.Series(np.ones(n)),
        "at": pl.Series(np.arange(n)),
    }
    if spec.problem.least_weight is not None and weight is None:
        message = "a weight column is required to hold least_weight against, however: none is named"
        faults.append(Fault("dataset.least_weight", message, "weight = '...' names it"))
    if n_missing := columns["time"].null_count():
        message = f"a moment is required in every row of a ranking, however: {n_missing:,} are missing"
        remedy = "leave those rows out, or name no time: then the order of the file counts"
        faults.append(Fault(wording.column(time or ""), message, remedy))
    return pl.DataFrame([series.alias(name) for name, series in columns.items()]), faults


def _drop(log: pl.DataFrame, keep: pl.Expr | pl.Series, words: str, notes: list[str]) -> pl.DataFrame:
    kept = log.filter(keep)
    if n_left_out := log.height - kept.height:
        notes.append(f"{wording.counted(n_left_out, 'row')} of {log.height:,} {words}")
    return kept


def _order_notes(log: pl.DataFrame, spec: DatasetSpec) -> list[str]:
    if column_of(spec, Role.TIME) is None:
        return ["no time is named: the choices of a user are taken in the order of the file"]
    last = log.group_by("user").agg(pl.col("time").tail(2))
    tied = last.filter((pl.col("time").list.len() == 2) & (pl.col("time").list.n_unique() == 1)).height
    if not tied:
        return []
    users = wording.counted(tied, "user")
    return [f"the last choices of {users} share one moment; the order of the file decided between them"]


def _varying(frame: pl.DataFrame, spec: DatasetSpec, log: pl.DataFrame) -> list[Fault]:
    """A protected attribute of a user has one value."""
    faults = []
    user = log.get_column("user")
    for column in (c for c in spec.columns if c.role is Role.PROTECTED):
        value = frame.get_column(column.name).gather(log.get_column("at"))
        pairs = pl.DataFrame([user.alias("user"), value.alias("value")]).unique()
        several = int((pairs.get_column("user").value_counts().get_column("count") > 1).sum())
        if several:
            message = (
                "one value per user is required of a protected attribute of a ranking, however: "
                f"{wording.counted(several, 'user')} with several"
            )
            faults.append(Fault(wording.column(column.name), message, "settle it in the source"))
    return faults
