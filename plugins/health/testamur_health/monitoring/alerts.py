"""The check that asks how often alerts ring for nothing, beside how often they should."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

from testamur.audit.interval import critical_value, share_interval
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit
from testamur_health.monitoring.days import days_of, first_test_day, n_people
from testamur_health.monitoring.null import Counted, own_rhythm, planted
from testamur_health.monitoring.signals import find_signals
from testamur_health.synthetic.sample import planted_days

KEY = "health.monitoring.alerts"
FILE = "alerts.json"
MONTH = 30
MEASURES = {
    "expected_false_a_month": "alerts a month that ring for nothing, were all days alike",
    "simulated_false_a_month": "alerts a month on simulated days of the same rhythm, without events",
    "rung_a_month": "alerts a month on the days of the test part",
    "synthetic_spells_seen": "planted spells that were seen, in SYNTHETIC people",
    "synthetic_false_a_month": "alerts a month on days without a planted spell, in SYNTHETIC people",
}


def run(given: AuditInput) -> CheckOutcome:
    """Expected, simulated and rung alerts per 30 days; and, in synthetic people, spells seen."""
    begin = first_test_day(given.table)
    expected: list[Float64] = []
    rung, simulated = Counted(0, 0), Counted(0, 0)
    for person in range(n_people(given.table)):
        day, columns = days_of(given.table, person)
        found = find_signals(columns)
        judged = np.isfinite(found.expected) & (day >= begin)
        expected.append(found.expected[judged])
        rung = _plus(rung, Counted(int(found.alert[judged].sum()), int(judged.sum())))
        before = {name: values[day < begin] for name, values in columns.items()}
        simulated = _plus(simulated, own_rhythm(before, seed=given.seed + person))
    seen, false = planted(seed=given.seed)
    rate = np.concatenate(expected) if expected else np.zeros(0)
    findings = [
        _exact(given, "expected_false_a_month", rate),
        _counted(
            given, "simulated_false_a_month", simulated, "autoregression of each signal, rule run on it"
        ),
        _counted(given, "rung_a_month", rung, "count; real events are among them, which nobody has marked"),
        _counted(given, "synthetic_spells_seen", seen, "spells planted in made people", share=True),
        _counted(given, "synthetic_false_a_month", false, "days of made people that are no planted days"),
    ]
    tree = {
        "test_days": rung.of,
        "findings": {f.measure: _row(f) for f in findings},
        "shipped": _of_shipped(given, begin),
    }
    content = json.dumps(tree, sort_keys=True, allow_nan=False).encode()
    return CheckOutcome(
        tuple(findings), (EvidenceFile(FILE, content, description="Alerts and false alarms"),)
    )


def _of_shipped(given: AuditInput, begin: int) -> dict[str, int] | None:
    """For the shipped SYNTHETIC export, whose planted days are known: alerts on and off them in the test."""
    request = given.table.request
    if request is None or request.path is not None or request.query is not None:
        return None
    day, columns = days_of(given.table, 0)
    found = find_signals(columns)
    ill = np.isin(day, sorted(planted_days()))
    judged = np.isfinite(found.expected) & (day >= begin)
    return {
        "n_days": int(judged.sum()),
        "n_planted": int((judged & ill).sum()),
        "on_planted": int((found.alert & judged & ill).sum()),
        "on_others": int((found.alert & judged & ~ill).sum()),
    }


def _plus(a: Counted, b: Counted) -> Counted:
    return Counted(a.happened + b.happened, a.of + b.of)


def _about(given: AuditInput, measure: str, n: int) -> dict[str, Any]:
    return {
        "check": KEY,
        "measure": measure,
        "label": MEASURES[measure],
        "n": n,
        "level": given.policy.level,
        "evidence": FILE,
        "seed": given.seed,
    }


def _exact(given: AuditInput, measure: str, rate: Float64) -> Finding:
    about = _about(given, measure, int(rate.size))
    if rate.size < given.policy.minimum_group:
        reason = f"fewer than {given.policy.minimum_group} days with eight weeks before them"
        return Finding(**about, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    return Finding(
        **about, value=MONTH * float(rate.mean()), exact=True, method="mean of 1 / (known days + 1)"
    )


def _counted(given: AuditInput, measure: str, found: Counted, method: str, *, share: bool = False) -> Finding:
    about = _about(given, measure, found.of)
    if found.of < given.policy.minimum_group:
        reason = f"fewer than {given.policy.minimum_group} {'spells' if share else 'days'} to count on"
        return Finding(**{**about, "n": 0}, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    low, high = share_interval(found.happened, found.of, critical_value(given.policy.level))
    scale = 1.0 if share else float(MONTH)
    return Finding(
        **about,
        value=scale * found.happened / found.of,
        low=scale * float(low),
        high=scale * float(high),
        unit=Unit.SHARE if share else Unit.NUMBER,
        method=f"{method}; Wilson interval",
    )


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "status": finding.status.value,
        "label": finding.label,
        "value": finding.value,
        "low": finding.low,
        "high": finding.high,
        "n": finding.n,
        "reason": finding.reason,
    }
