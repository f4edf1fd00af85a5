"""A quantity per group, and the largest difference between two groups, with joint intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.auc import auc_of_sorted, auc_only_estimate
from testamur.audit.disclosure import small
from testamur.audit.fairness_other import CLASSES, ERRORS, QUALITY
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Estimate, critical_value, mean_estimate, wilson_estimate
from testamur.audit.rounding import rounded_rows, step_of_mean
from testamur.audit.shown_rows import shown_rows
from testamur.audit.widest import widest_difference
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur.contracts.table import Attribute

Rows = Any  # (n,) bool, the rows of a group


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is measured in every group.

    Attributes:
        name: Slug.
        label: As printed.
        unit: Of the value.
        gap_unit: Of the difference.
        measure: (rows of a group, comparisons that hold jointly) -> estimate.
        size: Rows of a group that must reach the policy's minimum.
        words: What `size` counts.
    """

    name: str
    label: str
    unit: Unit
    gap_unit: Unit
    measure: Callable[[Rows, int], Estimate]
    size: Callable[[Rows], int]
    words: str


def run_quality(given: AuditInput) -> CheckOutcome:
    """AUC and Brier score of every group."""
    event, risk, level = observed_event(given), predictions_of(given).event, given.policy.level
    squared = (risk - event) ** 2
    order = np.argsort(risk)  # once: rows of a group stay in order
    event_in_order, risk_in_order = event[order], risk[order]

    def ranking(rows: Rows, n_joint: int) -> Estimate:
        mine = rows[order]
        found = auc_of_sorted(event_in_order[mine], risk_in_order[mine])
        return auc_only_estimate(found, critical_value(level, n_joint))

    def smaller(rows: Rows) -> int:
        return int(min(event[rows].sum(), (1 - event[rows]).sum()))

    quantities = (
        Quantity(
            "auc",
            "area under the ROC curve",
            Unit.NUMBER,
            Unit.NUMBER,
            ranking,
            smaller,
            "rows of the rarer outcome",
        ),
        Quantity("brier", "Brier score", Unit.NUMBER, Unit.NUMBER, mean_of(squared, level), n_rows, "rows"),
    )
    return outcome_of_groups(given, QUALITY.key, "group_quality.json", quantities)


def run_classes(given: AuditInput) -> CheckOutcome:
    """Share of right classes of every group."""
    probabilities = predictions_of(given).probabilities
    right = np.asarray(probabilities).argmax(axis=1) == given.table.test.target

    def share(rows: Rows, n_joint: int) -> Estimate:
        return wilson_estimate(
            int(right[rows].sum()), int(rows.sum()), critical_value(given.policy.level, n_joint)
        )

    quantity = Quantity("accuracy", "accuracy", Unit.SHARE, Unit.POINTS, share, n_rows, "rows")
    return outcome_of_groups(given, CLASSES.key, "group_accuracy.json", (quantity,))


def run_errors(given: AuditInput) -> CheckOutcome:
    """Size and direction of the errors of every group."""
    error = np.asarray(predictions_of(given).values, np.float64) - np.asarray(
        given.table.test.target, np.float64
    )
    level = given.policy.level
    quantities = (
        Quantity(
            "mae",
            "mean absolute error",
            Unit.TARGET,
            Unit.TARGET,
            mean_of(np.abs(error), level),
            n_rows,
            "rows",
        ),
        Quantity("mean_error", "mean error", Unit.TARGET, Unit.TARGET, mean_of(error, level), n_rows, "rows"),
    )
    return outcome_of_groups(given, ERRORS.key, "group_errors.json", quantities)


def mean_of(values: Any, level: float) -> Callable[[Rows, int], Estimate]:
    """The mean of (n,) values over the rows of a group, with Student's interval."""
    return lambda rows, n_joint: mean_estimate(values[rows], level, n_joint)


def n_rows(rows: Rows) -> int:
    """Rows of a group."""
    return int(rows.sum())


def outcome_of_groups(
    given: AuditInput, check: str, file: str, quantities: tuple[Quantity, ...]
) -> CheckOutcome:
    """Each quantity in every group, and its largest gap per attribute, with one evidence file."""
    members = [
        [given.table.test.groups[:, position] == code for code in range(len(attribute.levels))]
        for position, attribute in enumerate(given.table.attributes)
    ]
    found: list[Finding] = []
    trees = []
    per_attribute: dict[str, list[Finding]] = {}
    known = shown_rows(given)
    for quantity in quantities:
        for attribute, rows, joint in zip(
            given.table.attributes, members, _joint(given, members, quantity), strict=True
        ):
            mine = _of_attribute(given, check, file, quantity, attribute, rows, joint)
            per_attribute.setdefault(attribute.name, []).extend(mine)
            found += mine
    for attribute in given.table.attributes:
        mine = [_shown(f, known) for f in per_attribute[attribute.name]]
        trees.append(_tree(attribute, known[attribute.name], mine))
    found = [_shown(f, known) for f in found]
    return CheckOutcome(
        tuple(found), (json_file(file, {"attributes": trees}, "The same measures in every group"),)
    )


