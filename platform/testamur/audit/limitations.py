"""Limitations, generated from the coverage ledger: nobody can leave them out."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.audit.inputs import clusters
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding
from testamur.contracts.policy import Verdict, VerdictStatus

_CLUSTERED = (
    "Rows share entities; Wilson and Newcombe intervals take rows as independent and may be too narrow."
)
_UNWEIGHTED = "The data carry sample weights; the audit counts every row once."


def limitations(
    given: AuditInput,
    coverage: Sequence[CoverageEntry],
    findings: Sequence[Finding],
    verdicts: Sequence[Verdict],
) -> tuple[str, ...]:
    """What this audit does not say, one sentence each.

    Args:
        given: What was audited.
        coverage: The ledger.
        findings: Everything found.
        verdicts: What was judged.
    """
    lines = [
        f"{entry.check} {_VERBS[entry.status]}: {entry.reason}."
        for entry in coverage
        if entry.status in _VERBS
    ]
    lines += _groups(findings)
    n_open = sum(v.status is VerdictStatus.NOT_SHOWN for v in verdicts)
    if n_open:
        lines.append(
            f"{n_open} of {len(verdicts)} limits could be shown neither met nor breached with these rows."
        )
    for attribute, position in ((a, i) for i, a in enumerate(given.table.attributes)):
        n_missing = int((given.table.test.groups[:, position] < 0).sum())
        if n_missing >= max(given.policy.minimum_cell, 1):
            lines.append(
                f"{n_missing} test rows have no value of {attribute.label}; its rates do not speak of them."
            )
    if clusters(given) is not None:
        lines.append(_CLUSTERED)
    if given.table.test.weight is not None:
        lines.append(_UNWEIGHTED)
    lines.append(
        f"Every figure describes the {given.table.test.n_rows} test rows of this data set, nobody else."
    )
    return tuple(lines)


_VERBS = {
    CheckStatus.FAILED: "failed",
    CheckStatus.NOT_RUN: "was not run",
    CheckStatus.NOT_ESTIMABLE: "could not be estimated",
}


def _groups(findings: Sequence[Finding]) -> list[str]:
    """One sentence per attribute that names the groups too small to be measured."""
    small: dict[str, list[str]] = {}
    for finding in findings:
        if finding.status is CheckStatus.NOT_ESTIMABLE and finding.group is not None:
            names = small.setdefault(finding.attribute, [])
            if str(finding.group) not in names:
                names.append(str(finding.group))
    return [
        f"Of {attribute}, at least one measure could not be estimated for: {', '.join(names)}."
        for attribute, names in small.items()
    ]
