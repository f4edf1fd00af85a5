"""Calibration within each group, with intervals that hold jointly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.calibration import GROUPS
from testamur.audit.calibration_curve import equal_mass, observed_expected, regression, reliability_bins
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.calibration_overall import MEASURES
from testamur.audit.entity_calibration import (
    ece_of_entities,
    observed_expected_of_entities,
    regression_of_entities,
    reliability_of_entities,
)
from testamur.audit.entity_rows import n_entities
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.row_groups import entities_in_order
from testamur.audit.shown_rows import rows_of, shown_counts
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group
from testamur.contracts.table import Attribute

_FILE = "calibration_groups.json"
_BINS = 5  # groups are smaller than the whole: 5 bins, not 15
_OF_GROUPS = ("calibration_in_the_large", "calibration_slope", "observed_expected_ratio", "ece")


def run(given: AuditInput) -> CheckOutcome:
    """Intercept, slope, O/E and ECE of every group that has enough events and non-events."""
    event, risk = observed_event(given), predictions_of(given).event
    order = np.argsort(risk)  # once, for all groups: binning sorted risks is several times faster
    event, risk, groups = event[order], risk[order], given.table.test.groups[order]
    entity = entities_in_order(given, order)
    members = [
        (attribute, level, groups[:, position] == code)
        for position, attribute in enumerate(given.table.attributes)
        for code, level in enumerate(attribute.levels)
    ]
    least = max(given.policy.minimum_group, 1)
    enough = [_fewest(event, entity, rows) >= least for _, _, rows in members]
    n_joint, known = max(1, sum(enough)), shown_counts(given)
    found: list[Finding] = []
    trees: dict[str, dict[str, Any]] = {}
    for (attribute, level, rows), fits in zip(members, enough, strict=True):
        who = None if entity is None else entity[rows]
        estimates = _estimates(given, event[rows], risk[rows], who, n_joint) if fits else {}
        seen = known[attribute.name][level]
        n = rows_of(seen.rows, int(rows.sum()), shared=who is not None)
        reason = "" if fits else _reason(least, "rows" if entity is None else "entities")
        shown = seen.rows if fits else None
        people = None if who is None or shown is None else seen.people
        mine = [
            f.model_copy(update={"n": n, "n_entities": people})
            for f in _findings(given, attribute, level, estimates, n, reason)
        ]
        bins = _bins(given, event[rows], risk[rows], who) if fits else []
        found += mine
        tree = trees.setdefault(
            attribute.name, {"attribute": attribute.name, "label": attribute.label, "groups": []}
        )
        tree["groups"].append(
            {
                "levels": {attribute.name: level},
                "name": level,
                "n": shown,
                "bins": bins,
                "measures": {f.measure: {**tree_of(f), "n": shown} for f in mine},
            }
        )
    file = json_file(_FILE, {"attributes": list(trees.values())}, "Calibration of each group")
    return CheckOutcome(tuple(found), (file,))


def _fewest(event: Ints, entity: Ints | None, rows: NDArray[np.bool_]) -> int:
    """Rows, or the entities that they come from, of the rarer outcome."""
    happened = event == 1
    return min(n_entities(entity, rows & happened), n_entities(entity, rows & ~happened))


def _bins(given: AuditInput, event: Ints, risk: Floats, entity: Ints | None) -> list[dict[str, Any]]:
    least, level = max(given.policy.minimum_cell, 1), given.policy.level
    if entity is not None:
        return reliability_of_entities(event, risk, entity, n_bins=_BINS, minimum=least, level=level)
    return reliability_bins(event, risk, n_bins=_BINS, minimum=least, z=critical_value(level))


def _estimates(
    given: AuditInput, event: Ints, risk: Floats, entity: Ints | None, n_joint: int
) -> dict[str, Estimate]:
    level = given.policy.level
    if entity is not None:
        return _of_entities(event, risk, entity, level, n_joint)
    z = critical_value(level, n_joint)
    estimates = regression(event, risk, z)
    ratio = observed_expected(event, risk, z)
    if ratio is not None:
        estimates["observed_expected_ratio"] = ratio
    bins = equal_mass(event, risk, _BINS)
    estimates["ece"] = ece_estimate(bins.counts, bins.risk, level ** (1 / n_joint))
    return estimates


def _of_entities(event: Ints, risk: Floats, entity: Ints, level: float, n_joint: int) -> dict[str, Estimate]:
    estimates = regression_of_entities(event, risk, entity, level, n_joint)
    ratio = observed_expected_of_entities(event, risk, entity, level, n_joint)
    if ratio is not None:
        estimates["observed_expected_ratio"] = ratio
    estimates["ece"], _ = ece_of_entities(event, risk, entity, _BINS, level ** (1 / n_joint))
    return estimates


def _reason(least: int, what: str) -> str:
    return (
        f"too few {what} of one outcome in the test part; "
        f"the policy asks for {least} with the event and {least} without it"
    )


def _findings(
    given: AuditInput, attribute: Attribute, level: str, estimates: dict[str, Estimate], n: int, reason: str
) -> list[Finding]:
    common: dict[str, Any] = {
        "attribute": attribute.name,
        "group": Group(levels={attribute.name: level}),
        "evidence": _FILE,
        "level": given.policy.level,
        "simultaneous": True,
    }
    found = []
    for measure, label, unit in MEASURES:
        if measure not in _OF_GROUPS:
            continue
        if measure in estimates:
            found.append(done(GROUPS.key, measure, label, estimates[measure], unit, **common))
        else:
            why = reason or "no finite slope exists: the risk is constant or separates the outcomes"
            shown = n if n >= max(given.policy.minimum_group, given.policy.minimum_cell) else 0
            found.append(not_estimable(GROUPS.key, measure, label, why, unit, n=shown, **common))
    return found
