"""Findings held against the limits of a policy: met, breached, not shown."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from testamur.audit.detectable import rows_to_settle
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding, Unit
from testamur.contracts.policy import Limit, Policy, Severity, Verdict, VerdictStatus

_ORDER = {VerdictStatus.BREACHED: 0, VerdictStatus.NOT_SHOWN: 1, VerdictStatus.MET: 2}


def judge(
    findings: Sequence[Finding], coverage: Sequence[CoverageEntry], policy: Policy
) -> tuple[Verdict, ...]:
    """One verdict per limit that applies; the worst finding decides.

    *met*: the whole interval lies on the allowed side. *breached*: the whole interval lies on the
    forbidden side. *not shown*: anything else, also when the check was not done, or when a group
    could not be measured. A limit whose check does not apply to the problem has no verdict.

    Args:
        findings: Everything the audit found, in the report's order.
        coverage: What became of each planned check.
        policy: Whose limits are held against the findings.
    """
    entries = {entry.check: entry for entry in coverage}
    verdicts = []
    for limit in policy.limits:
        entry = entries.get(limit.check)
        if entry is not None and entry.status is CheckStatus.NOT_APPLICABLE:
            continue
        verdicts.append(_judge_limit(limit, findings, entry))
    return tuple(verdicts)


def cleared(verdicts: Sequence[Verdict]) -> bool:
    """True when no `must` limit is breached or not shown."""
    return all(v.status is VerdictStatus.MET for v in verdicts if v.limit.severity is Severity.MUST)


def _judge_limit(limit: Limit, findings: Sequence[Finding], entry: CoverageEntry | None) -> Verdict:
    concerned = [
        (place, finding)
        for place, finding in enumerate(findings)
        if finding.check == limit.check
        and finding.measure == limit.measure
        and (not limit.attribute or finding.attribute == limit.attribute)
    ]
    if entry is None or entry.status is not CheckStatus.DONE:
        # The ledger goes first: what was added to a check that was not done shows nothing.
        estimable = entry is not None and entry.status is CheckStatus.NOT_ESTIMABLE
        concerned = [(i, f) for i, f in concerned if estimable and f.status is not CheckStatus.DONE]
    if not concerned:
        return Verdict(limit=limit, status=VerdictStatus.NOT_SHOWN, reason=_nothing_found(limit, entry))
    held = [_hold(limit, place, finding) for place, finding in concerned]
    return min(held, key=lambda verdict: (_ORDER[verdict.status], -_severity(verdict), verdict.finding or 0))


def _nothing_found(limit: Limit, entry: CoverageEntry | None) -> str:
    if entry is None:
        return f"The check {limit.check} was not planned."
    if entry.status is CheckStatus.DONE:
        of = f" for {limit.attribute}" if limit.attribute else ""
        return f"The check {limit.check} gave no {limit.measure}{of}."
    return f"The check is {entry.status}: {entry.reason}."


def _severity(verdict: Verdict) -> float:
    """How far the value lies towards the forbidden side; without a value it comes last among equals."""
    if verdict.value is None:
        return -inf
    distance = verdict.value - verdict.limit.value
    return -distance if verdict.limit.direction.upwards else distance


def _hold(limit: Limit, place: int, finding: Finding) -> Verdict:
    status, reason, beyond = _compare(limit, finding)
    needed = finding.rows_to_settle
    if status is VerdictStatus.NOT_SHOWN and finding.value is not None and not finding.exact:
        low = -inf if finding.low is None else finding.low
        high = inf if finding.high is None else finding.high
        needed = rows_to_settle(finding.value, low, high, limit.value, finding.n)
    return Verdict(
        limit=limit,
        status=status,
        reason=reason,
        finding=place,
        value=finding.value,
        low=finding.low,
        high=finding.high,
        group=finding.group,
        reference=finding.reference,
        attribute=finding.attribute,
        n=finding.n,
        beyond=beyond,
        detectable=finding.detectable,
        rows_to_settle=needed,
    )


def _compare(limit: Limit, finding: Finding) -> tuple[VerdictStatus, str, bool | None]:
    """Verdict, its reason in a sentence, and for *not shown* whether the value lies beyond the limit."""
    if finding.status is not CheckStatus.DONE or finding.value is None:
        whom = f" for {finding.group}" if finding.group else ""
        return (
            VerdictStatus.NOT_SHOWN,
            f"It could not be measured{whom}: {finding.reason or finding.status}.",
            None,
        )
    beyond = not limit.direction.allows(finding.value, limit.value)
    demand = f"{limit.direction} {_text(limit.value, finding.unit)}"
    if finding.exact:
        value = _text(finding.value, finding.unit)
        status = VerdictStatus.BREACHED if beyond else VerdictStatus.MET
        return status, f"The exact value {value} is {'not ' if beyond else ''}{demand}.", None
    if finding.low is None and finding.high is None:
        return VerdictStatus.NOT_SHOWN, "The value has no interval, so nothing can be shown with it.", beyond
    low = -inf if finding.low is None else finding.low
    high = inf if finding.high is None else finding.high
    span = f"{_text(low, finding.unit)} to {_text(high, finding.unit)}"
    worst, best = (low, high) if limit.direction.upwards else (high, low)
    if limit.direction.allows(worst, limit.value):
        return VerdictStatus.MET, f"The whole interval ({span}) is {demand}.", None
    if not limit.direction.allows(best, limit.value):
        return VerdictStatus.BREACHED, f"The whole interval ({span}) is not {demand}.", None
    side = "beyond it" if beyond else "within it"
    return (
        VerdictStatus.NOT_SHOWN,
        f"The interval ({span}) straddles the limit of {demand}; the value lies {side}.",
        beyond,
    )


def _text(value: float, unit: Unit) -> str:
    if value in (inf, -inf):
        return "unbounded"
    if unit is Unit.SHARE:
        return f"{100 * value:.3g} %"
    if unit is Unit.POINTS:
        return f"{100 * value:.3g} points"
    return f"{value:.3g}"