def _shown(finding: Finding, known: Mapping[str, Mapping[str, int | None]]) -> Finding:
    """A finding with its rows as groups.json shows them; a withheld number is rounded to tens."""
    rows = known[finding.attribute]
    hidden = (
        None in rows.values()
        if finding.measure.endswith("_gap") or finding.group is None
        else (rows[finding.group.levels[finding.attribute]] is None)
    )
    return finding.model_copy(update={"n": rounded_rows(finding.n), "cells": {}}) if hidden else finding


def _joint(given: AuditInput, members: list[list[Rows]], quantity: Quantity) -> list[tuple[int, int]]:
    """(groups, pairs) whose intervals hold jointly: those of all attributes."""
    least = _least(given)
    usable = [sum(quantity.size(rows) >= least for rows in groups) for groups in members]
    n_groups, n_pairs = sum(usable), sum(k * (k - 1) // 2 for k in usable)
    return [(max(n_groups, 1), max(n_pairs, 1))] * len(members)


def _least(given: AuditInput) -> int:
    return max(given.policy.minimum_group, 2)


def _of_attribute(
    given: AuditInput,
    check: str,
    file: str,
    quantity: Quantity,
    attribute: Attribute,
    members: list[Rows],
    joint: tuple[int, int],
) -> list[Finding]:
    found: list[Finding] = []
    short: list[Finding] = []
    n_missing = int((~np.any(members, axis=0)).sum()) if members else 0
    few = "some" if n_missing < max(given.policy.minimum_cell, 1) else f"{n_missing}"
    left = f"{few} rows without a value of {attribute.label} are left out"
    common: dict[str, Any] = {
        "attribute": attribute.name,
        "evidence": file,
        "level": given.policy.level,
        "note": left if n_missing else "",
    }
    pairs: list[tuple[str, Estimate]] = []
    for level, rows in zip(attribute.levels, members, strict=True):
        group, size = Group(levels={attribute.name: level}), quantity.size(rows)
        if size < _least(given):
            reason = f"too few {quantity.words} in the test part; the policy asks for {_least(given)}"
            found.append(
                not_estimable(
                    check, quantity.name, quantity.label, reason, quantity.unit, group=group, **common
                )
            )
            gap = f"{quantity.name}_gap"
            short.append(
                not_estimable(
                    check, gap, _gap_label(quantity), reason, quantity.gap_unit, group=group, **common
                )
            )
            continue
        estimate = quantity.measure(rows, joint[0])
        found.append(
            done(
                check,
                quantity.name,
                quantity.label,
                estimate,
                quantity.unit,
                group=group,
                simultaneous=True,
                step=_step(given, quantity, estimate),
                **common,
            )
        )
        pairs.append((level, quantity.measure(rows, joint[1])))
    return [*found, *_gap(check, quantity, attribute, pairs, short, common)]


def _step(given: AuditInput, quantity: Quantity, estimate: Estimate) -> float:
    """Step of a share that a handful of rows has, or lacks."""
    counted, least = round(estimate.value * estimate.n), given.policy.minimum_cell
    if quantity.unit is not Unit.SHARE or not (small(counted, least) or small(estimate.n - counted, least)):
        return 0.0
    return max(step_of_mean(estimate.n), 0.01)


def _gap_label(quantity: Quantity) -> str:
    return f"gap of {quantity.label} between groups"


def _gap(
    check: str,
    quantity: Quantity,
    attribute: Attribute,
    pairs: list[tuple[str, Estimate]],
    short: list[Finding],
    common: dict[str, Any],
) -> list[Finding]:
    """The largest difference, bounded by the joint intervals of all pairs."""
    measure, label = f"{quantity.name}_gap", _gap_label(quantity)
    if len(pairs) < 2:
        reason = "fewer than two groups are large enough for a comparison"
        return [not_estimable(check, measure, label, reason, quantity.gap_unit, **common)]
    value, low, high = (np.array([getattr(e, name) for _, e in pairs]) for name in ("value", "low", "high"))
    widest = widest_difference(value, low, high)
    estimate = Estimate(
        widest.gap,
        widest.low,
        widest.high,
        f"square-and-add of single intervals ({pairs[0][1].method}), joint by Sidak",
        sum(e.n for _, e in pairs),
    )
    whole = done(
        check,
        measure,
        label,
        estimate,
        quantity.gap_unit,
        simultaneous=True,
        group=Group(levels={attribute.name: pairs[widest.first][0]}),
        reference=Group(levels={attribute.name: pairs[widest.second][0]}),
        **common,
    )
    return [whole, *short]


def _tree(attribute: Attribute, known: Mapping[str, int | None], found: list[Finding]) -> dict[str, Any]:
    groups = []
    for level in attribute.levels:
        shown = known[level]
        own = [
            f
            for f in found
            if f.group and f.group.levels == {attribute.name: level} and not f.measure.endswith("_gap")
        ]
        measures = {f.measure: {**tree_of(f), "n": shown if f.value is not None else None} for f in own}
        groups.append({"levels": {attribute.name: level}, "name": level, "n": shown, "measures": measures})
    gaps = {f.measure: tree_of(f) for f in reversed(found) if f.measure.endswith("_gap")}
    return {"attribute": attribute.name, "label": attribute.label, "groups": groups, "gaps": gaps}
