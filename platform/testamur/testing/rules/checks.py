"""Rules about a plugin's checks."""

from __future__ import annotations

from collections.abc import Iterator

from testamur.contracts.check import CheckOutcome, CheckSpec, GoldenCase
from testamur.contracts.finding import CheckStatus, Finding
from testamur.hooks.references import resolve
from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject


def hold_golden_cases(subject: Subject) -> Iterator[Complaint]:
    """Each check has a question, a formula, a citation, and golden cases that hold."""
    for spec in subject.checks:
        for name in ("question", "formula", "citation"):
            if not getattr(spec, name).strip():
                yield Complaint("checks", f"{spec.key}: a {name} is required", f"CheckSpec({name}=...)")
        if spec.golden is None:
            yield Complaint(
                "checks", f"{spec.key}: golden cases are required", "CheckSpec(golden='module:function')"
            )
            continue
        for fault in golden_faults(spec):
            yield Complaint("checks", f"{spec.key}: {fault}", f"mend {spec.run} or {spec.golden}")


def golden_faults(spec: CheckSpec) -> Iterator[str]:
    """Run a check's golden cases and yield, in words, where it misses a known answer.

    Args:
        spec: A check with golden cases.
    """
    if spec.golden is None:
        return
    run = resolve(spec.run)
    cases: list[GoldenCase] = resolve(spec.golden)()
    if not cases:
        yield "at least one golden case is required, however: there is none"
    for case in cases:
        outcome = run(case.given)
        if not isinstance(outcome, CheckOutcome):
            yield f"a CheckOutcome is required, however: {type(outcome).__name__}"
            continue
        for fault in _misses(case, outcome):
            yield f"case {case.name!r}: {fault}"
        strangers = sorted({finding.check for finding in outcome.findings} - {spec.key})
        if strangers:
            yield f"findings must carry the check's own key, however: {', '.join(strangers)}"


def _misses(case: GoldenCase, outcome: CheckOutcome) -> Iterator[str]:
    if not case.expected:
        yield "an expected value is required, however: there is none"
    for measure, group, value in case.expected:
        where = f"{measure} of {group}" if group else measure
        found = [f for f in outcome.findings if f.measure == measure and _group(f) == group]
        if not found:
            yield f"{where}: a finding is required, however: there is none"
        elif not any(_agrees(finding, value, case.tolerance) for finding in found):
            got = ", ".join("not estimable" if f.value is None else repr(f.value) for f in found)
            wanted = "not estimable" if value is None else repr(value)
            yield f"{where}: {wanted} is required, however: {got}"


def _group(finding: Finding) -> str:
    return str(finding.group) if finding.group is not None else ""


def _agrees(finding: Finding, value: float | None, tolerance: float) -> bool:
    if value is None:
        return finding.status is CheckStatus.NOT_ESTIMABLE
    return finding.value is not None and abs(finding.value - value) <= tolerance
