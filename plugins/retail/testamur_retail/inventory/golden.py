"""Golden cases of ``retail.reorder``: demand of ten a day, known to the last piece."""

from __future__ import annotations

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind
from testamur.contracts.table import History, Predictions, RowsPart
from testamur_retail.golden_world import make_given, make_part, make_table

DAILY = 10.0
N_TRAIN, N_VALIDATION, N_TEST = 80, 20, 84  # days; too few to train a policy on, so that the case is quick
LENGTH = 28
LEVELS = tuple(round(0.1 * k, 1) for k in range(1, 10))


class Oracle:
    """States every quantile of every day as one number.

    Args:
        value: The number.
        horizon: Days ahead.
    """

    def __init__(self, value: float, horizon: int) -> None:
        self._value, self._horizon = value, horizon

    def predict(self, part: RowsPart) -> Predictions:
        """The same for every row."""
        return Predictions(quantiles=np.full((part.n_rows, self._horizon, len(LEVELS)), self._value))


def plan_cases() -> list[GoldenCase]:
    """Whoever knows the demand costs what the seasonal naive costs here; whoever expects none sells out.

    Demand is 10 a day and each shop starts with R + L = 14 days' worth. The first week passes before a
    delivery
    could come and is not counted; of the eleven weeks that are, a shop that never orders serves one.
    """
    n_counted = N_TEST // 7 - 1
    return [
        GoldenCase(
            "the demand is known",
            _case(DAILY, 14),
            (
                ("cost_saving_over_rival", "", 0.0),
                ("fill_rate", "", 1.0),
                ("rival_fill_rate", "", 1.0),
                ("periods_without_lack", "", 1.0),
                ("covered_protection", "", 1.0),
            ),
            tolerance=1e-6,
        ),
        GoldenCase(
            "no demand is expected",
            _case(0.0, 14),
            (("fill_rate", "", 1 / n_counted), ("covered_protection", "", 0.0)),
        ),
        GoldenCase(
            "the forecast ends before the delivery", _case(DAILY, 7), (("cost_saving_over_rival", "", None),)
        ),
    ]


def _case(expected: float, horizon: int) -> AuditInput:
    n = N_TRAIN + N_VALIDATION + N_TEST
    stops = {
        "train": np.arange(LENGTH, N_TRAIN - horizon),
        "validation": np.arange(N_TRAIN, N_TRAIN + N_VALIDATION - horizon + 1),
        "test": np.arange(N_TRAIN + N_VALIDATION, n - horizon + 1, 7),
    }
    parts = {
        name: make_part(
            np.full((len(stop), horizon), DAILY),
            history=History(
                values=np.full((n, 1), DAILY, np.float32),
                codes=np.zeros((n, 0), np.int64),
                time=np.arange(n, dtype=np.float64),
                series=np.zeros(n, np.int64),
                start=stop - LENGTH,
                stop=stop,
            ),
            entity=np.zeros(len(stop), np.int64),
        )
        for name, stop in stops.items()
    }
    problem = Problem(
        kind=ProblemKind.FORECAST, target="sold", horizon=horizon, season=7, quantiles=LEVELS, step="day"
    )
    table = make_table(problem, parts, entities=("ten a day",))
    oracle = Oracle(expected, horizon)
    said = {name: oracle.predict(part) for name, part in parts.items()}
    return make_given(table, said, predictor=oracle)
