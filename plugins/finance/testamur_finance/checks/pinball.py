"""Whether the stated quantiles beat the past as it was, EWMA and GARCH."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur_finance.findings import generator, json_file, measured, unknown
from testamur_finance.intervals import Floats, Interval, Ints, block_bootstrap
from testamur_finance.market.baselines import HistoricalSimulation
from testamur_finance.market.scores import by_day, pinball
from testamur_finance.market.series import day_of, next_return
from testamur_finance.market.tests import diebold_mariano

KEY = "finance.market.pinball"
EVIDENCE = "finance_pinball.json"
MOST_DRAWS = 1000
WORDS = {
    "historical": "historical simulation",
    "ewma": "EWMA volatility",
    "garch": "GJR-GARCH",
    "naive": "the naive forecast",
    "boosting": "the classical forecast",
}


def measure_pinball(given: AuditInput) -> CheckOutcome:
    """Mean pinball loss over days, and its ratio to that of each baseline, tested by Diebold and Mariano."""
    losses = daily_losses(given)
    own, days = losses["model"]
    n = len(own)
    if n < 2:
        reason = f"two test days are required, however: {n}"
        return CheckOutcome((unknown(KEY, "pinball", "pinball loss", reason),))
    findings = [
        measured(
            KEY, "pinball", "pinball loss", _interval(given, lambda rows: float(own[rows].mean()), n), n,
            Unit.TARGET, evidence=EVIDENCE, level=given.policy.level,
        )
    ]  # fmt: skip
    tests: dict[str, Any] = {}
    for name, (other, _) in losses.items():
        if name == "model":
            continue
        test = diebold_mariano(other - own)
        tests[name] = {"statistic": test.statistic, "p_value": test.p_value}
        findings.append(_ratio(given, name, own, other, test.p_value))
    tree = {
        "n_days": n,
        "n_rows": given.table.test.n_rows,
        "levels": list(given.table.problem.quantiles),
        "first_day": float(days[0]),
        "last_day": float(days[-1]),
        "loss": {name: float(values.mean()) for name, (values, _) in losses.items()},
        "ratios": [
            {
                "baseline": f.subject, "words": WORDS.get(f.subject, f.subject), "value": f.value,
                "low": f.low, "high": f.high, "method": f.method, **tests[f.subject],
            }
            for f in findings if f.subject
        ],
        "by_level": _by_level(given),
    }  # fmt: skip
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "Pinball loss beside the baselines"),))


def daily_losses(given: AuditInput) -> dict[str, tuple[Floats, Floats]]:
    """Mean pinball loss of each test day, by who forecasts; and the days."""
    part, levels = given.table.test, given.table.problem.quantiles
    actual, day = next_return(part), day_of(part)
    known = ~np.isnan(actual)
    said = {name: parts["test"].quantiles for name, parts in given.predictions.items()}
    if "historical" not in said:  # it needs no fit, and every forecast can be held against it
        said["historical"] = HistoricalSimulation(levels).predict(part).quantiles
    found = {}
    for name, quantiles in said.items():
        if quantiles is not None:
            loss = pinball(actual[known], quantiles[known, 0], levels).mean(axis=1)
            found[name] = by_day(loss, day[known])
    return found


def _ratio(given: AuditInput, name: str, own: Floats, other: Floats, p_value: float) -> Finding:
    def ratio(rows: Ints) -> float:
        return float(own[rows].sum() / other[rows].sum())

    return measured(
        KEY,
        f"pinball_ratio_{name}",
        f"pinball loss relative to {WORDS.get(name, name)}",
        _interval(given, ratio, len(own)),
        len(own),
        Unit.RATIO,
        subject=name,
        p_value=p_value,
        evidence=EVIDENCE,
        level=given.policy.level,
        note="p by Diebold and Mariano with Newey and West's variance",
    )


def _interval(given: AuditInput, statistic: Any, n: int) -> Interval:
    return block_bootstrap(
        statistic,
        n,
        level=given.policy.level,
        n_draws=min(given.options.bootstrap, MOST_DRAWS),
        rng=generator(given, KEY),
    )


def _by_level(given: AuditInput) -> list[dict[str, Any]]:
    part, levels = given.table.test, given.table.problem.quantiles
    actual = next_return(part)
    known = ~np.isnan(actual)
    rows = []
    for i, level in enumerate(levels):
        losses = {
            name: float(pinball(actual[known], p["test"].quantiles[known, 0, i : i + 1], (level,)).mean())
            for name, p in given.predictions.items()
            if p["test"].quantiles is not None
        }
        rows.append({"level": level, "loss": losses})
    return rows
