"""Differential fairness: the largest log ratio of any decision between any two groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.fairness_further import DIFFERENTIAL
from testamur.audit.fairness_rates import missing_note, too_many
from testamur.audit.fairness_table import (
    MOST_GROUPS,
    GroupTable,
    Measured,
    RateView,
    measure_groups,
    view_rate,
)
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.interval import Estimate, Floats, ratio
from testamur.audit.rounding import STEPS, step_of_mean
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

_FILE = "differential.json"
_MEASURE, _LABEL = "differential_fairness", "differential fairness (eps)"
_HALF = 0.5  # rows added to each decision: Foulds et al. 2020, eq. 7, with a concentration of 1


def run(given: AuditInput) -> CheckOutcome:
    """Eps of every attribute, and of every pair of them where intersections are asked for."""
    tables = [measure_groups(given, pairs=False, seed_of=DIFFERENTIAL.key)]
    if given.options.intersections and len(given.table.attributes) > 1:
        tables.append(measure_groups(given, pairs=True, seed_of=DIFFERENTIAL.key))
    found: list[Finding] = []
    for table in tables:
        for measured in table.measured:
            found += _of_division(table, measured)
    tree = {
        "divisions": [
            {"attribute": f.attribute, **tree_of(f)} for f in found if f.group is None or f.reference
        ]
    }
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Largest log ratio of a decision"),))


def _of_division(table: GroupTable, measured: Measured) -> list[Finding]:
    if len(measured.division.groups) > MOST_GROUPS:
        return [too_many(table, measured, DIFFERENTIAL.key, _MEASURE, _LABEL, Unit.NUMBER)]
    z = table.critical.pairs["selection_rate"]
    view = view_rate(measured, "selection_rate", table.minimum, z)
    note = missing_note(table, measured)
    common: dict[str, Any] = {"attribute": measured.division.name, "evidence": _FILE, "note": note}
    if len(view.groups) < 2:
        reason = f"fewer than two groups with at least {table.minimum} rows in the test part"
        return [not_estimable(DIFFERENTIAL.key, _MEASURE, _LABEL, reason, n=measured.n_shown, **common)]
    estimate, first, second = largest_log_ratio(view, measured)
    hidden = any(None in shown.values() for shown in measured.shown)
    return [
        done(
            DIFFERENTIAL.key,
            _MEASURE,
            _LABEL,
            estimate,
            level=table.given.policy.level,
            simultaneous=True,
            n=measured.n_shown,
            group=measured.group(view.groups[first]),
            reference=measured.group(view.groups[second]),
            step=_step(measured, view, (first, second)) if hidden else 0.0,
            **common,
        )
    ]


def largest_log_ratio(view: RateView, measured: Measured) -> tuple[Estimate, int, int]:
    """Eps with the ends that the joint intervals of all pairs allow, and the two groups."""
    rows = measured.denominator[view.groups, view.position]
    counted = measured.numerator[view.groups, view.position]
    logs, lows, highs = [], [], []
    for share, low, high, count in (
        (view.value, view.low, view.high, counted),
        (1 - view.value, 1 - view.high, 1 - view.low, rows - counted),
    ):
        smoothed = np.log((count + _HALF) / (rows + 2 * _HALF))
        logs.append(smoothed[:, None] - smoothed[None, :])
        below, above = _log_ends(share, low, high, 0.0 if view.tied is None else view.tied)
        lows.append(below)
        highs.append(above)
    gap = np.max(logs, axis=0)
    first, second = np.unravel_index(int(np.argmax(gap)), gap.shape)
    if first == second:
        first, second = 0, 1
    value = float(gap[first, second])
    on = "" if view.tied is None else " on effective rows"
    method = f"MOVER-R of Wilson intervals{on} at the joint critical value {view.z:.2f}, log scale"
    low_end = min(max(float(np.max(lows)), 0.0), value)
    return Estimate(value, low_end, max(float(np.max(highs)), value), method), int(first), int(second)


def _log_ends(share: Floats, low: Floats, high: Floats, tied: Any) -> tuple[Floats, Floats]:
    """(k, k) lower and upper ends of log(p_i / p_j); over a rate of 0 the upper end is open."""
    nobody, same = (share <= 0)[None, :], np.eye(len(share), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = ratio(
            share[:, None], low[:, None], high[:, None], share[None, :], low[None, :], high[None, :], tied
        )
        below = np.log(np.where(nobody, low[:, None] / high[None, :], below))
        above = np.log(np.where(nobody, np.inf, above))
    return np.where(same, 0.0, below), np.where(same, 0.0, above)


def _step(measured: Measured, view: RateView, pair: tuple[int, int]) -> float:
    """A log ratio changes by 1 / (n p) with one row."""
    rows = measured.denominator[view.groups, view.position]
    rarest = max(1.0, min(float(min(view.value[i], 1 - view.value[i]) * rows[i]) for i in pair))
    wanted = step_of_mean(int(rarest))
    return next((step for step in STEPS if step >= max(wanted, 0.01)), STEPS[-1])
