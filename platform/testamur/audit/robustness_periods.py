"""The primary measure in each stretch of the test time, and the change from the first to the latest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from testamur.audit.enough import least
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import CLASSIFICATIONS, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.past_scale import Scaled, scaled_test
from testamur.audit.primary import Primary, Scored, primary_of, too_few
from testamur.audit.robustness import PERIODS
from testamur.audit.skip import Skip
from testamur.audit.taken_predictions import rows_of
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ColumnKind, ProblemKind, Role
from testamur.contracts.finding import CheckStatus, Finding

_FILE = "periods.json"
_HOW = "from the rows' influences, Student's t"
_TRIED = (6, 4, 3, 2)  # periods, as many as have rows enough
_MONTHS = 120 * 86_400.0  # a test time from here on is told in months


def run(given: AuditInput) -> CheckOutcome:
    """Each period's value with joint intervals, and how much worse the latest is than the first.

    Raises:
        Skip: All test rows are of one moment.
    """
    primary, time = primary_of(given), np.asarray(given.table.test.time, np.float64)
    label = f"{primary.label} in a stretch of the test time"
    reason = too_few(given)
    held = scaled_test(given, predictions_of(given))
    usable = held.usable & ~np.isnan(time)
    if not reason and len(np.unique(time[usable])) < 2:
        raise Skip(CheckStatus.NOT_APPLICABLE, "all test rows that can be scored are of one moment")
    period = None if reason else _periods(given, held, time, usable)
    if period is None:
        reason = reason or f"no two periods have {least(given)} rows (of each outcome, of series) each"
        finding = not_estimable(PERIODS.key, f"period_{primary.measure}", label, reason, primary.unit)
        return CheckOutcome((finding,))
    n_periods = int(period.max()) + 1
    scores = [_score(held, primary, np.flatnonzero(period == k)) for k in range(n_periods)]
    names = _names(given, time, period, n_periods)
    level = given.policy.level
    estimates = [
        _bounded(held.estimate(score, level, n_periods, period == k, words=_HOW), primary)
        for k, score in enumerate(scores)
    ]
    common: dict[str, Any] = {"level": level, "evidence": _FILE}
    found = [
        done(
            PERIODS.key, f"period_{primary.measure}", label, estimate, primary.unit, subject=name,
            simultaneous=True, **common,
        )
        for name, estimate in zip(names, estimates, strict=True)
    ]  # fmt: skip
    drift = _drift(held, primary, scores, period, level)
    words = f"{primary.way} of the {primary.label} from the first to the latest stretch of the test time"
    found.append(
        done(PERIODS.key, f"{primary.measure}_{primary.way}_over_time", words, drift, primary.unit, **common)
    )
    whole = primary.score(rows_of(held.said, usable), held.target[usable]).value
    return CheckOutcome(tuple(found), (json_file(_FILE, _tree(primary, found, whole), "By test time"),))


def _bounded(estimate: Estimate, primary: Primary) -> Estimate:
    """No share or rank lies below 0 or above 1, no error below 0."""
    if not np.isfinite(estimate.low):
        return estimate
    high = min(estimate.high, 1.0) if primary.higher else estimate.high
    return replace(estimate, low=max(estimate.low, 0.0), high=high)


def _score(held: Scaled, primary: Primary, rows: Ints) -> Scored:
    return primary.score(rows_of(held.said, rows), held.target[rows])


def _periods(given: AuditInput, held: Scaled, time: Floats, usable: Any) -> Ints | None:
    """(n,) period of each test row, -1 = left out: as many equal ones as have rows enough, or None."""
    for n_periods in _TRIED:
        edges = np.quantile(time[usable], np.arange(1, n_periods) / n_periods, method="higher")
        code: Ints = np.where(usable, np.searchsorted(np.unique(edges), time, side="right"), -1)
        present = np.unique(code[usable])
        if len(present) == n_periods and all(_enough(given, held, code == k) for k in present):
            return code
    return None


def _enough(given: AuditInput, held: Scaled, mine: Any) -> bool:
    """Rows of each class, rows, or what intervals are clustered by, as the policy asks of a group."""
    kind = given.table.problem.kind
    if kind in CLASSIFICATIONS:
        target = np.asarray(held.target[mine], np.int64)
        return int(np.bincount(target, minlength=max(len(given.table.classes), 2)).min()) >= least(given)
    if kind is ProblemKind.FORECAST:
        return held.cluster is None or len(np.unique(held.cluster[mine])) >= 2
    return int(mine.sum()) >= least(given)


def _drift(held: Scaled, primary: Primary, scores: list[Scored], period: Ints, level: float) -> Estimate:
    """How much worse the latest period is than the first; both rest on rows of their own."""
    first, last = period == 0, period == len(scores) - 1
    sign = 1.0 if primary.higher else -1.0
    influence = np.zeros(len(period))
    influence[first], influence[last] = sign * scores[0].influence, -sign * scores[-1].influence
    both = first | last
    change = Scored(sign * (scores[0].value - scores[-1].value), influence[both])
    return held.estimate(change, level, 1, both, words=_HOW)


def _names(given: AuditInput, time: Floats, period: Ints, n_periods: int) -> list[str]:
    """The periods in words; of dates that span months, with the months (never a day of a single row)."""
    plain = [f"period {k + 1} of {n_periods}" for k in range(n_periods)]
    dated = any(c.role is Role.TIME and c.kind is ColumnKind.DATETIME for c in given.table.spec.columns)
    known = time[period >= 0]
    if not dated or known.max() - known.min() < _MONTHS:
        return plain
    return [f"{name}, {_months(time[period == k])}" for k, name in enumerate(plain)]


def _months(time: Floats) -> str:
    ends = [datetime.fromtimestamp(float(t), UTC).strftime("%Y-%m") for t in (time.min(), time.max())]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _tree(primary: Primary, found: list[Finding], whole: float) -> dict[str, Any]:
    rows = [{"name": f.subject, "value": f.value, "low": f.low, "high": f.high, "n": f.n} for f in found[:-1]]
    last = found[-1]
    return {
        "measure": primary.measure,
        "label": primary.label,
        "way": primary.way,
        "whole": whole,
        "level": last.level,
        "periods": rows,
        "over_time": {"value": last.value, "low": last.low, "high": last.high},
    }
