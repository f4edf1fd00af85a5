"""A quantity per group, and the largest difference between two groups, with joint intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from testamur.audit.disclosure import small
from testamur.audit.entity_cells import correlation_of, covariances
from testamur.audit.entity_rows import n_entities
from testamur.audit.fairness_table import MOST_GROUPS
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.quantity import Quantity
from testamur.audit.rounding import hidden_rows, step_of_mean
from testamur.audit.row_groups import RowGroups
from testamur.audit.widest import widest_difference
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit

_STEP = 0.01  # of what rests on a withheld count, at least


def outcome_of_groups(
    given: AuditInput,
    check: str,
    file: str,
    quantities: tuple[Quantity, ...],
    divisions: Sequence[RowGroups],
) -> CheckOutcome:
    """Each quantity in every group, and its largest gap per division, with one evidence file.

    Args:
        given: What is audited.
        check: Key of the check.
        file: Name of the evidence.
        quantities: What is measured; their rows are numbered as those of `divisions`.
        divisions: Attributes, or pairs of them; their intervals hold jointly.
    """
    found: list[Finding] = []
    of_division: dict[str, list[Finding]] = {division.name: [] for division in divisions}
    for quantity in quantities:
        joint = _joint(given, divisions, quantity)
        for division in divisions:
            mine = [
                _shown(f, division) for f in _Place(given, check, file, division).measure(quantity, joint)
            ]
            of_division[division.name] += mine
            found += mine
    trees = [_tree(division, of_division[division.name]) for division in divisions]
    return CheckOutcome(
        tuple(found), (json_file(file, {"attributes": trees}, "The same measures in every group"),)
    )


def _shown(finding: Finding, division: RowGroups) -> Finding:
    """A finding with its rows and entities as groups.json shows them, also where they are withheld."""
    people = None
    if finding.measure.endswith("_gap") or finding.group is None:
        hidden = None in division.shown or division.n_left_out is None
    else:
        place = division.groups.index(finding.group)
        hidden = division.shown[place] is None
        people = None if division.entity is None else division.people[place]
    if not hidden:
        whole = finding.n_entities is not None
        return finding.model_copy(update={"n_entities": people}) if whole else finding
    n = hidden_rows(finding.n, shared=division.entity is not None)
    return finding.model_copy(update={"n": n, "n_entities": None, "cells": {}})


def _joint(given: AuditInput, divisions: Sequence[RowGroups], quantity: Quantity) -> tuple[int, int]:
    """(groups, pairs of groups) whose intervals hold jointly: those of all divisions."""
    least = _least(given)
    usable = [
        sum(quantity.size(rows) >= least for rows in division.rows)
        for division in divisions
        if len(division.groups) <= MOST_GROUPS
    ]
    return max(sum(usable), 1), max(sum(k * (k - 1) // 2 for k in usable), 1)


def _least(given: AuditInput) -> int:
    return max(given.policy.minimum_group, 2)


class _Place:
    """One division, and what all of its findings have in common."""

    def __init__(self, given: AuditInput, check: str, file: str, division: RowGroups) -> None:
        self.given, self.check, self.division = given, check, division
        self.entity = division.entity
        few = "some" if division.n_left_out is None else f"{division.n_missing}"
        left = f"{few} rows without a value of {division.label} are left out"
        self.common: dict[str, Any] = {
            "attribute": division.name,
            "evidence": file,
            "level": given.policy.level,
            "note": left if division.n_missing else "",
        }

    def measure(self, quantity: Quantity, joint: tuple[int, int]) -> list[Finding]:
        """The quantity in every group that is large enough, and its largest gap."""
        if len(self.division.groups) > MOST_GROUPS:
            n_groups = len(self.division.groups)
            reason = (
                f"{n_groups} groups; at most {MOST_GROUPS} can be compared (declare bands, or fewer levels)"
            )
            return self._lacking(quantity, reason, None)
        found: list[Finding] = []
        short: list[Finding] = []
        pairs: list[tuple[Group, Estimate]] = []
        used: list[Ints] = []
        steps: list[float] = []
        members = zip(self.division.groups, self.division.rows, self.division.shown, strict=True)
        for group, rows, shown in members:
            if quantity.size(rows) < _least(self.given):
                reason = (
                    f"too few {quantity.words} in the test part; the policy asks for {_least(self.given)}"
                )
                own, no_gap = self._lacking(quantity, reason, group)
                found.append(own)
                short.append(no_gap)
                continue
            measured = quantity.measure(rows)
            own_estimate = measured(joint[0])
            steps.append(_step(self.given, quantity, own_estimate, rows, hidden=shown is None))
            found.append(self._of_group(quantity, group, own_estimate, steps[-1], rows))
            used.append(rows)
            pairs.append((group, measured(joint[1])))
        gap = self._gap(quantity, pairs, max(steps, default=0.0), _tied(quantity, used))
        return [*found, gap, *(short if len(pairs) > 1 else [])]

    def _lacking(self, quantity: Quantity, reason: str, group: Group | None) -> list[Finding]:
        """The quantity and its gap as not estimable."""
        return [
            not_estimable(self.check, name, label, reason, unit, group=group, **self.common)
            for name, label, unit in (
                (quantity.name, quantity.label, quantity.unit),
                (f"{quantity.name}_gap", quantity.gap_label, quantity.gap_unit),
            )
        ]

    def _of_group(
        self, quantity: Quantity, group: Group, estimate: Estimate, step: float, rows: Ints
    ) -> Finding:
        return done(
            self.check,
            quantity.name,
            quantity.label,
            estimate,
            quantity.unit,
            group=group,
            simultaneous=True,
            step=step,
            n_entities=None if self.entity is None else n_entities(self.entity, rows),
            **self.common,
        )

    def _gap(
        self, quantity: Quantity, pairs: list[tuple[Group, Estimate]], step: float, tied: Floats | None
    ) -> Finding:
        """The largest difference, bounded by the joint intervals of all pairs; as coarse as any of them."""
        measure, label = f"{quantity.name}_gap", quantity.gap_label
        if len(pairs) < 2:
            reason = "fewer than two groups are large enough for a comparison"
            return not_estimable(self.check, measure, label, reason, quantity.gap_unit, **self.common)
        value, low, high = (
            np.array([getattr(e, name) for _, e in pairs]) for name in ("value", "low", "high")
        )
        widest = widest_difference(value, low, high, tied)
        method = f"square-and-add of single intervals ({pairs[0][1].method}), joint by Sidak"
        n = sum(e.n for _, e in pairs)
        return done(
            self.check,
            measure,
            label,
            Estimate(widest.gap, widest.low, widest.high, method, n),
            quantity.gap_unit,
            simultaneous=True,
            step=step,
            group=pairs[widest.first][0],
            reference=pairs[widest.second][0],
            **self.common,
        )


def _tied(quantity: Quantity, used: Sequence[Ints]) -> Floats | None:
    """(g, g) correlations of the groups' estimates; None where no entity has rows in two of them."""
    if quantity.errors is None or len(used) < 2:
        return None
    found = [quantity.errors(rows) for rows in used]
    entity = np.concatenate([people for people, _ in found])
    if len(np.unique(entity)) == len(entity):
        return None
    place = np.repeat(np.arange(len(found)), [len(people) for people, _ in found])
    errors = np.concatenate([each for _, each in found])
    return correlation_of(covariances(entity, place, errors, len(found)))


