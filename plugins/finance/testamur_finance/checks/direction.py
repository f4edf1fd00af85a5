"""Whether anything here says if tomorrow is up or down."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur_finance.findings import counted, generator, json_file, measured, unknown
from testamur_finance.intervals import Floats, Interval, Ints, block_bootstrap
from testamur_finance.market.rules import rule_forecasts
from testamur_finance.market.scores import by_day
from testamur_finance.market.series import day_of, next_return
from testamur_finance.market.tests import diebold_mariano, holm

KEY = "finance.market.direction"
EVIDENCE = "finance_direction.json"
MOST_DRAWS = 1000
MODEL = "this model"
SMALLEST_VIEW = 1e-6  # per cent: a median nearer to zero is no view


def measure_direction(given: AuditInput) -> CheckOutcome:
    """Mean forecasts against the random walk (zero), and their signs against "always up"."""
    part = given.table.test
    actual, day = next_return(part), day_of(part)
    known = np.flatnonzero(~np.isnan(actual))
    if len(np.unique(day[known])) < 2:
        return CheckOutcome((unknown(KEY, "n_better", "rules better than the random walk", "too few days"),))
    forecasts = rule_forecasts(given.table)
    means = _stated_mean(given)
    if means is not None:
        forecasts = {MODEL: means, **forecasts}
    rows = [_row(given, name, values[known], actual[known], day[known]) for name, values in forecasts.items()]
    adjusted = holm(np.array([row["p_value"] for row in rows]))
    for row, p_value in zip(rows, adjusted, strict=True):
        row["p_adjusted"] = float(p_value)
    better = [row for row in rows if row["p_adjusted"] < 0.05 and row["statistic"] > 0]
    up = float((actual[known] > 0).mean())
    findings = [
        counted(
            KEY, "n_better", "forecasts of the mean that beat the random walk", len(better), len(known),
            method="Diebold-Mariano at 5 %, Holm over the forecasts", evidence=EVIDENCE,
        ),
        counted(
            KEY, "always_up", "returns above zero", up, len(known), Unit.SHARE,
            note="what 'always up' is right on", evidence=EVIDENCE,
        ),
        *_of_the_model(given, rows, len(known)),
    ]  # fmt: skip
    tree = {"rows": rows, "always_up": up, "n": len(known), "states_mean": means is not None}
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "Forecasts of the mean"),))


def _stated_mean(given: AuditInput) -> Floats | None:
    """(n,) the mean that the model states, or its median where that takes a view; None where it is zero."""
    said, levels = given.predictions["model"]["test"], given.table.problem.quantiles
    if said.values is not None:
        return np.asarray(said.values, dtype=np.float64).reshape(given.table.test.n_rows, -1)[:, 0]
    middle = [i for i, level in enumerate(levels) if abs(level - 0.5) < 1e-9]
    if said.quantiles is None or not middle:
        return None
    median: Floats = said.quantiles[:, 0, middle[0]]
    return median if np.abs(median).max(initial=0.0) > SMALLEST_VIEW else None


def _row(given: AuditInput, name: str, said: Floats, actual: Floats, day: Floats) -> dict[str, Any]:
    gain, _ = by_day(actual**2 - (actual - said) ** 2, day)
    error, _ = by_day((actual - said) ** 2, day)
    square, _ = by_day(actual**2, day)
    test = diebold_mariano(gain)
    moving = said != 0
    ahead, _ = by_day(np.where(moving, np.sign(said) == np.sign(actual), 0.5) * 1.0 - (actual > 0), day)
    r2 = _interval(given, lambda rows: 1 - float(error[rows].sum() / square[rows].sum()), len(gain))
    lead = _interval(given, lambda rows: float(ahead[rows].mean()), len(ahead))
    return {
        "name": name,
        "r2": r2.value,
        "r2_low": r2.low,
        "r2_high": r2.high,
        "statistic": test.statistic,
        "p_value": test.p_value,
        "hit_rate": float(np.mean(np.sign(said[moving]) == np.sign(actual[moving])))
        if moving.any()
        else None,
        "lead": lead.value,
        "lead_low": lead.low,
        "lead_high": lead.high,
        "method": lead.method,
    }


def _of_the_model(given: AuditInput, rows: list[dict[str, Any]], n: int) -> list[Finding]:
    own = next((row for row in rows if row["name"] == MODEL), None)
    labels = (
        ("r2_over_random_walk", "squared error saved against the random walk", Unit.NUMBER),
        ("hit_rate_lead", "hit rate less that of 'always up'", Unit.POINTS),
    )
    if own is None:
        reason = "the model takes no view on direction: its median is zero"
        return [unknown(KEY, measure, label, reason, unit) for measure, label, unit in labels]
    intervals = (
        Interval(own["r2"], own["r2_low"], own["r2_high"], own["method"]),
        Interval(own["lead"], own["lead_low"], own["lead_high"], own["method"]),
    )
    return [
        measured(
            KEY, measure, label, interval, n, unit, p_value=own["p_value"] if unit is Unit.NUMBER else None,
            evidence=EVIDENCE, level=given.policy.level,
        )
        for (measure, label, unit), interval in zip(labels, intervals, strict=True)
    ]  # fmt: skip


def _interval(given: AuditInput, statistic: Any, n: int) -> Interval:
    def of(rows: Ints) -> float:
        return float(statistic(rows))

    return block_bootstrap(
        of,
        n,
        level=given.policy.level,
        n_draws=min(given.options.bootstrap, MOST_DRAWS),
        rng=generator(given, KEY),
    )
