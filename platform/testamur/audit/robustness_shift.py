"""Shift between training and test: every column's stability index, and a classifier that tells them apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.auc import auc_estimate, auc_parts, constant_estimate
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, Floats, critical_value
from testamur.audit.population_shift import Shift, bins_of, levels_of, measure_shift
from testamur.audit.robustness import SHIFT
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding
from testamur.contracts.table import RowsPart, RowsTable

_FILE = "shift.json"
_MOST_FINDINGS, _MOST_ROWS = 30, 2000
_FEWEST_ROWS = 50  # of either part: ten bins with five rows each
_MOST_LEVELS = 20  # of a category, as inputs of the classifier; its rarer levels are left to one
_RIDGE = 1e-3
_LABEL = "population stability index, test against training"
_TOLD_LABEL = "AUC of telling test rows from training rows"
_HOW = "linear classifier, fitted on half of the rows and judged on the other half; 0.5: not told apart"


def run(given: AuditInput) -> CheckOutcome:
    """PSI of every column, highest first, and the two-sample AUC."""
    table = given.table
    if table.problem.kind is ProblemKind.RANKING:
        reason = "rows of a ranking are users with their histories, and have no columns of their own to shift"
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    if not table.features:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no column of its own belongs to a row; the log is shared")
    n = min(table.train.n_rows, table.test.n_rows)
    if n < _FEWEST_ROWS:
        reason = f"training and test need {_FEWEST_ROWS} rows each"
        return CheckOutcome((not_estimable(SHIFT.key, "psi", _LABEL, reason, n=table.test.n_rows),))
    rng = generator(given, SHIFT.key)
    z = critical_value(given.policy.level, len(table.features))
    shifts = [(name, measure_shift(*counts, z)) for name, *counts in _counts(table)]
    shifts.sort(key=lambda pair: (-pair[1].psi, pair[0]))
    told = told_apart(given, rng)
    found = [_finding(given, name, shift) for name, shift in shifts[:_MOST_FINDINGS]]
    common = {"level": given.policy.level, "evidence": _FILE, "note": _HOW}
    found.append(done(SHIFT.key, "two_sample_auc", _TOLD_LABEL, told, **common))
    file = json_file(_FILE, _tree(given, shifts, told), "Shift of every column")
    return CheckOutcome(tuple(found), (file,))


def _finding(given: AuditInput, name: str, shift: Shift) -> Finding:
    return done(
        SHIFT.key,
        "psi",
        _LABEL,
        shift.estimate,
        subject=name,
        simultaneous=True,
        level=given.policy.level,
        evidence=_FILE,
        p_value=shift.p_value,
        note=f"without any shift it would be {shift.expected:.2g} on average",
    )


def _tree(given: AuditInput, shifts: list[tuple[str, Shift]], told: Estimate) -> dict[str, Any]:
    columns = [
        {
            "name": name,
            "psi": s.psi,
            "low": s.estimate.low,
            "high": s.estimate.high,
            "expected": s.expected,
            "p_value": s.p_value,
        }
        for name, s in shifts
    ]
    return {
        "n_train": given.table.train.n_rows,
        "n_test": given.table.test.n_rows,
        "marks": [0.1, 0.25],
        "columns": columns,
        "two_sample": {"auc": told.value, "low": told.low, "high": told.high, "n": told.n},
    }


def _counts(table: RowsTable) -> list[tuple[str, Any, Any]]:
    """Name and counts of training and test for every feature."""
    found: list[tuple[str, Any, Any]] = []
    k = table.n_numeric
    for j, feature in enumerate(table.features):
        if j < k:
            found.append((feature.name, *bins_of(_numbers(table.train, j), _numbers(table.test, j))))
        else:
            pair = (table.train.categorical[:, j - k], table.test.categorical[:, j - k])
            found.append((feature.name, *levels_of(*pair)))
    return found


def _numbers(part: RowsPart, j: int) -> Floats:
    return np.where(part.missing[:, j], np.nan, part.numeric[:, j].astype(np.float64))


def told_apart(given: AuditInput, rng: np.random.Generator) -> Estimate:
    """AUC of a linear discriminant between training and test, on rows that it was not fitted on.

    D. Lopez-Paz, M. Oquab: Revisiting classifier two-sample tests, ICLR 2017.
    """
    table = given.table
    inputs, source = [], []
    for place, part in enumerate((table.train, table.test)):
        rows = rng.permutation(part.n_rows)[:_MOST_ROWS]
        inputs.append(_inputs(table, part, rows))
        source.append(np.full(len(rows), place))
    x, y = np.concatenate(inputs), np.concatenate(source)
    order = rng.permutation(len(y))
    fitted, judged = order[: len(y) // 2], order[len(y) // 2 :]
    score = x[judged] @ _discriminant(x[fitted], y[fitted])
    parts = auc_parts(y[judged], score)
    return constant_estimate(parts) or auc_estimate(parts, critical_value(given.policy.level))


def _inputs(table: RowsTable, part: RowsPart, rows: Any) -> Floats:
    """(n, p) numbers, missing flags and one column per common level."""
    columns = [part.numeric[rows].astype(np.float64), part.missing[rows].astype(np.float64)]
    for j in range(part.categorical.shape[1]):
        counts = np.bincount(table.train.categorical[:, j])
        common = np.argsort(-counts, kind="stable")[:_MOST_LEVELS]
        columns.append((part.categorical[rows, j][:, None] == common).astype(np.float64))
    return np.concatenate(columns, axis=1)


def _discriminant(x: Floats, y: Floats) -> Floats:
    """(p,) weights of Fisher's linear discriminant with a small ridge, on standardised columns."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    z = (x - centre) / spread
    scatter = z.T @ z / len(z) + _RIDGE * np.eye(z.shape[1])
    weights = np.linalg.solve(scatter, z[y == 1].mean(axis=0) - z[y == 0].mean(axis=0))
    return np.asarray(weights / spread, dtype=np.float64)
