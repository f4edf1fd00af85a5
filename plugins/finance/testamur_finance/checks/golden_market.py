"""Cases with known answers for the checks of market forecasts and of advice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import Problem, ProblemKind
from testamur.contracts.table import History, Predictions
from testamur.testing.tables import make_input

Floats = NDArray[np.float64]

LEVELS = (0.01, 0.5, 0.99)
DAY = 86_400.0


def make_forecast(
    returns: Floats, quantiles: Floats, *, others: dict[str, Floats] | None = None
) -> AuditInput:
    """What a check is given of forecasts of the last days of some series.

    Args:
        returns: (N, T) returns in per cent, one row per series.
        quantiles: (N, n, Q) of the last n days of each series.
        others: The same of baselines, by name.
    """
    n_series, n_days = returns.shape
    n_rows = quantiles.shape[1]
    number = np.repeat(np.arange(n_series), n_days)
    inside = np.tile(np.arange(n_days), n_series)
    stop = np.flatnonzero(inside >= n_days - n_rows)
    history = History(
        values=returns.reshape(-1, 1).astype(np.float32),
        codes=np.zeros((number.size, 0), dtype=np.int64),
        time=inside * DAY,
        series=number,
        start=np.maximum(stop - 1, 0),
        stop=stop,
    )
    made = make_input([0] * stop.size, [0.5] * stop.size)
    problem = Problem(
        kind=ProblemKind.FORECAST, target="ret", horizon=1, season=1, quantiles=LEVELS, step="trading day"
    )
    part = replace(
        made.table.test,
        target=returns.reshape(-1, 1)[stop].astype(np.float64),
        history=history,
        time=stop * DAY,
    )
    table = replace(
        made.table,
        problem=problem,
        spec=made.table.spec.model_copy(update={"problem": problem}),
        classes=(),
        train=part,
        validation=part,
        test=part,
        entities=tuple(f"s{i}" for i in range(n_series)),
    )
    said = {"model": quantiles, **(others or {})}
    predictions = {name: {"test": _as_predictions(q)} for name, q in said.items()}
    return replace(made, table=table, predictions=predictions, threshold=None)


def pinball_cases() -> list[GoldenCase]:
    """A forecast that is twice as far off has twice the loss; one day is too few."""
    returns = np.tile([1.0, -1.0], 30)[None]
    near, far = np.zeros((1, 40, 3)), np.zeros((1, 40, 3))
    near[...] = returns[:, -40:, None] + 1.0
    far[...] = returns[:, -40:, None] + 2.0
    loss = float(np.mean([1 - level for level in LEVELS]))
    given = make_forecast(returns, near, others={"historical": far, "garch": near})
    return [
        GoldenCase(
            "half the loss",
            given,
            (("pinball", "", loss), ("pinball_ratio_historical", "", 0.5), ("pinball_ratio_garch", "", 1.0)),
        ),
        GoldenCase("one day", make_forecast(returns, near[:, -1:]), (("pinball", "", None),)),
    ]


def tails_cases() -> list[GoldenCase]:
    """Four of 200 days beyond 1 %: Kupiec's ratio from two binomials; too few days say nothing."""
    from scipy.stats import binom, chi2

    ratio = 2 * (binom.logpmf(4, 200, 0.02) - binom.logpmf(4, 200, 0.01))
    returns = np.zeros((1, 260))
    returns[0, [70, 110, 150, 190]] = -5.0
    quantiles = np.tile([-1.0, 0.0, 1.0], (1, 200, 1))
    few = make_forecast(returns[:, :80], quantiles[:, :20])
    return [
        GoldenCase(
            "four of two hundred",
            make_forecast(returns, quantiles),
            (
                ("coverage_01", "", 0.02),
                ("kupiec_p_01", "", float(chi2.sf(ratio, 1))),
                ("coverage_99", "", 0.0),
            ),
        ),
        GoldenCase("too few", few, (("coverage_01", "", None),)),
    ]


def direction_cases() -> list[GoldenCase]:
    """Returns that alternate: three of four rules lose, an autoregression is right every day."""
    rng = np.random.default_rng(0)
    returns = (np.tile([1.0, -1.0], 100) + rng.normal(0, 0.01, 200))[None]
    given = make_forecast(returns, np.zeros((1, 80, 3)))
    return [
        GoldenCase(
            "alternating",
            given,
            (("n_better", "", 1.0), ("always_up", "", 0.5), ("hit_rate_lead", "", None)),
        )
    ]


def allocation_cases() -> list[GoldenCase]:
    """Two securities of the same risk that do not move together share the money; too few days say nothing."""
    moves = np.random.default_rng(0).normal(0, 0.1, 400)
    returns = np.stack([np.repeat(moves, 2), np.repeat(moves, 2) * np.tile([1.0, -1.0], 400)])
    short = make_forecast(returns[:, :300], np.tile([-2.3, 0.0, 2.3], (2, 100, 1)))
    given = make_forecast(returns, np.tile([-2.3, 0.0, 2.3], (2, 290, 1)))
    return [
        GoldenCase(
            "two alike", given, (("effective_holdings", "", 2.0), ("risk_level", "", 3.0)), tolerance=1e-3
        ),
        GoldenCase("too short", short, (("volatility_difference", "", None),)),
    ]


def _as_predictions(quantiles: Floats) -> Predictions:
    return Predictions(quantiles=quantiles.reshape(-1, 1, quantiles.shape[-1]).astype(np.float64))