def _step(given: AuditInput, quantity: Quantity, estimate: Estimate, rows: Ints, *, hidden: bool) -> float:
    """Step of a share that a handful of rows has, or lacks, and of what a withheld number of rows has.

    A share and its interval in full tell of how many rows they are, and so does the fraction that an AUC is.
    """
    if quantity.unit is Unit.NUMBER:
        return _STEP if hidden else 0.0
    if quantity.unit is not Unit.SHARE:
        return 0.0
    counted, least = round(estimate.value * estimate.n), given.policy.minimum_cell
    few, most = small(counted, least) or small(estimate.n - counted, least), 1
    if quantity.behind is not None:
        holders, lackers, most = quantity.behind(rows)
        few = few or small(holders, least) or small(lackers, least)
    return max(step_of_mean(estimate.n, most), _STEP) if hidden or few else 0.0


def _tree(division: RowGroups, found: list[Finding]) -> dict[str, Any]:
    groups = []
    for group, shown in zip(division.groups, division.shown, strict=True):
        own = [f for f in found if f.group == group and not f.measure.endswith("_gap")]
        measures = {f.measure: {**tree_of(f), "n": shown if f.value is not None else None} for f in own}
        groups.append({"levels": group.levels, "name": str(group), "n": shown, "measures": measures})
    gaps = {f.measure: tree_of(f) for f in reversed(found) if f.measure.endswith("_gap")}
    return {"attribute": division.name, "label": division.label, "groups": groups, "gaps": gaps}
