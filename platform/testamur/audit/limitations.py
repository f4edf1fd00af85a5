"""Limitations, generated from the coverage ledger: nobody can leave them out."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.audit.inputs import clusters
from testamur.audit.shown_rows import shown_rows
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import CheckStatus, CoverageEntry, Finding
from testamur.contracts.policy import Verdict, VerdictStatus

_ROWS_ALONE = (  # checks whose intervals take rows as independent, also where rows share entities
    "core.data.missingness",
    "core.data.representativeness",
    "core.robustness.shift",
    "core.explanation.shapley",
    "core.explanation.effects",
    "core.explanation.counterfactuals",
    "core.privacy.attribute_inference",
    "core.privacy.memorisation",
    "core.privacy.personal_data",
)
MORE_THAN_CHANCE = 0.01  # probability below which alarms on placebos are not put down to chance
_MAY_BE_KNOWN = (
    "The model was trained elsewhere and its training rows were not given: that it has not learnt from the "
    "examined rows is not known. If it has, every figure of its quality flatters it."
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
    if given.training is None and given.table.train.n_rows == 0:
        lines.append(_MAY_BE_KNOWN)
    lines += _own_faults(findings)
    rows = shown_rows(given)
    for attribute in given.table.attributes:
        n_missing = rows[attribute.name][""]
        if n_missing != 0:
            many = "Some" if n_missing is None else f"{n_missing}"
            lines.append(
                f"{many} test rows have no value of {attribute.label}; its rates do not speak of them."
            )
    if clusters(given) is not None:
        alone = [
            e.check for e in coverage if e.status is CheckStatus.DONE
            and (e.check in _ROWS_ALONE or not e.check.startswith("core."))
        ]  # fmt: skip
        if alone:
            lines.append(
                "Rows share entities; intervals of these checks may take rows as independent and be too "
                f"narrow: {', '.join(alone)}."
            )
    if given.table.test.weight is not None:
        lines.append(_UNWEIGHTED)
    lines.append(
        f"Every figure describes the {given.table.test.n_rows} test rows of this data set, nobody else."
    )
    return tuple(lines)


def _own_faults(findings: Sequence[Finding]) -> list[str]:
    """What the audit, tried on itself, did not find or found where there was nothing."""
    lost = [f.subject for f in findings if f.measure == "fault_found" and f.value == 0]
    lines = []
    if lost:
        lines.append(
            f"Tried on itself, this audit did not find: {'; '.join(lost)}. "
            "That it found nothing of that kind in these data says little."
        )
    alarms = next((f for f in findings if f.measure == "placebo_alarms"), None)
    if alarms is not None and alarms.p_value is not None and alarms.p_value < MORE_THAN_CHANCE:
        lines.append(
            f"Tried on itself, this audit raised more alarms than chance explains ({alarms.note}): "
            "some of what it tells may be nothing."
        )
    return lines


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
    told = ((attribute.replace("*", " × "), ", ".join(names)) for attribute, names in small.items())
    return [f"Of {name}, at least one measure could not be estimated for: {groups}." for name, groups in told]
