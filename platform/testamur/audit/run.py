"""The audit: plan every check, run each in its guard, and leave nothing out. `conclude` judges."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from testamur.audit.evidence_faults import evidence_faults
from testamur.audit.inputs import check_input
from testamur.audit.plan import reason_to_skip
from testamur.audit.row_evidence import predictions_file, training_file
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, AuditResult, CheckOutcome, CheckSpec
from testamur.contracts.errors import Cancelled, Interrupted, TestamurError
from testamur.contracts.event import EventKind
from testamur.contracts.finding import CheckStatus, CoverageEntry, EvidenceFile, Finding, Section
from testamur.contracts.protocols import Observer
from testamur.hooks.references import resolve


def run_audit(
    given: AuditInput, checks: Sequence[CheckSpec], *, observer: Observer | None = None
) -> AuditResult:
    """Ask every question of `checks` and keep the ledger; nothing is judged yet (`conclude` does that).

    A check that raises is entered as *failed* with the type and place of the exception; the others run on.

    Args:
        given: Table, predictions, policy, options.
        checks: The planned checks, in the order of the report.
        observer: Told after each check; asked between checks whether to stop.

    Raises:
        DataError: Predictions that no check could use.
        ConfigurationError: Options that no check could use.
        Cancelled: The attempt was told to end.
        Interrupted: The attempt was told to stop and resume later.
    """
    started = perf_counter()
    check_input(given)
    told: dict[int, tuple[CoverageEntry, CheckOutcome]] = {}
    evidence: dict[str, EvidenceFile] = {}
    for number, place in enumerate(_order(checks), start=1):
        check = checks[place]
        if observer is not None:
            observer.check_stop()
        entry, outcome = told[place] = run_check(given, check, evidence)
        evidence |= {file.name: file for file in outcome.evidence}
        if observer is not None:
            data = {"check": check.key, "status": entry.status.value, "done": number, "total": len(checks)}
            observer.emit(EventKind.CHECK, data)
    evidence |= {file.name: file for file in (*training_file(given), predictions_file(given))}
    in_order = [told[place] for place in range(len(checks))]
    return AuditResult(
        findings=tuple(finding for _, outcome in in_order for finding in outcome.findings),
        coverage=tuple(entry for entry, _ in in_order),
        verdicts=(),
        evidence=tuple(evidence.values()),
        limitations=(),
        cleared=False,
        seconds=perf_counter() - started,
        notes=given.table.notes,
    )


def _order(checks: Sequence[CheckSpec]) -> list[int]:
    """Positions in the order of the report, those of energy last: they tell what the others took."""
    return sorted(range(len(checks)), key=lambda place: checks[place].section is Section.ENERGY)


def run_check(
    given: AuditInput, check: CheckSpec, known: dict[str, EvidenceFile] | None = None
) -> tuple[CoverageEntry, CheckOutcome]:
    """Run one check in its guard.

    Args:
        given: What is audited.
        check: The check.
        known: Evidence that other checks wrote; the same name with other content makes the check fail.

    Returns:
        The ledger's entry, and what was found (nothing unless the check was done).
    """
    skip = reason_to_skip(check, given)
    if skip is not None:
        return _entry(check, *skip), CheckOutcome(())
    started = perf_counter()
    try:
        outcome = resolve(check.run)(given)
        faults = _faults(check, outcome, known or {})
    except (Cancelled, Interrupted):
        raise
    except Skip as skipped:
        return _entry(check, skipped.status, skipped.reason), CheckOutcome(())
    except Exception as error:  # noqa: BLE001  # the guard: whatever a check raises is entered in the ledger
        return _entry(check, CheckStatus.FAILED, _cause(error), perf_counter() - started), CheckOutcome(())
    seconds = perf_counter() - started
    if faults:
        return _entry(check, CheckStatus.FAILED, faults, seconds), CheckOutcome(())
    findings = tuple(
        f.model_copy(
            update={"seed": given.seed if f.seed is None else f.seed, "seconds": f.seconds or seconds}
        )
        for f in outcome.findings
    )
    return _summary(check, findings, seconds), CheckOutcome(findings, outcome.evidence)


def _cause(error: Exception) -> str:
    """Why a check failed, for the ledger; words that are not ours may quote a cell and are left out."""
    if isinstance(error, TestamurError):
        return f"{type(error).__name__}: {error.message}".rstrip(".")
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"a package is required that is not installed: {error.name}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _faults(check: CheckSpec, outcome: object, known: dict[str, EvidenceFile]) -> str:
    """What is wrong with a check's answer, or nothing."""
    if not isinstance(outcome, CheckOutcome):
        return f"a CheckOutcome is required, however: {type(outcome).__name__}"
    strangers = sorted({f.check for f in outcome.findings if f.check != check.key})
    if strangers:
        return f"findings of {check.key} are required, however: {', '.join(strangers)}"
    faults = evidence_faults(outcome.evidence, known)
    if faults:
        return "; ".join(faults)
    names = {file.name for file in outcome.evidence} | known.keys()
    lost = sorted({f.evidence for f in outcome.findings if f.evidence and f.evidence not in names})
    return f"evidence files that exist are required, however: {', '.join(lost)} does not" if lost else ""


def _summary(check: CheckSpec, findings: Sequence[Finding], seconds: float) -> CoverageEntry:
    n_not = sum(f.status is not CheckStatus.DONE for f in findings)
    if findings and n_not == len(findings):
        reason = findings[0].reason
        return _entry(check, CheckStatus.NOT_ESTIMABLE, reason, seconds, len(findings), n_not)
    return _entry(check, CheckStatus.DONE, "", seconds, len(findings), n_not)


def _entry(
    check: CheckSpec,
    status: CheckStatus,
    reason: str,
    seconds: float = 0.0,
    n_findings: int = 0,
    n_not: int = 0,
) -> CoverageEntry:
    return CoverageEntry(
        check=check.key,
        section=check.section,
        question=check.question,
        status=status,
        reason=reason,
        n_findings=n_findings,
        n_not_estimable=n_not,
        seconds=seconds,
    )
