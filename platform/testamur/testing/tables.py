"""Small tables and audit inputs, made from lists, for the golden cases of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.job import AuditOptions
from testamur.contracts.policy import Policy
from testamur.contracts.table import Attribute, Feature, Predictions, RowsPart, RowsTable


def make_table(target: Sequence[int], groups: Mapping[str, Sequence[str]] | None = None) -> RowsTable:
    """Make a binary table with one numeric feature, whose three parts hold the same rows.

    Args:
        target: 1 where the event happened, else 0; n of them.
        groups: Level of every row by protected attribute.
    """
    problem = Problem(kind=ProblemKind.BINARY, target="target", positive="1", event="the event")
    spec = DatasetSpec(
        key="golden.table",
        title="golden case",
        problem=problem,
        columns=(),
        source=Source(title="made for a golden case"),
        resource="golden:table.csv",
    )
    levels = {name: tuple(sorted(set(values))) for name, values in (groups or {}).items()}
    part = _part(target, groups or {}, levels)
    return RowsTable(
        spec=spec,
        problem=problem,
        classes=("0", "1"),
        features=(Feature("x", "x", "numeric"),),
        attributes=tuple(Attribute(name, name, known) for name, known in levels.items()),
        columns=("x", *levels),
        train=part,
        validation=part,
        test=part,
        sha256="0" * 64,
        encoder={},
    )


def make_input(
    target: Sequence[int],
    event: Sequence[float],
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    threshold: float = 0.5,
    minimum_group: int = 1,
) -> AuditInput:
    """Make what a check is given, from the outcome and the predicted probability of every row.

    Args:
        target: 1 where the event happened, else 0; n of them.
        event: Predicted probability of the event; n of them.
        groups: Level of every row by protected attribute.
        threshold: Decision threshold on the event probability.
        minimum_group: Denominators below it are not estimable.
    """
    probability = np.asarray(event, dtype=np.float64)
    predictions = Predictions(probabilities=np.column_stack([1 - probability, probability]))
    policy = Policy(
        key="golden.policy",
        version="1",
        title="golden case",
        owner="nobody",
        rationale="made for a golden case",
        minimum_group=minimum_group,
    )
    return AuditInput(
        table=make_table(target, groups),
        policy=policy,
        options=AuditOptions(),
        predictions={"model": {"test": predictions, "validation": predictions}},
        threshold=threshold,
        threshold_rule="fixed",
    )


def _part(
    target: Sequence[int], groups: Mapping[str, Sequence[str]], levels: Mapping[str, tuple[str, ...]]
) -> RowsPart:
    n = len(target)
    codes = np.zeros((n, len(levels)), dtype=np.int16)  # (n, n_attributes)
    for position, (name, known) in enumerate(levels.items()):
        codes[:, position] = [known.index(value) for value in groups[name]]
    rows = np.arange(n, dtype=np.int64)
    return RowsPart(
        row=rows,
        numeric=rows[:, None].astype(np.float32),
        missing=np.zeros((n, 1), dtype=np.bool_),
        categorical=np.zeros((n, 0), dtype=np.int64),
        target=np.asarray(target, dtype=np.int64),
        groups=codes,
        absent=np.zeros((n, 1 + len(levels)), dtype=np.bool_),
        twin=rows,
        twin_with_target=rows,
    )
