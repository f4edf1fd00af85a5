"""What a job asks of the audit about columns and groups, held against the table before training."""

from __future__ import annotations

from testamur.contracts.errors import Problem
from testamur.contracts.job import AuditOptions, Baselines
from testamur.contracts.suggest import did_you_mean
from testamur.contracts.table import RowsTable

FEWEST_ROWS = 1000  # learnt from; with fewer, what a bag gains lies within the interval of any measure
MOST_CELLS = 5_000_000  # rows by features; a bag of eight boostings takes minutes of one core beyond
_TOLD_LEVELS = 12
_SUM_WITHIN = 0.02  # declared shares are often rounded to whole per cent


def find_audit_faults(options: AuditOptions, table: RowsTable) -> list[Problem]:
    """Reference groups, reference shares and quasi-identifiers that the table does not have.

    Args:
        options: The ``[audit]`` part of the job.
        table: The table that training and audit work on.
    """
    return [
        *_reference_faults(options, table),
        *_share_faults(options, table),
        *_quasi_faults(options, table),
    ]


def asks_for_bag(options: AuditOptions, table: RowsTable) -> bool:
    """Whether a bag of boostings is fitted beside the one boosting.

    Left to itself, it is where the test part can tell the two apart and the bag takes no minutes.
    """
    if options.baselines is not Baselines.AUTO:
        return options.baselines is Baselines.ALL
    n = table.train.n_rows + table.validation.n_rows
    return n >= FEWEST_ROWS and n * len(table.features) <= MOST_CELLS


def _reference_faults(options: AuditOptions, table: RowsTable) -> list[Problem]:
    known = {attribute.name: attribute.levels for attribute in table.attributes}
    faults = []
    for name, level in options.reference_groups.items():
        where = f"audit.reference_groups.{name}"
        if name not in known:
            near = did_you_mean(name, known, what="protected attribute")
            faults.append(Problem(where, "a protected attribute is required", near))
        elif level not in known[name]:
            near = _levels_near(level, known[name])
            faults.append(Problem(where, "a level of the attribute is required", near))
    return faults


def _share_faults(options: AuditOptions, table: RowsTable) -> list[Problem]:
    """Declared shares name attributes and levels of the table, and add up to one."""
    known = {attribute.name: attribute.levels for attribute in table.attributes}
    faults = []
    for name, shares in options.reference_shares.items():
        where = f"audit.reference_shares.{name}"
        if name not in known:
            near = did_you_mean(name, known, what="protected attribute")
            faults.append(Problem(where, "a protected attribute is required", near))
            continue
        for level in shares:
            if level not in known[name]:
                near = _levels_near(level, known[name])
                faults.append(Problem(where, "levels of the attribute are required", near))
        if any(not 0.0 <= share <= 1.0 for share in shares.values()):
            faults.append(Problem(where, "shares from 0 to 1 are required, however: one lies outside"))
        elif abs(sum(shares.values()) - 1.0) > _SUM_WITHIN:
            total = sum(shares.values())
            faults.append(Problem(where, f"shares that add up to 1 are required, however: {total:.3g}"))
    return faults


def _levels_near(level: str, levels: tuple[str, ...]) -> str:
    """Levels are words of people's cells: few are groups and may be told, many may be names."""
    if len(levels) > _TOLD_LEVELS:
        return f"it has {len(levels):,} levels, written as in the data"
    return did_you_mean(level, levels, what="level")


def _quasi_faults(options: AuditOptions, table: RowsTable) -> list[Problem]:
    names = [column.name for column in table.spec.columns]
    return [
        Problem(
            "audit.quasi_identifiers",
            f"a column of the data is required, however: there is no '{name}'",
            did_you_mean(name, names, what="column"),
        )
        for name in options.quasi_identifiers
        if name not in names
    ]
