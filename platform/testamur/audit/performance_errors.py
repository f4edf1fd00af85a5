"""Errors of a regression, and their gains over the baselines."""

from __future__ import annotations

import numpy as np

from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.enough import too_few_rows
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, generator, predictions_of
from testamur.audit.interval import Estimate, Floats
from testamur.audit.performance import ERRORS
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

RMSE = Score("rmse", "root mean squared error", Unit.TARGET)
MAE = Score("mae", "mean absolute error", Unit.TARGET)
R2 = Score("r2", "share of variance explained")


def run(given: AuditInput) -> CheckOutcome:
    """RMSE, MAE and R2 of model and baselines, all from one set of resampled rows."""
    target: Floats = given.table.test.target.astype(np.float64)
    reason = too_few_rows(given)
    if reason:
        return CheckOutcome(
            tuple(
                not_estimable(ERRORS.key, s.name, s.label, reason, s.unit, n=len(target))
                for s in (RMSE, MAE, R2)
            )
        )
    predicted = {MODEL: predictions_of(given)} | baselines(given)
    names = list(predicted)
    errors = np.stack([p.values - target for p in predicted.values() if p.values is not None], axis=1)
    centred = target - target.mean()  # keeps the variance below from cancelling digits
    columns = np.concatenate([errors**2, np.abs(errors), centred[:, None], centred[:, None] ** 2], axis=1)
    constant = float(np.ptp(target)) == 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        estimates = mean_gains(
            columns,
            _statistics,
            level=given.policy.level,
            n_boot=given.options.bootstrap,
            rng=generator(given, ERRORS.key),
            cluster=clusters(given),
            n_own=3 * len(names),
        )
    found = _findings(given, names, estimates, constant)
    scores, gains = score_rows(found)
    tree = {"n": len(target), "scores": scores, "gains": gains}
    return CheckOutcome(tuple(found), (json_file("performance.json", tree, "Errors of model and baselines"),))


def _statistics(means: Floats) -> Floats:
    """RMSE, MAE, R2 per prediction, then the gains in RMSE and MAE over each baseline."""
    k = (means.shape[-1] - 2) // 2
    squared, absolute = means[..., :k], means[..., k : 2 * k]
    variance = means[..., -1:] - means[..., -2:-1] ** 2
    rmse = np.sqrt(squared)
    gains = [rmse[..., 1:] - rmse[..., :1], absolute[..., 1:] - absolute[..., :1]]
    return np.concatenate([rmse, absolute, 1 - squared / variance, *gains], axis=-1)


def _findings(
    given: AuditInput, names: list[str], estimates: list[Estimate], constant: bool
) -> list[Finding]:
    k, level = len(names), given.policy.level
    own = [dict(zip(names, estimates[i * k : (i + 1) * k], strict=True)) for i in range(3)]
    rest = estimates[3 * k :]
    gains = [dict(zip(names[1:], rest[i * (k - 1) : (i + 1) * (k - 1)], strict=True)) for i in range(2)]
    found = compare(ERRORS.key, "performance.json", level, RMSE, own[0], gains[0])
    found += compare(ERRORS.key, "performance.json", level, MAE, own[1], gains[1])
    if constant:
        reason = "the target is the same in every test row; there is no variance to explain"
        return [*found, not_estimable(ERRORS.key, R2.name, R2.label, reason, evidence="performance.json")]
    return found + compare(ERRORS.key, "performance.json", level, R2, own[2], {})
