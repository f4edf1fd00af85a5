"""Small audits made from arrays, for the golden cases of the retail checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import DatasetSpec, Problem, Source
from testamur.contracts.job import AuditOptions
from testamur.contracts.policy import Policy
from testamur.contracts.table import Attribute, History, Predictions, RowsPart, RowsTable

POLICY = Policy(
    key="golden.policy",
    version="1",
    title="golden case",
    owner="nobody",
    rationale="made for a golden case",
    minimum_group=5,
    minimum_cell=1,
)


def make_part(target: Any, *, history: History | None = None, **more: Any) -> RowsPart:
    """A part without features.

    Args:
        target: (n,) or (n, horizon).
        history: What the rows look back on.
        more: Any other field of `RowsPart`.
    """
    target = np.asarray(target)
    n = len(target)
    rows = np.arange(n, dtype=np.int64)
    fields: dict[str, Any] = {
        "row": rows,
        "numeric": np.zeros((n, 0), np.float32),
        "missing": np.zeros((n, 0), np.bool_),
        "categorical": np.zeros((n, 0), np.int64),
        "groups": np.zeros((n, 0), np.int16),
        "absent": np.zeros((n, 0), np.bool_),
        "twin": rows,
        "twin_with_target": rows,
    }
    return RowsPart(target=target, history=history, **(fields | more))


def make_table(
    problem: Problem, parts: Mapping[str, RowsPart], *, attributes: tuple[Attribute, ...] = (), **more: Any
) -> RowsTable:
    """A table of three parts.

    Args:
        problem: What is predicted.
        parts: By name: train, validation, test.
        attributes: The protected attributes.
        more: Any other field of `RowsTable`.
    """
    spec = DatasetSpec(
        key="golden.table",
        title="golden case",
        problem=problem,
        columns=(),
        source=Source(title="made for a golden case"),
        resource="golden:table.csv",
    )
    return RowsTable(
        spec=spec,
        problem=problem,
        classes=more.pop("classes", ()),
        features=(),
        attributes=attributes,
        columns=(),
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        sha256="0" * 64,
        encoder={},
        **more,
    )


def make_given(table: RowsTable, said: Mapping[str, Predictions], *, predictor: Any = None) -> AuditInput:
    """What a check is given.

    Args:
        table: The rows.
        said: The model's predictions by part.
        predictor: The model, where the check asks it.
    """
    return AuditInput(
        table=table,
        policy=POLICY,
        options=AuditOptions(bootstrap=200),
        predictions={"model": dict(said)},  # type: ignore[dict-item]  # names of parts
        predictor=predictor,
    )
