"""The primary measure of a problem as something that can be asked about other predictions of the same rows.

A score carries the influence of every row, so that the change from one set of predictions to another has a
paired interval: its variance is that of the differences (DeLong 1988 for the AUC; the delta method for
means and their roots).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.auc import auc_parts
from testamur.audit.enough import least, too_few_entities, too_few_outcomes, too_few_rows
from testamur.audit.forecast_scores import median_of, pinball_of, series_of
from testamur.audit.influence_interval import ends_of, totals_of
from testamur.audit.inputs import MODEL
from testamur.audit.interval import Estimate, Floats, Ints, without_interval
from testamur.audit.ranks import CUT, discounted, ranks_of
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Unit
from testamur.contracts.table import Predictions

_SMALLEST = 1e-15
_NO_SPREAD = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A measure of some predictions.

    Attributes:
        value: The measure.
        influence: (n,) contribution of each row to its error; their squares sum to its variance.
    """

    value: float
    influence: Floats


@dataclass(frozen=True, slots=True)
class Primary:
    """What is measured when a model is asked again.

    Attributes:
        measure: Slug: auc, macro_auc, rmse, mae, accuracy, log_loss, brier, mase, scaled_crps, ndcg_10, ....
        label: As printed.
        unit: Of the measure and of its changes.
        higher: True where more is better.
        score: (predictions, targets) -> the measure.
    """

    measure: str
    label: str
    unit: Unit
    higher: bool
    score: Callable[[Predictions, Ints | Floats], Scored]

    @property
    def way(self) -> str:
        """How it gets worse."""
        return "fall" if self.higher else "rise"

    def loss(self, before: Scored, after: Scored) -> Scored:
        """How much worse `after` is than `before`, of the same rows; above 0 is worse."""
        sign = 1.0 if self.higher else -1.0
        return Scored(sign * (before.value - after.value), sign * (before.influence - after.influence))


def primary_of(given: AuditInput) -> Primary:
    """The policy's primary measure where it fits the problem and can be asked again, else the usual one.

    Targets and quantiles of a forecast come divided by the scale of their series (see `tried_past`).
    """
    usual = {
        ProblemKind.BINARY: ("auc", "brier", "log_loss"),
        ProblemKind.MULTICLASS: ("macro_auc", "accuracy", "log_loss"),
        ProblemKind.REGRESSION: ("rmse", "mae"),
        ProblemKind.FORECAST: ("scaled_crps", "mase"),
        ProblemKind.RANKING: ("ndcg_10", "hit_rate_10", "mrr"),
    }[given.table.problem.kind]
    named = given.policy.primary_measure
    measure = named if named in usual else usual[0]
    if measure in ("auc", "brier", "log_loss", "macro_auc") and _decided(given):
        measure = "accuracy"  # of classes that were decided elsewhere there is no rank and no risk
    if given.table.problem.kind is ProblemKind.FORECAST:
        return _of_forecast(measure, given.table.problem.quantiles)
    return _KNOWN[measure]


def _decided(given: AuditInput) -> bool:
    said = given.predictions.get(MODEL, {}).get("test")
    return said is not None and said.decided


def too_few(given: AuditInput) -> str:
    """Why the primary measure of the test rows cannot be estimated, or nothing."""
    target = given.table.test.target
    if given.table.problem.kind is ProblemKind.BINARY:
        return too_few_outcomes(given, target) or too_few_entities(given)
    if given.table.problem.kind is ProblemKind.FORECAST:
        return _too_few_windows(given)
    if given.table.problem.kind is ProblemKind.MULTICLASS:
        counts = np.bincount(target.astype(np.int64), minlength=len(given.table.classes))
        if int(np.minimum(counts, len(target) - counts).min()) < least(given):
            return f"a class has fewer than {least(given)} rows in the test part"
    return too_few_rows(given) or too_few_entities(given)


def _too_few_windows(given: AuditInput) -> str:
    """Enough series, or enough windows of a few."""
    n_series = len(np.unique(series_of(given.table)))
    return "" if n_series >= least(given) else too_few_rows(given)


def average(scores: Sequence[Scored]) -> Scored:
    """The mean of scores of the same rows."""
    value = float(np.mean([s.value for s in scores]))
    return Scored(value, np.mean([s.influence for s in scores], axis=0))


