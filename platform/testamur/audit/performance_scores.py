"""Log loss and Brier score, and their gains over the baselines."""

from __future__ import annotations

import numpy as np

from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.comparison import Score, compare, score_rows
from testamur.audit.enough import too_few_outcomes, too_few_rows
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, generator, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.performance import PROBABILITIES
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Finding

_SMALLEST = 1e-15  # a probability of 0 for what happened costs 34.5, not infinity
SCORES = (Score("log_loss", "log loss"), Score("brier", "Brier score"))


def run(given: AuditInput) -> CheckOutcome:
    """Scores of model and baselines from one set of resampled rows, so that gains are paired."""
    target: Ints = given.table.test.target.astype(np.int64)
    reason = _too_few(given, target)
    if reason:
        return CheckOutcome(
            tuple(not_estimable(PROBABILITIES.key, s.name, s.label, reason, n=len(target)) for s in SCORES)
        )
    predicted = {MODEL: predictions_of(given)} | baselines(given)
    names = list(predicted)
    tables = {
        name: _per_row(p.probabilities, target)
        for name, p in predicted.items()
        if p.probabilities is not None
    }
    rng = generator(given, PROBABILITIES.key)
    found: list[Finding] = []
    for position, score in enumerate(SCORES):
        columns = np.stack([tables[name][:, position] for name in names], axis=1)
        estimates = mean_gains(
            columns,
            _with_gains,
            level=given.policy.level,
            n_boot=given.options.bootstrap,
            rng=rng,
            cluster=clusters(given),
            n_own=len(names),
        )
        own = dict(zip(names, estimates[: len(names)], strict=True))
        gains = dict(zip(names[1:], estimates[len(names) :], strict=True))
        found += compare(PROBABILITIES.key, "performance.json", given.policy.level, score, own, gains)
    scores, gains_rows = score_rows(found)
    tree = {"n": len(target), "scores": scores, "gains": gains_rows}
    return CheckOutcome(tuple(found), (json_file("performance.json", tree, "Scores of model and baselines"),))


def _too_few(given: AuditInput, target: Ints) -> str:
    if given.table.problem.kind is ProblemKind.BINARY:
        return too_few_outcomes(given, target, clusters(given))
    return too_few_rows(given)


def _per_row(probabilities: Floats, target: Ints) -> Floats:
    """(n, 2) log loss and Brier score of each row; binary Brier is that of the event alone."""
    rows = np.arange(len(target))
    log_loss = -np.log(np.maximum(probabilities[rows, target], _SMALLEST))
    happened = np.zeros_like(probabilities)
    happened[rows, target] = 1.0
    squared = (probabilities - happened) ** 2
    brier = squared[:, 1] if probabilities.shape[1] == 2 else squared.sum(axis=1)
    return np.stack([log_loss, brier], axis=1)


def _with_gains(means: Floats) -> Floats:
    """Means, then the baselines' means minus the model's, which comes first."""
    return np.concatenate([means, means[..., 1:] - means[..., :1]], axis=-1)
