"""The AUC of every column alone: a column that ranks almost perfectly was written after the outcome."""

from __future__ import annotations

import numpy as np

from testamur.audit.auc import (
    AucOnly,
    auc_estimate,
    auc_only,
    auc_only_estimate,
    auc_parts,
    constant_estimate,
)
from testamur.audit.enough import too_few_entities, too_few_outcomes
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import clusters, observed_event
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.leakage import COLUMNS
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.table import RowsTable

_FILE = "leakage_columns.json"
_MOST_FINDINGS = 10
_SCREEN = 0.95
_LABEL = "AUC of the column alone"


def run(given: AuditInput) -> CheckOutcome:
    """AUC of each feature on the test part; the ten highest become findings."""
    table, event = given.table, observed_event(given)
    if not table.features:
        reason = "the model has no features"
        return CheckOutcome((not_estimable(COLUMNS.key, "single_column_auc", _LABEL, reason),))
    reason = too_few_outcomes(given, event) or too_few_entities(given)
    if reason:
        return CheckOutcome((not_estimable(COLUMNS.key, "single_column_auc", _LABEL, reason, n=len(event)),))
    z, cluster = critical_value(given.policy.level, len(table.features)), clusters(given)
    ranked = sorted(
        ((name, _estimate(event, score, z, cluster)) for name, score in _scores(table)),
        key=lambda pair: (-pair[1].value, pair[0]),
    )
    found = tuple(
        done(
            COLUMNS.key,
            "single_column_auc",
            _LABEL,
            estimate,
            subject=name,
            level=given.policy.level,
            simultaneous=True,
            evidence=_FILE,
        )
        for name, estimate in ranked[:_MOST_FINDINGS]
    )
    columns = [{"name": name, "auc": e.value, "low": e.low, "high": e.high} for name, e in ranked]
    return CheckOutcome(
        found, (json_file(_FILE, {"limit": _SCREEN, "columns": columns}, "AUC of every column alone"),)
    )


def _estimate(event: Ints, score: Floats, z: float, cluster: Ints | None) -> Estimate:
    if cluster is None:
        estimate = _of_rows(auc_only(event, score), z)
    else:
        parts = auc_parts(event, score)
        estimate = constant_estimate(parts) or auc_estimate(parts, z, cluster)
    if estimate.value >= 0.5:
        return estimate
    return Estimate(1 - estimate.value, 1 - estimate.high, 1 - estimate.low, estimate.method, estimate.n)


def _of_rows(found: AucOnly, z: float) -> Estimate:
    n = found.n_events + found.n_others
    if found.auc == 0.5 and found.variance == 0.0:
        return Estimate(0.5, 0.5, 0.5, "the same value in every row", n)
    return auc_only_estimate(found, z)


def _scores(table: RowsTable) -> list[tuple[str, Floats]]:
    """Each feature as a score: numbers as they are, categories by their event rate in training."""
    names = [f.name for f in table.features if f.kind == "numeric"]
    scores = [(name, np.ascontiguousarray(table.test.numeric[:, i])) for i, name in enumerate(names)]
    for i, feature in enumerate(f for f in table.features if f.kind == "categorical"):
        size = max(feature.cardinality, int(table.test.categorical[:, i].max(initial=0)) + 1)
        code = table.train.categorical[:, i]
        size = max(size, int(code.max(initial=0)) + 1)
        events = np.bincount(code, weights=table.train.target, minlength=size)
        rows = np.bincount(code, minlength=size)
        common = float(np.mean(table.train.target)) if len(code) else 0.5
        rate = (events + common) / (rows + 1.0)  # one row at the common rate: an unseen category is neutral
        scores.append((feature.name, rate[table.test.categorical[:, i]]))
    return scores
