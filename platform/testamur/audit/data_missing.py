"""Missing cells per column and per group, over all parts together."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.data_quality import MISSINGNESS
from testamur.audit.disclosure import small, withhold
from testamur.audit.entity_rows import entities_of_all, people_of
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.group_shares import compare_shares
from testamur.audit.inputs import all_rows
from testamur.audit.interval import Floats, Ints, critical_value, wilson_estimate
from testamur.audit.rounding import step_of_mean, step_of_share
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit

_KEY, _FILE = MISSINGNESS.key, "missingness.json"
MOST_COLUMNS = 50  # columns compared between groups: those with most gaps


def run(given: AuditInput) -> CheckOutcome:
    """Share of missing cells per column, overall, and its largest gap between groups."""
    absent = np.concatenate([part.absent for part in all_rows(given.table)])
    n_rows, z = len(absent), critical_value(given.policy.level)
    counts = absent.sum(axis=0)
    names = given.table.columns
    items = {(i, "n"): int(c) for i, c in enumerate(counts)} | {(-1, "n"): int(counts.sum())}
    shown = withhold(items, [list(items)], given.policy.minimum_cell)
    total = wilson_estimate(int(counts.sum()), max(absent.size, 1), z) if absent.size else None
    common: dict[str, Any] = {"evidence": _FILE, "level": given.policy.level}
    found: list[Finding] = []
    if total is not None:
        note = "cells of one row are taken as independent"
        found.append(
            done(
                _KEY,
                "missing_share",
                "missing cells, all columns",
                total,
                Unit.SHARE,
                note=note,
                step=step_of_mean(absent.size) if shown[-1, "n"] is None else 0.0,
                **common,
            )
        )
    gaps = [int(c) for c in np.argsort(-counts, kind="stable") if counts[c]]
    for column in gaps:
        estimate = wilson_estimate(int(counts[column]), n_rows, z)
        found.append(
            done(
                _KEY,
                "missing_share",
                "missing values",
                estimate,
                Unit.SHARE,
                subject=names[column],
                step=step_of_share(int(counts[column]), n_rows, z) if shown[column, "n"] is None else 0.0,
                **common,
            )
        )
    more, trees = _by_group(given, absent, gaps[:MOST_COLUMNS])
    tree = {
        "n": n_rows,
        "total": None
        if total is None or shown[-1, "n"] is None
        else {"share": total.value, "low": total.low, "high": total.high},
        "columns": [
            {
                "name": name,
                "n_missing": shown[i, "n"],
                "share": None if shown[i, "n"] is None else float(counts[i] / max(n_rows, 1)),
            }
            for i, name in enumerate(names)
        ],
        "groups": trees,
    }
    return CheckOutcome(tuple(found + more), (json_file(_FILE, tree, "Missing values per column and group"),))


def _by_group(
    given: AuditInput, absent: Any, columns: list[int]
) -> tuple[list[Finding], list[dict[str, Any]]]:
    groups = np.concatenate([part.groups for part in all_rows(given.table)])
    found: list[Finding] = []
    trees: list[dict[str, Any]] = []
    entity = entities_of_all(given.table)
    gaps = {column: np.flatnonzero(absent[:, column]) for column in columns}  # few rows, looked up once
    for position, attribute in enumerate(given.table.attributes):
        code = groups[:, position].astype(np.int64)
        n_levels = len(attribute.levels)
        rows = np.bincount(code + 1, minlength=n_levels + 1)[1:].astype(np.float64)
        shares: dict[int, Floats] = {}
        behind: dict[int, Ints] = {} if entity is None else {-1: people_of(code, entity, n_levels)}
        for column in columns:
            if given.table.columns[column] == attribute.name:
                continue  # its own gaps have no group
            missing = np.bincount(code[gaps[column]] + 1, minlength=n_levels + 1)[1:].astype(np.float64)
            shares[column] = missing
            if entity is not None:
                behind[column] = people_of(code[gaps[column]], entity[gaps[column]], n_levels)
            people = [behind[i] for i in (-1, column) if i in behind]
            found.append(
                _gap(given, attribute.name, attribute.levels, column, missing, rows, len(columns), people)
            )
        trees += [
            _tree(given, attribute.name, level, g, rows, shares, behind)
            for g, level in enumerate(attribute.levels)
        ]
    return found, trees


def _gap(
    given: AuditInput,
    attribute: str,
    levels: tuple[str, ...],
    column: int,
    missing: Floats,
    rows: Floats,
    n_columns: int,
    people: list[Ints],
) -> Finding:
    label = "gap of missing values between groups"
    common: dict[str, Any] = {
        "attribute": attribute,
        "subject": given.table.columns[column],
        "evidence": _FILE,
        "level": given.policy.level,
    }
    shares = compare_shares(
        missing, rows, level=given.policy.level, minimum=given.policy.minimum_group, n_families=n_columns
    )
    if shares.gap is None:
        reason = f"fewer than two groups with at least {given.policy.minimum_group} rows"
        return not_estimable(_KEY, "missing_gap", label, reason, Unit.POINTS, **common)
    least = given.policy.minimum_cell
    used = [shares.first, shares.second]
    hidden = any(small(c, least) for counts in (missing, rows, *people) for c in counts)
    return done(
        _KEY,
        "missing_gap",
        label,
        shares.gap,
        Unit.POINTS,
        simultaneous=True,
        step=max(step_of_mean(int(min(rows[used]))), 0.01) if hidden else 0.0,
        group=Group(levels={attribute: levels[shares.first]}),
        reference=Group(levels={attribute: levels[shares.second]}),
        **common,
    )


def _tree(
    given: AuditInput,
    attribute: str,
    level: str,
    group: int,
    rows: Floats,
    missing: dict[int, Floats],
    behind: dict[int, Ints],
) -> dict[str, Any]:
    minimum, z = given.policy.minimum_cell, critical_value(given.policy.level)
    people = {i: {(g, "n"): int(c) for g, c in enumerate(counts)} for i, counts in behind.items()}
    sizes = withhold(
        {(g, "n"): int(r) for g, r in enumerate(rows)}, [[(g, "n") for g in range(len(rows))]], minimum,
        people.get(-1),
    )  # fmt: skip
    enough = people[-1][group, "n"] if people else rows[group]
    columns = []
    for column, counts in missing.items():
        items = {(g, "n"): int(c) for g, c in enumerate(counts)}
        shown = withhold(items, [list(items)], minimum, people.get(column))
        if enough < given.policy.minimum_group or shown[group, "n"] is None:
            columns.append({"name": given.table.columns[column], "share": None, "low": None, "high": None})
            continue
        e = wilson_estimate(int(counts[group]), int(rows[group]), z)
        columns.append({"name": given.table.columns[column], "share": e.value, "low": e.low, "high": e.high})
    return {"attribute": attribute, "levels": {attribute: level}, "n": sizes[group, "n"], "columns": columns}
