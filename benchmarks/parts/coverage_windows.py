"""Joint intervals of what windows lose, and of forecasts: over skewed series, and over blocks of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from parts.coverage_checks import Drawn, all_held, run_held
from parts.coverage_worlds import Method, Rng

from testamur.audit import explanation_importance, explanation_past, forecast_accuracy, forecast_coverage
from testamur.audit import robustness_past as past
from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.golden_past import log_of
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Source, WindowRule
from testamur.contracts.job import AuditOptions, SelfCheck
from testamur.contracts.table import History, Predictions, RowsPart, RowsTable

LENGTH, BEFORE, STRIDE, LEVELS = 4, 6, 3, (0.1, 0.5, 0.9)
N_BOOT = 300


@dataclass(frozen=True, slots=True)
class TwoSteps:
    """Forecasts a blend of the two latest values with a spread that is a little too small."""

    def predict(self, part: RowsPart) -> Predictions:
        """Implements `contracts.protocols.Predictor`."""
        assert part.history is not None
        log = part.history
        one, two = (np.nan_to_num(log.values[log.stop - k, 0].astype(np.float64)) for k in (1, 2))
        return Predictions(quantiles=(0.5 * one + 0.3 * two)[:, None, None] + np.array([-0.8, -0.3, 1.0]))


def windows(r: Rng, n_series: int, n_windows: int, skew: float) -> AuditInput:
    """Series of skewed shocks, each with a size of its own, and a blend of two steps as the model.

    Args:
        r: Draws them.
        n_series: How many.
        n_windows: Of each, a few steps apart.
        skew: Standard deviation of the sizes' logarithms.
    """
    steps = LENGTH + STRIDE * (n_windows - 1) + 1
    size = np.exp(skew * r.normal(size=(n_series, 1)))
    shocks = size * (r.exponential(size=(n_series, steps + 20)) - 1)
    values = np.zeros_like(shocks)
    for t in range(2, values.shape[1]):
        values[:, t] = 0.5 * values[:, t - 1] + 0.3 * values[:, t - 2] + shocks[:, t]
    whole = np.c_[np.tile(np.arange(BEFORE, dtype=np.float64), (n_series, 1)), values[:, 20:]]
    return _input(whole, n_windows)


def _input(values: np.ndarray, n_windows: int) -> AuditInput:
    log = log_of(values[..., None])
    first = log.start
    problem = Problem(kind=ProblemKind.FORECAST, target="y", horizon=1, season=1, quantiles=LEVELS)
    spec = DatasetSpec(
        key="core.made",
        title="Series with a known truth",
        problem=problem,
        columns=(),
        source=Source(title="made in the benchmark"),
        loader="testamur.audit.golden_past:windows_world",
        windows=WindowRule(length=LENGTH, test_stride=STRIDE),
    )
    origins = (first[:, None] + BEFORE + LENGTH + STRIDE * np.arange(n_windows)).ravel()
    table = RowsTable(
        spec=spec, problem=problem, classes=(), features=(), attributes=(), columns=(), sha256="0" * 64,
        encoder={"windows": {"channels": ["y"]}}, train=_part(log, first + BEFORE - 1),
        validation=_part(log, first + BEFORE), test=_part(log, origins),
    )  # fmt: skip
    model = TwoSteps()
    return AuditInput(
        table=table,
        policy=CORE_DEFAULT,
        options=AuditOptions(bootstrap=N_BOOT, self_check=SelfCheck.OFF),
        predictions={"model": {"test": model.predict(table.test)}},
        predictor=model,
    )


def _part(log: History, stop: np.ndarray) -> RowsPart:
    n, rows = len(stop), np.arange(len(stop))
    return RowsPart(
        row=rows, numeric=np.zeros((n, 0), np.float32), missing=np.zeros((n, 0), bool),
        categorical=np.zeros((n, 0), np.int64), target=log.values[stop, :1].astype(np.float64),
        groups=np.zeros((n, 0), np.int16), absent=np.zeros((n, 0), bool), twin=rows, twin_with_target=rows,
        time=log.time[stop - 1], history=replace(log, start=stop - LENGTH, stop=stop),
    )  # fmt: skip


@cache
def drawn(n_series: int, n_windows: int, skew: float) -> Drawn:
    """A world of windows by its sizes; its truth is that of 900 series, drawn often."""
    return Drawn(
        lambda r: windows(r, n_series, n_windows, skew), lambda r: windows(r, 900, 1, skew), n_large=250
    )


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    worlds = {
        "100 skewed series": drawn(100, 2, 0.5),
        "30 skewed series": drawn(30, 3, 0.5),
        "blocks of one series": drawn(1, 120, 0.0),
    }
    tried: dict[str, tuple[Callable[[AuditInput], object], str]] = {
        "importance of a channel": (explanation_importance.run, "importance"),
        "by stretch of the past": (explanation_past.run, "past_importance"),
        "noise": (past.run_noise, "scaled_crps_rise"),
        "gaps": (past.run_missing, "scaled_crps_rise"),
        "steps lost": (past.run, "scaled_crps_rise"),
    }
    found: dict[str, Method] = {}
    for words, world in worlds.items():
        for name, (run, measure) in tried.items():
            found[f"influences of windows, joint, {name}: {words}"] = all_held(run, measure, world)
        found[f"bootstrap, scaled error and CRPS of forecasts: {words}"] = run_held(
            forecast_accuracy.run, ("mase", "scaled_crps"), world
        )
        found[f"bootstrap, coverage of forecasts: {words}"] = run_held(
            forecast_coverage.run, ("coverage_80",), world
        )
    return found
