"""Linear models and drawn rows: the building blocks of golden cases that ask a model again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.golden_world import make_input
from testamur.audit.interval import Floats
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import Feature, Predictions, RowsPart


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """w x + offset, or the logistic function of it; its own gradients are exact.

    Attributes:
        weights: (n_numeric,) of the encoded numbers.
        offset: Added to their sum.
        logistic: True where it states the probability of an event.
        by_code: What each code of the first category adds; empty where there is none.
    """

    weights: tuple[float, ...]
    offset: float = 0.0
    logistic: bool = False
    by_code: tuple[float, ...] = ()

    def scores(self, part: RowsPart) -> Floats:
        """(n,) the linear part."""
        found = part.numeric.astype(np.float64) @ np.array(self.weights) + self.offset
        return found + np.array(self.by_code)[part.categorical[:, 0]] if self.by_code else found

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        scores = self.scores(part)
        if not self.logistic:
            return Predictions(values=scores)
        event = 1 / (1 + np.exp(-scores))
        return Predictions(probabilities=np.stack([1 - event, event], axis=1))

    def input_gradient(self, part: RowsPart) -> Floats:
        """Implements `contracts.protocols.Gradients`: (p - y) w, or 2 (w x - y) w."""
        said, target = self.predict(part), np.asarray(part.target, dtype=np.float64)
        error = said.event - target if self.logistic else 2 * (self.scores(part) - target)
        return np.asarray(error[:, None] * np.array(self.weights), dtype=np.float64)


def with_model(
    model: LinearModel,
    numeric: Any,
    target: Any,
    *,
    train: Any = None,
    codes: Any = None,
    groups: Any = None,
    threshold: float | None = 0.5,
) -> AuditInput:
    """An audit of a linear model on a test part given in full.

    Args:
        model: It also answers for the test part.
        numeric: (n, k) numbers of the test part.
        target: (n,) its targets.
        train: (m, k) numbers of the training part; those of the test part unless given.
        codes: (n,) codes of one category beside the numbers, in both parts, or None.
        groups: By attribute: levels, and (n,) level codes.
        threshold: Decision threshold of a logistic model.
    """
    numeric = np.asarray(numeric, dtype=np.float64)
    learnt = numeric if train is None else np.asarray(train, dtype=np.float64)
    kind = ProblemKind.BINARY if model.logistic else ProblemKind.REGRESSION
    blank = np.zeros(len(learnt))
    fields = {
        "target": blank, "numeric": learnt, "groups": [blank] * len(groups or {}), "kind": kind,
        "absent": None, "columns": {},
    }  # fmt: skip
    given = make_input(
        target,
        {"model": np.zeros(len(numeric))},
        groups=groups,
        kind=kind,
        numeric=numeric,
        train=fields,
        threshold=threshold,
    )
    if codes is not None:
        given = replace(given, table=_with_codes(given, np.asarray(codes, dtype=np.int64)))
    said = {"model": {"test": model.predict(given.table.test)}}
    return replace(given, predictions=said, predictor=model, gradients=model)


def _with_codes(given: AuditInput, codes: Any) -> Any:
    """The table with one category more; training rows take the codes in turn."""
    table = given.table
    n_train = table.train.n_rows
    return replace(
        table,
        features=(*table.features, Feature("c", "c", "categorical", int(codes.max()) + 1)),
        test=replace(table.test, categorical=codes[:, None]),
        train=replace(table.train, categorical=np.resize(codes, n_train)[:, None]),
    )


@dataclass(frozen=True, slots=True)
class ThreeClasses:
    """Probabilities of 0.4, 0.3 and 0.3 that move with the first number, each by its slope.

    Attributes:
        slopes: Of the three classes; their sum is 0.
    """

    slopes: tuple[float, float, float]

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        moved = part.numeric[:, :1].astype(np.float64) * np.array(self.slopes)
        return Predictions(probabilities=np.array([0.4, 0.3, 0.3]) + moved)


def with_classes(model: ThreeClasses, numeric: Any) -> AuditInput:
    """An audit of three classes, a, b and c; training rows are all 0."""
    n = len(numeric)
    given = make_input(
        np.arange(n) % 3,
        {"model": np.full((n, 3), 1 / 3)},
        kind=ProblemKind.MULTICLASS,
        classes=("a", "b", "c"),
        numeric=numeric,
        train={
            "target": np.zeros(40), "numeric": np.zeros((40, 1)), "groups": [],
            "kind": ProblemKind.MULTICLASS, "absent": None, "columns": {},
        },
    )  # fmt: skip
    encoder = {"features": [{"name": "x0", "kind": "numeric", "source": "numeric"}]}
    return replace(given, table=replace(given.table, encoder=encoder), predictor=model)
