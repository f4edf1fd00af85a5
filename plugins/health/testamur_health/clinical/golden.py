"""Made people for whom it is plain what a change does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import ColumnSpec
from testamur.contracts.table import Predictions, RowsPart
from testamur.testing.tables import make_input

N = 40


class _Step:
    """Says that risk grows with the one number: one half between 19 and 20."""

    def predict(self, part: RowsPart) -> Predictions:
        risk = 1 / (1 + np.exp(-(part.numeric[:, 0].astype(np.float64) - 19.5)))
        return Predictions(probabilities=np.column_stack([1 - risk, risk]))


def _given(*, immutable: bool, minimum_group: int = 1) -> AuditInput:
    base = make_input(target=[0, 1] * (N // 2), event=[0.5] * N, minimum_group=minimum_group)
    spec = base.table.spec.model_copy(update={"columns": (ColumnSpec(name="x", immutable=immutable),)})
    said = _Step().predict(base.table.test)
    return replace(
        base,
        table=replace(base.table, spec=spec),
        predictions={"model": {"test": said, "validation": said}},
        predictor=_Step(),
    )


def change_cases() -> list[GoldenCase]:
    """Twenty of forty are flagged; a smaller number helps each of them, unless it cannot change."""
    measure = "changeable_share"
    return [
        GoldenCase("a number that can change", _given(immutable=False), ((measure, "", 1.0),)),
        GoldenCase("a number that cannot", _given(immutable=True), ((measure, "", 0.0),)),
        GoldenCase("too few", _given(immutable=False, minimum_group=30), ((measure, "", None),)),
    ]
