"""A made world of choices: users walk along a ring of items, and some items are chosen by everyone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.table import History, RowsPart, RowsTable


def make_choices(
    histories: list[list[int]], n_items: int, *, repeats: bool = False, weight=None
) -> RowsTable:
    """The last choice of every user is the test, the one before validation; codes count from 1."""
    user = np.concatenate([np.full(len(h), u) for u, h in enumerate(histories)]).astype(np.int64)
    chosen = np.concatenate([np.asarray(h) for h in histories]).astype(np.int64)
    step = np.arange(len(chosen))
    first = np.r_[True, user[1:] != user[:-1]]
    start = step[first][np.cumsum(first) - 1]
    last = np.r_[user[1:] != user[:-1], True]
    size = np.bincount(user)[user]
    test = last & (size > 1)
    validation = np.r_[test[1:], False] & (size > 2)
    log = History(
        values=np.zeros((len(chosen), 0), np.float32),
        codes=chosen[:, None],
        time=(step - start).astype(np.float64),
        series=user,
        start=start,
        stop=step,
    )
    sides = [np.flatnonzero(side) for side in (~test & ~validation, validation, test)]
    train, held, tested = (_part(log, rows, weight) for rows in sides)
    problem = Problem(kind=ProblemKind.RANKING, target="item", repeats=repeats)
    spec = DatasetSpec(
        key="made.choices",
        title="made",
        problem=problem,
        columns=(),
        source=Source(title="made"),
        resource="made:choices.csv",
    )
    return RowsTable(
        spec=spec,
        problem=problem,
        classes=(),
        features=(),
        attributes=(),
        columns=(),
        train=train,
        validation=held,
        test=tested,
        sha256="0" * 64,
        encoder={},
        items=tuple(f"item {i + 1}" for i in range(n_items)),
        item_groups=np.full((n_items + 1, 0), -1, np.int16),
    )


def walk_ring(n_users: int = 150, n_items: int = 30, seed: int = 0) -> RowsTable:
    """Users step along a ring, mostly forward by one: what comes next follows from the last choice."""
    rng = np.random.default_rng(seed)
    histories = []
    for _ in range(n_users):
        steps = rng.choice([1, 1, 1, 2], size=int(rng.integers(6, 16)))
        histories.append((1 + (rng.integers(n_items) + np.cumsum(steps)) % n_items).tolist())
    return make_choices(histories, n_items)


def _part(log: History, rows: np.ndarray, weight) -> RowsPart:
    n = len(rows)
    return RowsPart(
        row=rows,
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), bool),
        categorical=np.zeros((n, 0), np.int64),
        target=log.codes[rows, 0],
        groups=np.zeros((n, 0), np.int16),
        absent=np.zeros((n, 0), bool),
        twin=rows,
        twin_with_target=rows,
        weight=None if weight is None else np.asarray(weight, np.float64)[rows],
        entity=log.series[rows],
        history=replace(log, start=log.start[rows], stop=rows),
    )
