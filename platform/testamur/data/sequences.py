"""Answers of learners put in order: every row may look back on what the same learner answered before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ProblemKind, Role
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import History, PartName, RowsPart, RowsTable
from testamur.data.column_types import as_text, type_column
from testamur.data.encode import as_numbers
from testamur.data.wording import column as where

PARTS: tuple[PartName, ...] = ("train", "validation", "test")
Int64 = NDArray[np.int64]


def add_sequences(table: RowsTable) -> RowsTable:
    """The table with a history per row: items and answers of the same learner, the earliest first.

    The item is the categorical feature with most levels; its codes are those of the encoder (0 = missing,
    rare or unseen in training). Without a time the order of the file counts.

    Args:
        table: A binary problem; a row is an answer, its entity the learner.

    Raises:
        DataError: There is no entity, no item, or another kind of problem.
    """
    _check(table)
    item = int(np.argmax(table.cardinalities))
    feature = [f for f in table.features if f.kind == "categorical"][item]
    levels = next(f["levels"] for f in table.encoder["features"] if f["name"] == feature.name)
    spec = table.spec
    if spec.subjects in ("people", "rows"):
        spec = spec.model_copy(update={"subjects": "answers"})
    return replace(
        table,
        **_with_history(table, item),
        spec=spec,
        items=tuple(levels),
        encoder={**table.encoder, "sequences": _describe(table, feature.name)},
        notes=(*table.notes, *_notes(table, feature.name)),
    )


def _with_history(table: RowsTable, item: int) -> dict[str, RowsPart]:
    """The three parts, each row with the stretch of one shared log that came before it."""
    whole = [table.part(name) for name in PARTS]
    moment = None if whole[0].time is None else np.concatenate([_of(part.time) for part in whole])
    history = _history(
        np.concatenate([_of(part.entity) for part in whole]),
        moment,
        np.concatenate([part.row for part in whole]),
        np.concatenate([part.categorical[:, item] for part in whole]),
        np.concatenate([part.target for part in whole]),
    )
    alike = _alike(history)
    cuts = np.cumsum([part.n_rows for part in whole])[:-1]
    return {
        name: replace(
            part,
            history=replace(history, start=history.start[mine], stop=history.stop[mine]),
            twin=alike[mine],
            twin_with_target=alike[mine],
        )
        for name, part, mine in zip(PARTS, whole, np.split(np.arange(len(alike)), cuts), strict=True)
    }


def _describe(table: RowsTable, item: str) -> dict[str, Any]:
    """What `encode_sequences` needs besides the encoder of rows; JSON-ready."""
    time = next((c for c in table.spec.columns if c.role is Role.TIME), None)
    kind = (time.kind or ColumnKind.NUMERIC).value if time else ""
    return {
        "entity": next(c.name for c in table.spec.columns if c.role is Role.ENTITY),
        "time": {"name": time.name, "source": kind} if time else None,
        "item": item,
    }


def encode_sequences(encoder: Mapping[str, Any], frame: pl.DataFrame, part: RowsPart) -> RowsPart:
    """New rows with their histories; an answer that is not in the rows (yet) is coded -1.

    Args:
        encoder: With the part ``sequences`` that `add_sequences` wrote.
        frame: The rows as read.
        part: The same rows, encoded as plain rows.

    Raises:
        DataError: The column of the learner or the time is absent or of another type.
    """
    rule, faults = encoder["sequences"], []
    kinds = {rule["entity"]: ColumnKind.CATEGORICAL}
    if rule["time"] is not None:
        kinds[rule["time"]["name"]] = ColumnKind(rule["time"]["source"])
    typed = {n: type_column(frame.get_column(n), k) for n, k in kinds.items() if n in frame.columns}
    faults += [
        Problem(where(name), "the column is required, however: the rows have none")
        for name in kinds
        if name not in typed
    ]
    faults += [fault for found in typed.values() for fault in found.problems]
    if faults:
        raise DataError("The answers cannot be read", faults)
    names = as_text(typed[rule["entity"]].series)
    _, entity = np.unique(names.fill_null("").to_numpy().astype(np.str_), return_inverse=True)
    moment = as_numbers(typed[rule["time"]["name"]].series) if rule["time"] else None
    features = [f["name"] for f in encoder["features"] if f["kind"] == "categorical"]
    codes = part.categorical[:, features.index(rule["item"])]
    entity = entity.astype(np.int64)
    history = _history(entity, moment, part.row, codes, np.asarray(part.target, np.int64))
    return replace(part, entity=entity, time=moment, history=history)


def _history(
    entity: Int64, moment: NDArray[np.float64] | None, row: Int64, item: Int64, answer: Int64
) -> History:
    """One log of all answers, and for each row (in the given order) the stretch of it that came before."""
    at = np.zeros(len(row)) if moment is None else moment
    order = np.lexsort((row, at, entity))
    n = len(order)
    step = np.empty(n, dtype=np.int64)
    step[order] = np.arange(n)
    series = entity[order]
    first = np.r_[True, series[1:] != series[:-1]]
    begin = np.flatnonzero(first)[np.cumsum(first) - 1]
    position = (np.arange(n) - begin).astype(np.float64)
    return History(
        values=np.zeros((n, 0), np.float32),
        codes=np.stack([item[order], answer[order]], axis=1).astype(np.int64),
        time=position if moment is None else at[order],
        series=series,
        start=begin[step].astype(np.int64),
        stop=step,
    )


def _alike(history: History) -> Int64:
    """(n,) number of each row: rows share it at the same place of two learners who answered all alike.

    Single rows are no measure: of two answers to one item, one in two is the same.
    """
    log = history
    begin = np.flatnonzero(np.r_[True, log.series[1:] != log.series[:-1]])
    known: dict[bytes, int] = {}
    first = np.zeros(len(log.series), dtype=np.int64)
    for a, b in zip(begin, np.r_[begin[1:], len(log.series)], strict=True):
        first[a:b] = known.setdefault(log.codes[a:b].tobytes(), int(a))
    found: Int64 = first[log.stop] + log.stop - log.start
    return found


def _check(table: RowsTable) -> None:
    problems = []
    if table.problem.kind is not ProblemKind.BINARY:
        message = f"a binary problem is required of sequences, however: {table.problem.kind.value}"
        problems.append(Problem("dataset.problem", message, "a row is an answer: right or wrong"))
    if table.train.entity is None:
        message = "sequences need the column that says whose answers they are, however: no entity is named"
        problems.append(Problem("dataset.entity", message, "entity = '...' names it"))
    if not table.cardinalities:
        message = "sequences need a categorical feature that names the item, however: there is none"
        problems.append(Problem("features", message, "categorical = ['...'] where items are numbers"))
    if table.train.time is not None and any(np.isnan(_of(table.part(name).time)).any() for name in PARTS):
        message = "a moment is required in every row of a sequence, however: some are missing"
        problems.append(Problem("dataset.time", message, "leave those rows out, or name no time"))
    if problems:
        raise DataError("The rows cannot be put into sequences", problems)


def _notes(table: RowsTable, item: str) -> list[str]:
    notes = [f"the item of a sequence is {where(item)}"] if len(table.cardinalities) > 1 else []
    if table.train.time is None:
        notes.append("no time is named: the answers of a learner are taken in the order of the file")
    return notes


def _of(values: Any) -> Any:
    return np.zeros(0) if values is None else values
