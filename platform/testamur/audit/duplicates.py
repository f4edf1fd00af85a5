"""Rows that are there twice, and rows that differ in one feature only."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.data_quality import ROWS_PROBLEMS
from testamur.audit.disclosure import small
from testamur.audit.findings import exact, json_file, not_estimable
from testamur.audit.inputs import all_rows
from testamur.audit.near_rows import cells_of_rows, near_rows
from testamur.audit.rounding import step_of_mean
from testamur.contracts.check import AuditInput, CheckOutcome, CheckSpec, Need
from testamur.contracts.dataset import Role
from testamur.contracts.finding import Finding, Section, Unit
from testamur.contracts.table import RowsPart

FEWEST_FEATURES = 5
_FILE = "duplicates.json"
_PARTS = ("training", "validation", "test")

DUPLICATES = CheckSpec(
    key="core.data.duplicates",
    section=Section.DATA,
    title="Rows that are there twice",
    question="Do rows repeat others, or differ from them in one feature only?",
    formula=(
        "rows equal to an earlier one in raw features and target / rows, in all parts and within each; rows "
        "that agree with another in all features but one / rows"
    ),
    citation="Kapoor and Narayanan 2023, Patterns 4:100804; Barz and Denzler 2020, J Imaging 6:41",
    needs=(Need.DATA,),
    problems=ROWS_PROBLEMS,
    run="testamur.audit.duplicates:run",
    golden="testamur.audit.golden_data:duplicate_cases",
)


def run(given: AuditInput) -> CheckOutcome:
    """Exact duplicates of all parts together and of each; near ones of all rows, and of test rows."""
    parts, table = all_rows(given.table), given.table
    pairs = [("", np.concatenate([part.twin_with_target for part in parts]))]
    pairs += [(name, part.twin_with_target) for name, part in zip(_PARTS, parts, strict=True)]
    found = [
        _share(given, "duplicate_share", "rows that repeat an earlier one", _repeats(twin), len(twin), name)
        for name, twin in pairs
    ]
    found += _identifiers(given)
    near = _near(given, parts)
    tree = {
        "n": sum(part.n_rows for part in parts),
        "features": len(table.features),
        "shares": [
            {"measure": f.measure, "part": f.subject or "all", "share": None if f.step else f.value}
            for f in (*found, *near)
        ],
    }
    return CheckOutcome((*found, *near), (json_file(_FILE, tree, "Rows that repeat others"),))


def _identifiers(given: AuditInput) -> list[Finding]:
    """Rows whose identifier an earlier row has already, where a column is declared to name rows."""
    cells = given.table.cells
    names = [c.name for c in given.table.spec.columns if c.role is Role.IDENTIFIER]
    if cells is None:
        return []
    found = []
    for name in names:
        if name in cells.names:
            code = cells.column(name).code
            count = _repeats(code[code >= 0])
            label = "rows whose identifier another row has too"
            found.append(_share(given, "repeated_id_share", label, count, len(code), name))
    return found


def _repeats(twin: Any) -> int:
    ordered = np.sort(twin)
    return int((ordered[1:] == ordered[:-1]).sum())


def _near(given: AuditInput, parts: tuple[RowsPart, ...]) -> list[Finding]:
    measures = (
        ("near_duplicate_share", "rows that differ from another in one feature only"),
        ("near_twin_share", "test rows that differ from a known one in one feature only"),
    )
    reason = _unable(given)
    if reason:
        return [
            not_estimable(DUPLICATES.key, m, label, reason, Unit.SHARE, evidence=_FILE)
            for m, label in measures
        ]
    columns = cells_of_rows(parts)
    n, n_test = len(columns[0]), parts[2].n_rows
    anywhere, later = near_rows(columns, np.arange(n) < n - n_test)
    later = later[n - n_test :]
    seen = np.concatenate([parts[0].twin, parts[1].twin])
    later &= ~np.isin(parts[2].twin, seen)  # an exact twin is told as such
    counts = ((int(anywhere.sum()), n), (int(later.sum()), n_test))
    return [
        _share(given, measure, label, count, of, "")
        for (measure, label), (count, of) in zip(measures, counts, strict=True)
    ]


def _unable(given: AuditInput) -> str:
    if given.table.test.history is not None:
        return "windows overlap with their neighbours; what they share is counted as leakage"
    if len(given.table.features) < FEWEST_FEATURES:
        return f"with fewer than {FEWEST_FEATURES} features, rows that differ in one are no sign of copying"
    return ""


def _share(given: AuditInput, measure: str, label: str, count: int, n: int, part: str) -> Finding:
    least = given.policy.minimum_cell
    hidden = small(count, least) or small(n - count, least)
    step = max(step_of_mean(n), 0.01) if hidden else 0.0
    share = count / max(n, 1)
    return exact(
        DUPLICATES.key, measure, label, share, Unit.SHARE, subject=part, n=n, step=step, evidence=_FILE
    )


CHECKS: tuple[CheckSpec, ...] = (DUPLICATES,)
