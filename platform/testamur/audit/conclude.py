"""From everything that was found to what follows: verdicts, limitations, cleared or not. Done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from testamur.audit.judge import cleared, judge
from testamur.audit.limitations import limitations
from testamur.audit.rounding import published, published_verdict
from testamur.contracts.check import AuditInput, AuditResult
from testamur.contracts.finding import Finding
from testamur.contracts.policy import Verdict


def conclude(given: AuditInput, result: AuditResult, added: Sequence[Finding] = ()) -> AuditResult:
    """Hold all findings against the policy and draw every conclusion from the same ones.

    Verdicts are reached on exact figures; what rests on a withheld count is rounded afterwards.

    Args:
        given: What was audited.
        result: What `run_audit` found; not judged yet.
        added: Findings that plugins added after the audit; they come last.
    """
    findings = (*result.findings, *added)
    verdicts = judge(findings, result.coverage, given.policy)
    settled = tuple(published(f) for f in _with_rows_to_settle(findings, verdicts))
    verdicts = tuple(
        v if v.finding is None else published_verdict(v, settled[v.finding], findings[v.finding])
        for v in verdicts
    )
    return replace(
        result,
        findings=settled,
        verdicts=verdicts,
        limitations=limitations(given, result.coverage, settled, verdicts),
        cleared=cleared(verdicts),
    )


def _with_rows_to_settle(findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> tuple[Finding, ...]:
    """Findings that decide a verdict also say how many rows would settle it."""
    needed: dict[int, int] = {}
    for verdict in verdicts:  # a finding may decide two limits: the larger number settles both
        if verdict.finding is not None and verdict.rows_to_settle is not None:
            needed[verdict.finding] = max(verdict.rows_to_settle, needed.get(verdict.finding, 0))
    return tuple(
        f.model_copy(update={"rows_to_settle": needed[i]}) if i in needed else f
        for i, f in enumerate(findings)
    )
