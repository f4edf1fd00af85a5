"""The check that asks how far the forecast is off, in mg/dL, beside persistence and the trend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

from testamur.audit.bootstrap_interval import mean_gains
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur_health.glucose.episodes import STEP_MIN
from testamur_health.glucose.scores import TREND_STEPS

KEY = "health.glucose.errors"
FILE = "glucose_errors.json"
HORIZONS = (6, 12)
BLOCK = 288  # neighbouring origins share most of their future: whole days are resampled


def run(given: AuditInput) -> CheckOutcome:
    """Mean absolute error at 30 and 60 minutes, and how much less it is than that of two simple ways."""
    part = given.table.test
    quantiles = given.predictions["model"]["test"].quantiles
    if part.history is None or quantiles is None:
        raise ValueError("a forecast with its history is required")
    middle = int(np.argmin(np.abs(np.asarray(given.table.problem.quantiles) - 0.5)))
    last = part.history.stop - 1
    now = part.history.values[last, 0].astype(np.float64)
    before = part.history.values[np.maximum(last - TREND_STEPS, part.history.start), 0].astype(np.float64)
    slope = np.nan_to_num((now - before) / TREND_STEPS)
    findings: list[Finding] = []
    rows: list[dict[str, Any]] = []
    for horizon in [h for h in HORIZONS if h <= quantiles.shape[1]]:
        truth = part.target[:, horizon - 1]
        guess = {
            "model": quantiles[:, horizon - 1, middle],
            "persistence": now,
            "trend": now + slope * horizon,
        }
        row, found = _tell(given, truth, guess, horizon, last)
        rows.append(row)
        findings += found
    content = json.dumps({"horizons": rows}, sort_keys=True, allow_nan=False).encode()
    return CheckOutcome(tuple(findings), (EvidenceFile(FILE, content, description="Errors of the forecast"),))


def _tell(
    given: AuditInput, truth: Float64, guess: dict[str, Float64], horizon: int, last: NDArray[np.int64]
) -> tuple[dict[str, Any], list[Finding]]:
    known = ~np.isnan(truth)
    n, minutes = int(known.sum()), STEP_MIN * horizon
    about: dict[str, Any] = {
        "check": KEY,
        "unit": Unit.NUMBER,
        "n": n,
        "level": given.policy.level,
        "evidence": FILE,
        "seed": given.seed,
    }
    names = [
        (f"mae_{minutes}", f"mean absolute error {minutes} minutes ahead, mg/dL"),
        (
            f"mae_less_than_persistence_{minutes}",
            f"less error than persistence, {minutes} minutes ahead, mg/dL",
        ),
        (
            f"mae_less_than_trend_{minutes}",
            f"less error than the trend carried on, {minutes} minutes ahead, mg/dL",
        ),
    ]
    if n < given.policy.minimum_group:
        reason = f"fewer than {given.policy.minimum_group} readings to hold the forecast against"
        none = [
            Finding(**about, measure=m, label=label, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
            for m, label in names
        ]
        return {"minutes": minutes, "n": n, "mae": {}}, none
    errors = {way: np.abs(values[known] - truth[known]) for way, values in guess.items()}
    figures = {
        names[0][0]: errors["model"],
        names[1][0]: errors["persistence"] - errors["model"],
        names[2][0]: errors["trend"] - errors["model"],
    }
    rng = np.random.default_rng([given.seed, 71])
    days = np.unique(last[known] // BLOCK, return_inverse=True)[1]
    found = []
    for measure, label in names:
        low, high = _interval(figures[measure], days, rng, given)
        found.append(
            Finding(
                **about,
                measure=measure,
                label=label,
                value=float(figures[measure].mean()),
                low=low,
                high=high,
                method="mean; interval: days resampled, percentiles, widened where few or skewed",
            )
        )
    mae = {way: round(float(values.mean()), 3) for way, values in errors.items()}
    return {"minutes": minutes, "n": n, "mae": mae}, found


def _interval(
    values: Float64, days: NDArray[np.int64], rng: np.random.Generator, given: AuditInput
) -> tuple[float | None, float | None]:
    (found,) = mean_gains(
        values[:, None],
        lambda means: means,
        level=given.policy.level,
        n_boot=given.options.bootstrap,
        rng=rng,
        cluster=days,
    )
    low, high = (float(end) if np.isfinite(end) else None for end in (found.low, found.high))
    return low, high
