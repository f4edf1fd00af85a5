"""New users for a model that ranks: a file of their choices becomes one row per user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import History, RowsPart
from testamur.data.column_types import as_text, type_column
from testamur.data.encode import level_codes
from testamur.data.groups import group_codes
from testamur.data.wording import column as where


def encode_histories(encoder: Mapping[str, Any], frame: pl.DataFrame) -> RowsPart:
    """One row per user, in the order of their names, with all choices of the user as history.

    What comes next is unknown: the target is 0. Items that training never showed are coded 0. Rows
    without a user, below the least weight or repeating a choice are left out, as in training.

    Args:
        encoder: From `interactions_table.build_interactions`, or the same read back from JSON.
        frame: Choices, with the columns for user and item; time and weight where training had them.

    Raises:
        DataError: A column is absent or of another type; all are listed.
    """
    typed = _typed(encoder, frame)
    log = _ordered(encoder, typed, frame.height)
    user = log.get_column("user")
    first = np.flatnonzero((user != user.shift(1)).fill_null(True).to_numpy()).astype(np.int64)
    n = first.size
    at = log.get_column("at").to_numpy()[first].astype(np.int64)
    numbers = np.arange(n, dtype=np.int64)
    return RowsPart(
        row=at,
        numeric=np.zeros((n, 0), dtype=np.float32),
        missing=np.zeros((n, 0), dtype=np.bool_),
        categorical=np.zeros((n, 0), dtype=np.int64),
        target=np.zeros(n, dtype=np.int64),
        groups=_groups(encoder, typed, at),
        absent=np.ones((n, len(encoder["columns"])), dtype=np.bool_),
        twin=numbers,
        twin_with_target=numbers,
        entity=numbers,
        history=_history(encoder, log, first),
    )


def history_names(encoder: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, ...]:
    """Names of the users in the order of the rows of `encode_histories`."""
    log = _ordered(encoder, _typed(encoder, frame), frame.height)
    return tuple(log.get_column("user").unique().sort().to_list())


def _typed(encoder: Mapping[str, Any], frame: pl.DataFrame) -> dict[str, pl.Series]:
    """The columns that are needed, and those that are welcome, each converted."""
    rule = encoder["interactions"]
    needed = {rule["entity"]: ColumnKind.CATEGORICAL, encoder["target"]["name"]: ColumnKind.CATEGORICAL}
    if rule["time"] is not None:
        needed[rule["time"]["name"]] = ColumnKind(rule["time"]["source"])
    if rule["least_weight"] is not None:
        needed[rule["weight"]] = ColumnKind.NUMERIC
    welcome = {c["name"]: ColumnKind(c["source"]) for c in encoder["columns"]}
    if rule["weight"] is not None:
        welcome[rule["weight"]] = ColumnKind.NUMERIC
    faults = [
        Problem(where(name), "the column is required, however: the rows have none")
        for name in needed
        if name not in frame.columns
    ]
    kinds = welcome | needed
    typed = {n: type_column(frame.get_column(n), kind) for n, kind in kinds.items() if n in frame.columns}
    faults += [fault for column in typed.values() for fault in column.problems]
    if faults:
        raise DataError("The choices cannot be read", faults)
    return {name: column.series for name, column in typed.items()}


def _ordered(encoder: Mapping[str, Any], typed: Mapping[str, pl.Series], n: int) -> pl.DataFrame:
    """The choices that count, by user and time, under names of our own."""
    rule = encoder["interactions"]
    time = typed[rule["time"]["name"]] if rule["time"] else pl.Series(np.zeros(n))
    if time.dtype == pl.Datetime:
        time = time.dt.epoch("us").cast(pl.Float64) / 1e6
    weight = typed[rule["weight"]] if rule["weight"] in typed else pl.Series(np.ones(n))
    log = pl.DataFrame(
        {
            "user": as_text(typed[rule["entity"]]),
            "item": as_text(typed[encoder["target"]["name"]]),
            "time": time,
            "weight": weight.fill_null(0.0),
            "at": np.arange(n),
        }
    )
    log = log.filter(pl.col("user").is_not_null() & pl.col("item").is_not_null())
    if rule["least_weight"] is not None:
        log = log.filter(pl.col("weight") >= rule["least_weight"])
    log = log.sort("user", "time", "at")
    if rule["repeats"]:
        return log
    return log.filter(log.select(pl.struct("user", "item").is_first_distinct()).to_series())


def _history(encoder: Mapping[str, Any], log: pl.DataFrame, first: NDArray[np.int64]) -> History:
    """The log, and for every user all of its own stretch."""
    rule, steps = encoder["interactions"], log.height
    weighs = rule["weight"] is not None and rule["least_weight"] is None
    values = log.get_column("weight").to_numpy().astype(np.float32)[:, None]
    return History(
        values=values if weighs else np.zeros((steps, 0), np.float32),
        codes=level_codes(rule["items"], log.get_column("item"))[:, None],
        time=log.get_column("time").to_numpy().astype(np.float64),
        series=np.searchsorted(first, np.arange(steps), side="right").astype(np.int64) - 1,
        start=first,
        stop=np.r_[first[1:], steps].astype(np.int64)[: first.size],
    )


def _groups(
    encoder: Mapping[str, Any], typed: Mapping[str, pl.Series], at: NDArray[np.int64]
) -> NDArray[np.int16]:
    """(n, n_attributes) groups of the users, of those attributes that the rows have."""
    groups = np.full((at.size, len(encoder["attributes"])), -1, dtype=np.int16)
    for j, attribute in enumerate(encoder["attributes"]):
        if attribute["name"] in typed:
            groups[:, j] = group_codes(attribute, typed[attribute["name"]])[at]
    return groups
