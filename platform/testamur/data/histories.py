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
    log, groups_of = _ordered(encoder, frame)
    user = log.get_column("user")
    first = np.flatnonzero((user != user.shift(1)).fill_null(True).to_numpy())
    n, steps = first.size, log.height
    code = level_codes(encoder["interactions"]["items"], log.get_column("item"))
    weight = log.get_column("weight").to_numpy() if _weighs(encoder) else None
    at = log.get_column("at").to_numpy()[first]
    groups = np.full((n, len(encoder["attributes"])), -1, dtype=np.int16)
    for j, codes in groups_of.items():
        groups[:, j] = codes[at]
    numbers = np.arange(n, dtype=np.int64)
    return RowsPart(
        row=at.astype(np.int64),
        numeric=np.zeros((n, 0), dtype=np.float32),
        missing=np.zeros((n, 0), dtype=np.bool_),
        categorical=np.zeros((n, 0), dtype=np.int64),
        target=np.zeros(n, dtype=np.int64),
        groups=groups,
        absent=np.ones((n, len(encoder["columns"])), dtype=np.bool_),
        twin=numbers,
        twin_with_target=numbers,
        entity=numbers,
        history=History(
            values=np.zeros((steps, 0), np.float32) if weight is None else weight.astype(np.float32)[:, None],
            codes=code[:, None],
            time=log.get_column("time").to_numpy().astype(np.float64),
            series=np.searchsorted(first, np.arange(steps), side="right").astype(np.int64) - 1,
            start=first.astype(np.int64),
            stop=np.r_[first[1:], steps].astype(np.int64),
        ),
    )


def history_names(encoder: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, ...]:
    """Names of the users in the order of the rows of `encode_histories`."""
    log, _ = _ordered(encoder, frame)
    return tuple(log.get_column("user").unique().sort().to_list())


def _weighs(encoder: Mapping[str, Any]) -> bool:
    rule = encoder["interactions"]
    return rule["weight"] is not None and rule["least_weight"] is None


def _ordered(
    encoder: Mapping[str, Any], frame: pl.DataFrame
) -> tuple[pl.DataFrame, dict[int, NDArray[np.int16]]]:
    """The choices that count, by user and time; and the group of every row, by position of the attribute."""
    rule, faults = encoder["interactions"], []
    kinds = {rule["entity"]: ColumnKind.CATEGORICAL, encoder["target"]["name"]: ColumnKind.CATEGORICAL}
    if rule["time"] is not None:
        kinds[rule["time"]["name"]] = ColumnKind(rule["time"]["source"])
    if rule["least_weight"] is not None:
        kinds[rule["weight"]] = ColumnKind.NUMERIC
    for name in kinds:
        if name not in frame.columns:
            faults.append(Problem(where(name), "the column is required, however: the rows have none"))
    more = {c["name"]: ColumnKind(c["source"]) for c in encoder["columns"]}
    if rule["weight"] is not None:
        more[rule["weight"]] = ColumnKind.NUMERIC
    typed = {
        name: type_column(frame.get_column(name), kind)
        for name, kind in (more | kinds).items()
        if name in frame.columns
    }
    faults += [fault for column in typed.values() for fault in column.problems]
    if faults:
        raise DataError("The choices cannot be read", faults)
    n = frame.height
    time = typed[rule["time"]["name"]].series if rule["time"] else pl.Series(np.zeros(n))
    if time.dtype == pl.Datetime:
        time = time.dt.epoch("us").cast(pl.Float64) / 1e6
    weight = typed[rule["weight"]].series if rule["weight"] in typed else pl.Series(np.ones(n))
    log = pl.DataFrame(
        {
            "user": as_text(typed[rule["entity"]].series),
            "item": as_text(typed[encoder["target"]["name"]].series),
            "time": time,
            "weight": weight.fill_null(0.0),
            "at": np.arange(n),
        }
    )
    log = log.filter(pl.col("user").is_not_null() & pl.col("item").is_not_null())
    if rule["least_weight"] is not None:
        log = log.filter(pl.col("weight") >= rule["least_weight"])
    log = log.sort("user", "time", "at")
    if not rule["repeats"]:
        log = log.filter(log.select(pl.struct("user", "item").is_first_distinct()).to_series())
    groups = {
        j: group_codes(attribute, typed[attribute["name"]].series)
        for j, attribute in enumerate(encoder["attributes"])
        if attribute["name"] in typed
    }
    return log, groups
