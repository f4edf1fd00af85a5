"""Recourse per group: for how many a way was found, at which cost, and the largest gap between two groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.explanation import COUNTERFACTUALS
from testamur.audit.findings import done, not_estimable
from testamur.audit.interval import Estimate, Floats, mean_estimate
from testamur.audit.rounding import rounded_rows
from testamur.audit.widest import widest_difference
from testamur.contracts.check import AuditInput
from testamur.contracts.finding import Finding, Group

_LABEL = "cost of the changes"
_ENDS = ("value", "low", "high")


def group_findings(given: AuditInput, groups: Any, costs: Floats, file: str) -> list[Finding]:
    """Mean cost of the people of each group for whom changes were found, and the gap per attribute.

    Args:
        given: What is audited.
        groups: (n, n_attributes) level codes of the people.
        costs: (n,) cost of each person's changes, NaN where none were found.
        file: Evidence that the findings name.
    """
    least = max(given.policy.minimum_group, 2)
    found: list[Finding] = []
    n_joint = _joint(given, groups, costs, least)
    for place, attribute in enumerate(given.table.attributes):
        pairs: list[tuple[str, Estimate]] = []
        common: dict[str, Any] = {
            "attribute": attribute.name,
            "level": given.policy.level,
            "evidence": file,
            "simultaneous": True,
        }
        for code, level in enumerate(attribute.levels):
            mine = costs[(groups[:, place] == code) & ~np.isnan(costs)]
            group = Group(levels={attribute.name: level})
            if len(mine) < least:
                found.append(_short(common, group, least))
                continue
            estimate = mean_estimate(mine, given.policy.level, n_joint)
            more = {**common, "group": group, "n": rounded_rows(len(mine))}
            found.append(done(COUNTERFACTUALS.key, "group_recourse_cost", _LABEL, estimate, **more))
            pairs.append((level, estimate))
        found += _gap(given, attribute.name, pairs, common)
    return found


def _joint(given: AuditInput, groups: Any, costs: Floats, least: int) -> int:
    """Pairs of groups whose intervals hold jointly, over all attributes."""
    known, n_pairs = ~np.isnan(costs), 0
    for place, attribute in enumerate(given.table.attributes):
        sizes = [int(((groups[:, place] == code) & known).sum()) for code in range(len(attribute.levels))]
        usable = sum(size >= least for size in sizes)
        n_pairs += usable * (usable - 1) // 2
    return max(n_pairs, 1)


def _short(common: dict[str, Any], group: Group, least: int) -> Finding:
    reason = f"changes were found for fewer than {least} drawn people of the group"
    more = {**common, "group": group, "simultaneous": False}
    return not_estimable(COUNTERFACTUALS.key, "group_recourse_cost", _LABEL, reason, **more)


def _gap(
    given: AuditInput, attribute: str, pairs: list[tuple[str, Estimate]], common: dict[str, Any]
) -> list[Finding]:
    label = "largest difference in cost between groups"
    if len(pairs) < 2:
        reason = "fewer than two groups could be measured"
        more = {**common, "simultaneous": False}
        return [not_estimable(COUNTERFACTUALS.key, "recourse_cost_gap", label, reason, **more)]
    widest = widest_difference(*(np.array([getattr(e, end) for _, e in pairs]) for end in _ENDS))
    words = "largest over pairs, bounded by their joint intervals"
    n = rounded_rows(sum(e.n for _, e in pairs))
    estimate = Estimate(widest.gap, widest.low, widest.high, words, n)
    more = {
        **common,
        "group": Group(levels={attribute: pairs[widest.first][0]}),
        "reference": Group(levels={attribute: pairs[widest.second][0]}),
    }
    return [done(COUNTERFACTUALS.key, "recourse_cost_gap", label, estimate, **more)]
