"""Permutation importance of every column, and how stable its order is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from testamur.audit.explanation import IMPORTANCE
from testamur.audit.explanation_channels import label_of, run_past
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, critical_value
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.primary import estimate_of, primary_of, too_few
from testamur.audit.rank_correlation import spearman
from testamur.audit.shuffled import Importance, permutation_importance
from testamur.audit.shuffled_raw import plan_raw, shuffled_columns
from testamur.audit.skip import Skip
from testamur.audit.tried_raw import TriedRaw
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding

_FILE = "importance.json"
_MOST_ROWS, _FEWEST_ROWS = 2000, 500
_MOST_SHUFFLES = 5
_MOST_ASKED = 40_000  # rows that the model is asked about, about; fewer shuffles, then fewer rows
_MOST_FINDINGS = 30
_N_RESAMPLED = 200
_OF_CHOICES = "a recommender sees which items were chosen, and no columns: see how far back it looks"
_STABILITY = "agreement of the order of columns between resampled test parts"


def run(given: AuditInput) -> CheckOutcome:
    """Importance of each raw column with joint intervals; Spearman's correlation over resampled rows."""
    if given.predictor is None:
        return _run_raw(given)
    shape = shape_of(given.table)
    reason = _OF_CHOICES if shape is Shape.CHOICES else "" if shape else reason_against(given)
    if reason:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    label = label_of(given) if shape else _label(given)
    reason = too_few(given)
    if reason:
        n = given.table.test.n_rows
        return CheckOutcome((not_estimable(IMPORTANCE.key, "importance", label, reason, n=n),))
    if shape is not None:
        return run_past(given, shape)
    rng = generator(given, IMPORTANCE.key)
    rows, n_shuffles = _plan(given, rng)
    names = [feature.name for feature in given.table.features]
    orders = [rng.permutation(rows.n) for _ in range(n_shuffles)]
    found = permutation_importance(rows, [[j] for j in range(len(names))], names, orders)
    return _told(given, rows, found, n_shuffles, rng)


def _run_raw(given: AuditInput) -> CheckOutcome:
    """Importance of the columns that a model from elsewhere is given."""
    reason, label = too_few(given), _label(given)
    if reason:
        n = given.table.test.n_rows
        return CheckOutcome((not_estimable(IMPORTANCE.key, "importance", label, reason, n=n),))
    rng = generator(given, IMPORTANCE.key)
    rows, n_shuffles = plan_raw(given, rng)
    return _told(given, rows, shuffled_columns(rows, n_shuffles, rng), n_shuffles, rng)


def _told(
    given: AuditInput,
    rows: TriedRows | TriedRaw,
    found: list[Importance],
    n_shuffles: int,
    rng: np.random.Generator,
) -> CheckOutcome:
    """Findings and evidence, the columns that matter most first."""
    found.sort(key=lambda importance: (-importance.loss.value, importance.names))
    z = critical_value(given.policy.level, len(found))
    estimates = [estimate_of(importance.loss, z, rows.cluster) for importance in found]
    stability = _stability(found, rows, given.policy.level, rng)
    findings = _findings(given, rows, found, estimates, stability, n_shuffles)
    tree = _tree(given, rows, found, estimates, stability, n_shuffles)
    return CheckOutcome(tuple(findings), (json_file(_FILE, tree, "Permutation importance of every column"),))


def _label(given: AuditInput) -> str:
    primary = primary_of(given)
    return f"{primary.way} of the {primary.label} when the column is shuffled"


def _plan(given: AuditInput, rng: np.random.Generator) -> tuple[TriedRows, int]:
    """The rows that are tried and the shuffles: as many as the bound on questions to the model allows."""
    rows = tried_rows(given, rng, most=_MOST_ROWS)
    others = np.array([len(np.unique(column)) - 1 for column in rows.cells.values.T])

    def per_row(n_shuffles: int) -> int:
        return int(np.minimum(others, n_shuffles).sum())

    n_shuffles = next((k for k in range(_MOST_SHUFFLES, 1, -1) if rows.n * per_row(k) <= _MOST_ASKED), 1)
    most = max(_FEWEST_ROWS, _MOST_ASKED // max(per_row(n_shuffles), 1))
    return (rows if rows.n <= most else tried_rows(given, rng, most=most)), n_shuffles


def _stability(
    found: Sequence[Importance], rows: TriedRows | TriedRaw, level: float, rng: np.random.Generator
) -> Estimate | None:
    """Spearman's correlation of the importances with those of resampled rows (or entities), its spread.

    A resampled importance is the value moved by the influences of the rows that were drawn: the model is
    not asked again. None with fewer than three columns.
    """
    if len(found) < 3:
        return None
    own = np.array([importance.loss.value for importance in found])
    influence = np.stack([importance.loss.influence for importance in found], axis=1)  # (n, p)
    if rows.cluster is not None:
        _, code = np.unique(rows.cluster, return_inverse=True)
        influence = np.stack([np.bincount(code, weights=column) for column in influence.T], axis=1)
    n = len(influence)
    times = rng.multinomial(n, np.full(n, 1 / n), size=_N_RESAMPLED).astype(np.float64)
    agreed = np.array([spearman(own, drawn) for drawn in own + (times - 1) @ influence])
    low, high = np.quantile(agreed, [(1 - level) / 2, (1 + level) / 2])
    middle = float(np.median(agreed))
    words = f"spread of {_N_RESAMPLED} resamples of the rows (median, percentiles): no confidence interval"
    return Estimate(middle, min(float(low), middle), max(float(high), middle), words, rows.n)


def _findings(
    given: AuditInput,
    rows: TriedRows | TriedRaw,
    found: Sequence[Importance],
    estimates: Sequence[Estimate],
    stability: Estimate | None,
    n_shuffles: int,
) -> list[Finding]:
    common: dict[str, Any] = {"level": given.policy.level, "evidence": _FILE}
    times = "once" if n_shuffles == 1 else f"{n_shuffles} times"
    note = "; ".join(part for part in (f"shuffled {times}", rows.note) if part)
    findings = [
        done(
            IMPORTANCE.key,
            "importance",
            _label(given),
            estimate,
            rows.primary.unit,
            subject=importance.names[0],
            simultaneous=True,
            note=note,
            **common,
        )
        for importance, estimate in list(zip(found, estimates, strict=True))[:_MOST_FINDINGS]
    ]
    if stability is not None:
        findings.append(done(IMPORTANCE.key, "importance_stability", _STABILITY, stability, **common))
    return findings


def _tree(
    given: AuditInput,
    rows: TriedRows | TriedRaw,
    found: Sequence[Importance],
    estimates: Sequence[Estimate],
    stability: Estimate | None,
    n_shuffles: int,
) -> dict[str, Any]:
    columns = [
        {"name": i.names[0], "value": e.value, "low": e.low, "high": e.high, "by_shuffle": list(i.by_shuffle)}
        for i, e in zip(found, estimates, strict=True)
    ]
    agreed = None if stability is None else {end: getattr(stability, end) for end in ("value", "low", "high")}
    return {
        "measure": rows.primary.measure,
        "label": rows.primary.label,
        "way": rows.primary.way,
        "n": rows.n,
        "n_test": rows.n_test,
        "n_shuffles": n_shuffles,
        "level": given.policy.level,
        "columns": columns,
        "stability": agreed,
    }
