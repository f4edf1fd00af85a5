"""Errors of forecasts beside the baselines, with paired differences, and step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.enough import too_few_rows
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.forecast import ACCURACY
from testamur.audit.forecast_scores import (
    Units,
    WindowScores,
    median_of,
    pinball_of,
    resampling_units,
    score_windows,
    series_of,
    series_scales,
)
from testamur.audit.forecast_shown import aggregate_tree
from testamur.audit.inputs import MODEL, baselines, generator, predictions_of
from testamur.audit.interval import Estimate, Floats
from testamur.audit.resample import accelerations, count_units, draw_means, units_of
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import Predictions

FILE = "forecast.json"
MASE = Score("mase", "mean absolute scaled error (MASE)", Unit.RATIO)
SMAPE = Score("smape", "symmetric percentage error (sMAPE)", Unit.SHARE)
WQL = Score("wql", "weighted quantile loss (WQL)", Unit.RATIO)
CRPS = Score("scaled_crps", "scaled CRPS", Unit.RATIO)
SCORES = (MASE, SMAPE, WQL, CRPS)
MOST_STEPS = 200  # of the horizon, in the table of steps
_MARKS = ("scaled_error", "percentage", "pinball", "scaled_pinball")
_UNDER = ("one", "one", "size", "one")  # what each is divided by


def run(given: AuditInput) -> CheckOutcome:
    """MASE, sMAPE, WQL and scaled CRPS of model and baselines, from one set of resampled units."""
    n = given.table.test.n_rows
    predicted = {MODEL: predictions_of(given)} | baselines(given)
    scales = series_scales(given.table)
    reason = "" if series_count(given) >= _least(given) else too_few_rows(given)
    if reason:
        return CheckOutcome(
            tuple(not_estimable(ACCURACY.key, s.name, s.label, reason, s.unit, n=n) for s in SCORES)
        )
    units = resampling_units(given)
    scores = {name: score_windows(given.table, p, scales) for name, p in predicted.items()}
    found: list[Finding] = []
    for score, mark, under in zip(SCORES, _MARKS, _UNDER, strict=True):
        found += _compare(given, units, scores, score, mark, under)
    rows, gains = score_rows(found)
    tree = {
        "n": n,
        "n_series": series_count(given),
        "n_without_scale": int(np.isnan(scales[np.unique(series_of(given.table))]).sum()),
        "horizon": given.table.problem.horizon,
        "season": given.table.problem.season,
        "step": given.table.problem.step,
        "units": units.words,
        "scores": rows,
        "gains": gains,
        "relative": _relative(found),
        "steps": by_step(given, predicted, scales),
    }
    files = [json_file(FILE, tree, "Errors of model and baselines, and step by step")]
    files += aggregate_tree(given)
    return CheckOutcome(tuple(found), tuple(files))


def series_count(given: AuditInput) -> int:
    """Series with a test window."""
    return len(np.unique(series_of(given.table)))


def _least(given: AuditInput) -> int:
    return max(given.policy.minimum_group, 2)


def _compare(
    given: AuditInput, units: Units, scores: dict[str, WindowScores], score: Score, mark: str, under: str
) -> list[Finding]:
    """One score of everyone, and the gains of the model; all from the same draws."""
    values = np.stack([getattr(of, mark) for of in scores.values()], axis=1)  # (n, k)
    size = next(iter(scores.values())).size
    usable = ~np.isnan(values).any(axis=1)
    if not usable.any():
        reason = "no test series has a training history that moves: there is nothing to scale errors by"
        return [not_estimable(ACCURACY.key, score.name, score.label, reason, score.unit, evidence=FILE)]
    weight = size if under == "size" else np.ones(len(size))
    columns = np.c_[np.where(usable[:, None], values, 0.0), np.where(usable, weight, 0.0)]
    value = _ratios(columns.mean(axis=0))
    n = int(usable.sum())
    if units.enough:
        rng = generator(given, ACCURACY.key)
        sums = units_of(columns, rng, units.code)
        drawn = _ratios(draw_means(sums, given.options.bootstrap, rng))
        skewed = accelerations(sums, _ratios)
        estimates = [
            _estimate(float(v), drawn[:, i], given, units, n, float(skewed[i])) for i, v in enumerate(value)
        ]
    else:
        words = f"no interval: too few {units.words} to draw from"
        estimates = [Estimate(float(v), -np.inf, np.inf, words, n) for v in value]
    names = list(scores)
    own = dict(zip(names, estimates[: len(names)], strict=True))
    gains = dict(zip(names[1:], estimates[len(names) :], strict=True))
    return compare(ACCURACY.key, FILE, given.policy.level, score, own, gains)


def _ratios(means: Floats) -> Floats:
    """Scores of everyone, then each baseline's less the model's: above 0 the model is better."""
    with np.errstate(divide="ignore", invalid="ignore"):
        of = means[..., :-1] / means[..., -1:]
    return np.concatenate([of, of[..., 1:] - of[..., :1]], axis=-1)


def _estimate(
    value: float, drawn: Floats, given: AuditInput, units: Units, n: int, skewed: float
) -> Estimate:
    finite = drawn[np.isfinite(drawn)]
    if not finite.size:
        return Estimate(value, -np.inf, np.inf, "no interval: nothing to scale by in the draws", n)
    n_units = count_units(n, units.code)
    estimate = percentile_estimate(value, finite, given.policy.level, n, n_units, skewed)
    return Estimate(value, estimate.low, estimate.high, f"bootstrap over {units.words}, percentile", n)


def _relative(found: list[Finding]) -> list[dict[str, Any]]:
    """Each score of the model over each baseline's: below 1 the model is better."""
    own = {f.measure: f.value for f in found if not f.subject and f.value is not None}
    return [
        {"score": name, "baseline": f.subject, "ratio": own[name] / f.value}
        for f in found
        if f.measure.startswith("baseline_")
        and f.value
        and (name := f.measure.removeprefix("baseline_")) in own
    ]


def by_step(given: AuditInput, predicted: dict[str, Predictions], scales: Floats) -> list[dict[str, Any]]:
    """Mean scaled error and scaled pinball loss of each step ahead, of everyone."""
    table = given.table
    target = np.asarray(table.test.target, dtype=np.float64)
    scale = scales[series_of(table)][:, None]
    horizon = target.shape[1]
    chosen = np.unique(np.linspace(0, horizon - 1, min(horizon, MOST_STEPS)).round().astype(int))
    error, crps = {}, {}
    for name, predictions in predicted.items():
        stated = np.asarray(predictions.quantiles)[:, chosen]
        point = median_of(stated, table.problem.quantiles)
        error[name] = np.abs(target[:, chosen] - point) / scale
        crps[name] = pinball_of(stated, target[:, chosen], table.problem.quantiles) / scale
    rows = []
    for i, step in enumerate(chosen.tolist()):
        n = int((~np.isnan(error[MODEL][:, i])).sum())
        if n < max(given.policy.minimum_cell, 1):
            continue
        rows.append(
            {
                "step_ahead": step + 1,
                "n": n,
                "mase": {name: float(np.nanmean(values[:, i])) for name, values in error.items()},
                "scaled_crps": {name: float(np.nanmean(values[:, i])) for name, values in crps.items()},
            }
        )
    return rows
