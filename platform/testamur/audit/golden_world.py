"""Small audits with known answers: the building block of golden cases and of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Problem, ProblemKind, Source
from testamur.contracts.job import AuditOptions, SelfCheck
from testamur.contracts.policy import Policy
from testamur.contracts.table import Attribute, Feature, PartName, Predictions, RowsPart, RowsTable

Groups = Mapping[str, tuple[Sequence[str], Any]]


def make_input(
    target: Any,
    predicted: Mapping[str, Any],
    *,
    groups: Groups | None = None,
    kind: ProblemKind = ProblemKind.BINARY,
    classes: tuple[str, ...] = ("no", "yes"),
    threshold: float | None = 0.5,
    numeric: Any = None,
    absent: Any = None,
    train: Mapping[str, Any] | None = None,
    policy: Policy = CORE_DEFAULT,
    options: AuditOptions | None = None,
    seed: int = 0,
    **columns: Any,
) -> AuditInput:
    """An audit of a test part given in full; training and validation hold one row each unless given.

    Args:
        target: (n,) class codes, or values of a regression.
        predicted: By name: (n,) probability of the event, (n, k) probabilities, or (n,) values.
        groups: By attribute: levels, and (n,) level codes with -1 for missing.
        kind: Kind of problem.
        classes: Labels in the order of the codes.
        threshold: Decision threshold.
        numeric: (n, k) features of the test part; one column of zeros by default.
        absent: (n, k) missing cells of the test part.
        train: Fields of the training part that replace the single row.
        policy: Policy of the audit.
        options: The job's ``[audit]`` part; by default 500 bootstrap replicates and no trial on itself.
        seed: Seed of the audit.
        columns: Other fields of the test part: twin, entity, time, weight.
    """
    groups = groups or {}
    features = np.zeros((len(target), 1)) if numeric is None else np.asarray(numeric)
    codes = [np.asarray(code) for _, code in groups.values()]
    test = _part(target, features, codes, kind, absent, columns)
    blank = _part(np.zeros(1), np.zeros((1, features.shape[1])), [np.zeros(1)] * len(codes), kind, None, {})
    names = tuple(f"x{i}" for i in range(features.shape[1]))
    spec = DatasetSpec(
        key="core.golden",
        title="A case with a known answer",
        problem=Problem(kind=kind, target="y", positive="yes" if kind is ProblemKind.BINARY else None),
        columns=tuple(ColumnSpec(name=name) for name in names),
        source=Source(title="made in the test"),
        loader="testamur.audit.golden_world:make_input",
    )
    table = RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=classes if kind is not ProblemKind.REGRESSION else (),
        features=tuple(Feature(name=name, label=name, kind="numeric") for name in names),
        attributes=tuple(Attribute(name, name, tuple(levels)) for name, (levels, _) in groups.items()),
        columns=names,
        train=_part(**train) if train else blank,
        validation=blank,
        test=test,
        sha256="0" * 64,
        encoder={},
    )
    predictions: dict[str, dict[PartName, Predictions]] = {
        name: {"test": _predictions(np.asarray(values, np.float64), kind)}
        for name, values in predicted.items()
    }
    return AuditInput(
        table=table,
        policy=policy,
        options=options or AuditOptions(bootstrap=500, self_check=SelfCheck.OFF),
        predictions=predictions,
        threshold=threshold if kind is ProblemKind.BINARY else None,
        threshold_rule="given by the case",
        seed=seed,
    )


def _part(
    target: Any,
    numeric: Any,
    groups: Sequence[Any],
    kind: ProblemKind,
    absent: Any,
    columns: Mapping[str, Any],
) -> RowsPart:
    n, k = numeric.shape
    wanted = np.float64 if kind is ProblemKind.REGRESSION else np.int64
    twin = -1 - np.arange(n) if len(target) > 1 else np.array([10**9])
    fields: dict[str, Any] = {"twin": twin, "twin_with_target": twin, **columns}
    return RowsPart(
        row=np.arange(n),
        numeric=numeric.astype(np.float32),
        missing=np.zeros((n, k), bool),
        categorical=np.zeros((n, 0), np.int64),
        target=np.asarray(target).astype(wanted),
        groups=np.stack([np.asarray(g) for g in groups], axis=1).astype(np.int16)
        if groups
        else np.zeros((n, 0), np.int16),
        absent=np.zeros((n, k), bool) if absent is None else np.asarray(absent, bool),
        **fields,
    )


def _predictions(values: Any, kind: ProblemKind) -> Predictions:
    if kind is ProblemKind.REGRESSION:
        return Predictions(values=values)
    if values.ndim == 1:
        return Predictions(probabilities=np.stack([1 - values, values], axis=1))
    return Predictions(probabilities=values)


def from_cells(cells: Mapping[str, Sequence[int]], attribute: str = "group") -> tuple[Any, Any, Groups]:
    """Rows with given cells tn, fp, fn, tp per level: outcome, probability (0.9 or 0.1), groups."""
    event, risk, code = [], [], []
    for position, counts in enumerate(cells.values()):
        for n, outcome, probability in zip(counts, (0, 0, 1, 1), (0.1, 0.9, 0.1, 0.9), strict=True):
            event += [outcome] * n
            risk += [probability] * n
            code += [position] * n
    return np.array(event), np.array(risk), {attribute: (tuple(cells), np.array(code))}
