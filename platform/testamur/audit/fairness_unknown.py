"""Bounds on selection rates and their gap when some rows have no group."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.disclosure import small
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.fairness_further import UNKNOWN
from testamur.audit.findings import done, json_file, tree_of
from testamur.audit.inputs import predictions_of
from testamur.audit.interval import Estimate, Floats
from testamur.audit.rounding import step_of_mean
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding, Group, Unit

_FILE = "unknown_groups.json"
_METHOD = "bounds over every way to place the rows without a group; no sampling error"


def run(given: AuditInput) -> CheckOutcome:
    """Per attribute with gaps: bounds of each group's rate, and of the largest difference."""
    selected = np.asarray(predictions_of(given).event >= (given.threshold or 0.0))
    found: list[Finding] = []
    trees = []
    for position, attribute in enumerate(given.table.attributes):
        code = given.table.test.groups[:, position].astype(np.int64)
        if not (code < 0).any():
            continue
        mine = _of_attribute(given, position, code, selected)
        found += mine
        trees.append(
            {"attribute": attribute.name, "label": attribute.label, "bounds": [_row(f) for f in mine]}
        )
    if not found:
        raise Skip(CheckStatus.NOT_APPLICABLE, "every test row has a level of every protected attribute")
    return CheckOutcome(tuple(found), (json_file(_FILE, {"attributes": trees}, "Bounds for unknown groups"),))


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "name": str(finding.group) if finding.group else "",
        "measure": finding.measure,
        **tree_of(finding),
    }


def rate_bounds(rows: Floats, chosen: Floats, unknown: float, unknown_chosen: float) -> tuple[Floats, Floats]:
    """(g,) sharp bounds of each group's selection rate.

    Lowest when all unknown rows that are not selected belong to it, highest when all selected ones do.
    """
    low = chosen / np.maximum(rows + unknown - unknown_chosen, 1.0)
    high = (chosen + unknown_chosen) / np.maximum(rows + unknown_chosen, 1.0)
    return low, high


def _of_attribute(given: AuditInput, position: int, code: Any, selected: Any) -> list[Finding]:
    attribute, least = given.table.attributes[position], given.policy.minimum_cell
    known, n_levels = code >= 0, len(attribute.levels)
    rows = np.bincount(code[known], minlength=n_levels).astype(np.float64)
    chosen = np.bincount(code[known], weights=selected[known], minlength=n_levels)
    unknown, unknown_chosen = float((~known).sum()), float(selected[~known].sum())
    low, high = rate_bounds(rows, chosen, unknown, unknown_chosen)
    counts = np.r_[rows, chosen, rows - chosen, unknown, unknown_chosen, unknown - unknown_chosen]
    entity = entity_codes(given)
    people = np.array([n_entities(entity, code == level) for level in range(n_levels)])
    if entity is not None:
        sides = (selected, ~selected)
        behind = [n_entities(entity, side & (code == g)) for side in sides for g in range(-1, n_levels)]
        counts = np.r_[counts, people, behind, n_entities(entity, ~known)]
    hidden = any(small(count, least) for count in counts)
    enough = np.flatnonzero(people >= max(given.policy.minimum_group, 1))
    most = 1 if entity is None else int(np.bincount(entity).max())
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "level": given.policy.level}
    n = len(code) - len(code) % 10 if hidden else len(code)
    found = [
        _bounded(
            "selection_rate_bounds",
            "selection rate with unknown groups placed anyhow",
            (float(chosen[g] / rows[g]), float(low[g]), float(high[g])),
            Unit.SHARE,
            n,
            _step(int(rows[g]), most) if hidden else 0.0,
            group=Group(levels={attribute.name: attribute.levels[g]}),
            **common,
        )
        for g in enough
    ]
    if len(enough) > 1:
        found.insert(0, _gap(rows, chosen, low, high, enough, n, most if hidden else 0, common))
    return found


def _gap(
    rows: Floats, chosen: Floats, low: Floats, high: Floats, enough: Any, n: int, hidden: int, common: Any
) -> Finding:
    share = chosen[enough] / rows[enough]
    least, most = low[enough], high[enough]
    apart = least[:, None] - most[None, :]
    widest = most[:, None] - least[None, :]
    np.fill_diagonal(widest, 0.0)
    ends = (float(np.ptp(share)), max(float(apart.max()), 0.0), float(widest.max()))
    step = _step(int(rows[enough].min()), hidden) if hidden else 0.0
    label = "demographic-parity gap with unknown groups placed anyhow"
    return _bounded("demographic_parity_bounds", label, ends, Unit.POINTS, n, step, **common)


def _step(n: int, most: int) -> float:
    """Step of a rate over n rows of which one entity may bring so many."""
    return max(step_of_mean(n, most), 0.01)


def _bounded(
    measure: str, label: str, ends: tuple[float, float, float], unit: Unit, n: int, step: float, **more: Any
) -> Finding:
    value, low, high = ends
    estimate = Estimate(value, min(low, value), max(high, value), _METHOD, n)
    note = "value: the rows whose group is known"
    return done(UNKNOWN.key, measure, label, estimate, unit, step=step, note=note, **more)