def estimate_of(scored: Scored, z: float, cluster: Ints | None = None) -> Estimate:
    """Value with Student's interval from the rows' influences, clustered where rows share an entity.

    Where every row's influence is 0, nothing has changed: the value is exact for these predictions.
    """
    n = len(scored.influence)
    if not scored.influence.any() and scored.value == 0.0:
        return Estimate(0.0, 0.0, 0.0, "the predictions are the same", n)
    total = totals_of(scored.influence, cluster)
    if len(total) < 2 or float(total @ total) ** 0.5 <= _NO_SPREAD:
        return without_interval(scored.value, n)
    words = "paired, from the rows' influences" + (", clustered by entity" if cluster is not None else "")
    low, high = ends_of(scored.value, total, z)
    return Estimate(scored.value, low, high, words, n)


def _of_mean(values: Floats, slope: float = 1.0, value: float | None = None) -> Scored:
    """A mean of (n,) values, or a function of it with this value and slope there."""
    n, mean = len(values), float(values.mean())
    inflated = slope / n * (n / (n - 1.0)) ** 0.5 if n > 1 else slope
    return Scored(mean if value is None else value, (values - mean) * inflated)


def _auc(predictions: Predictions, target: Ints) -> Scored:
    parts = auc_parts(target, predictions.event)
    return Scored(parts.auc, parts.influence)


def _macro_auc(predictions: Predictions, target: Ints) -> Scored:
    table = _table(predictions)
    parts = [auc_parts((target == k).astype(np.int64), table[:, k]) for k in range(table.shape[1])]
    return average([Scored(p.auc, p.influence) for p in parts])


def _accuracy(predictions: Predictions, target: Ints) -> Scored:
    return _of_mean((_table(predictions).argmax(axis=1) == target).astype(np.float64))


def _log_loss(predictions: Predictions, target: Ints) -> Scored:
    table = _table(predictions)
    return _of_mean(-np.log(np.maximum(table[np.arange(len(target)), target], _SMALLEST)))


def _brier(predictions: Predictions, target: Ints) -> Scored:
    return _of_mean((predictions.event - target) ** 2)


def _rmse(predictions: Predictions, target: Floats) -> Scored:
    squared = (np.asarray(predictions.values, dtype=np.float64) - target) ** 2
    root = float(np.sqrt(squared.mean()))
    return _of_mean(squared, 0.5 / root if root > 0 else 0.0, root)


def _mae(predictions: Predictions, target: Floats) -> Scored:
    return _of_mean(np.abs(np.asarray(predictions.values, dtype=np.float64) - target))


def _ndcg(predictions: Predictions, target: Ints) -> Scored:
    return _of_mean(discounted(ranks_of(target, predictions)))


def _hits(predictions: Predictions, target: Ints) -> Scored:
    return _of_mean((ranks_of(target, predictions) <= CUT).astype(np.float64))


def _reciprocal(predictions: Predictions, target: Ints) -> Scored:
    return _of_mean(1.0 / ranks_of(target, predictions))


def _of_forecast(measure: str, levels: tuple[float, ...]) -> Primary:
    """Measures of a forecast whose targets and quantiles are already divided by the scales."""

    def errors(predictions: Predictions, target: Floats) -> Scored:
        stated = np.asarray(predictions.quantiles, dtype=np.float64)
        return _of_mean(np.nanmean(np.abs(median_of(stated, levels) - target), axis=1))

    def losses(predictions: Predictions, target: Floats) -> Scored:
        stated = np.asarray(predictions.quantiles, dtype=np.float64)
        return _of_mean(np.nanmean(pinball_of(stated, target, levels), axis=1))

    if measure == "mase":
        return Primary("mase", "mean absolute scaled error (MASE)", Unit.RATIO, False, errors)
    return Primary("scaled_crps", "scaled CRPS", Unit.RATIO, False, losses)


def _table(predictions: Predictions) -> Floats:
    return np.asarray(predictions.probabilities, dtype=np.float64)


_KNOWN = {
    "auc": Primary("auc", "area under the ROC curve", Unit.NUMBER, True, _auc),
    "macro_auc": Primary(
        "macro_auc", "mean AUC of one class against the rest", Unit.NUMBER, True, _macro_auc
    ),
    "accuracy": Primary("accuracy", "accuracy", Unit.NUMBER, True, _accuracy),
    "log_loss": Primary("log_loss", "log loss", Unit.NUMBER, False, _log_loss),
    "brier": Primary("brier", "Brier score", Unit.NUMBER, False, _brier),
    "rmse": Primary("rmse", "root mean squared error", Unit.TARGET, False, _rmse),
    "mae": Primary("mae", "mean absolute error", Unit.TARGET, False, _mae),
    "ndcg_10": Primary("ndcg_10", "NDCG@10", Unit.NUMBER, True, _ndcg),
    "hit_rate_10": Primary("hit_rate_10", "hit rate among ten", Unit.SHARE, True, _hits),
    "mrr": Primary("mrr", "mean reciprocal rank", Unit.NUMBER, True, _reciprocal),
}
