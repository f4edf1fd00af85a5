"""Made readings whose alarms can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind
from testamur.contracts.table import History, Predictions, RowsPart
from testamur.testing.tables import make_input

LEVELS = (0.1, 0.5, 0.9)
HORIZON = 12


def _given(series: Float64, quantiles: Float64, minimum_group: int = 1) -> AuditInput:
    """What a check is given when every step but the last twelve is an origin."""
    n = series.size - HORIZON
    target = np.stack([series[i + 1 : i + 1 + HORIZON] for i in range(n)])
    stop = np.arange(1, n + 1, dtype=np.int64)
    history = History(
        values=series[:, None].astype(np.float32),
        codes=np.zeros((series.size, 0), dtype=np.int64),
        time=np.arange(series.size) * 300.0,
        series=np.zeros(series.size, dtype=np.int64),
        start=np.maximum(stop - 36, 0),
        stop=stop,
    )
    base = make_input(target=[0, 1], event=[0.1, 0.9], minimum_group=minimum_group)
    rows = np.arange(n, dtype=np.int64)
    part: RowsPart = replace(
        base.table.test,
        row=rows,
        numeric=np.zeros((n, 1), dtype=np.float32),
        missing=np.zeros((n, 1), dtype=np.bool_),
        categorical=np.zeros((n, 0), dtype=np.int64),
        target=target,
        groups=np.zeros((n, 0), dtype=np.int16),
        absent=np.zeros((n, 1), dtype=np.bool_),
        twin=rows,
        twin_with_target=rows,
        history=history,
    )
    problem = Problem(kind=ProblemKind.FORECAST, target="glucose", horizon=HORIZON, quantiles=LEVELS)
    table = replace(base.table, problem=problem, classes=(), train=part, validation=part, test=part)
    said = Predictions(quantiles=quantiles)
    both = {"test": said, "validation": said}
    return replace(base, table=table, predictions={"model": both, "boosting": both})


def _told(series: Float64, off: float = 0.0) -> Float64:
    """(n, 12, 3) quantiles of someone who knows what comes, give or take 2 mg/dL, and `off` too high."""
    n = series.size - HORIZON
    truth = np.stack([series[i + 1 : i + 1 + HORIZON] for i in range(n)]) + off
    return np.stack([truth - 2, truth, truth + 2], axis=-1)


def _dips(n_dips: int) -> Float64:
    """Every 100 steps a fall from 100 to 60 within one step, 5 steps long."""
    series = np.full(100 * n_dips + 60, 100.0)
    for i in range(n_dips):
        series[100 * i + 60 : 100 * i + 65] = 60.0
    return series


def alarm_cases() -> list[GoldenCase]:
    """Who knows the future foresees every fall the whole horizon ahead; the last reading foresees none."""
    series = _dips(6)
    whole = (
        ("hypo_sensitivity_30", "", 1.0),
        ("hypo_lead_min_30", "", 30.0),
        ("hypo_lead_min_60", "", 60.0),
        ("hypo_false_alarms_a_day_30", "", 0.0),
        ("hypo_gain_over_persistence_30", "", 1.0),
        ("hypo_gain_over_boosting_30", "", 0.0),
        ("hypo_gain_over_trend_30", "", 1.0),
        ("hyper_sensitivity_30", "", None),
    )
    few = (("hypo_sensitivity_30", "", None),)
    return [
        GoldenCase("sudden falls that the model knows", _given(series, _told(series)), whole),
        GoldenCase("too few falls", _given(series, _told(series), minimum_group=20), few),
    ]


def error_cases() -> list[GoldenCase]:
    """A straight rise of 2 mg/dL a step: persistence is 12 and 24 off, the trend exact, the model 3 off."""
    series = 100.0 + 2.0 * np.arange(40)
    expected = (
        ("mae_30", "", 3.0),
        ("mae_less_than_persistence_30", "", 9.0),
        ("mae_less_than_persistence_60", "", 21.0),
        ("mae_less_than_trend_60", "", -3.0),
    )
    given = _given(series, _told(series, off=3.0))
    first = given.table.test.history
    if first is None:
        raise ValueError("a history is required")
    # origins before the fourth step have no trend yet: they are left out
    return [GoldenCase("a straight rise", _without_first(given, 3), expected, tolerance=1e-4)]


def _without_first(given: AuditInput, n: int) -> AuditInput:
    part = given.table.test
    history = part.history
    if history is None:
        raise ValueError("a history is required")
    kept = replace(
        part,
        row=part.row[n:],
        target=part.target[n:],
        history=replace(history, start=history.start[n:], stop=history.stop[n:]),
    )
    said = given.predictions["model"]["test"].quantiles
    if said is None:
        raise ValueError("a forecast is required")
    table = replace(given.table, test=kept, validation=kept)
    predictions = Predictions(quantiles=said[n:])
    return replace(
        given, table=table, predictions={"model": {"test": predictions, "validation": predictions}}
    )
