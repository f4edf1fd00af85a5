"""AUC of the model and its gain over the baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.auc import (
    auc_estimate,
    auc_gain,
    auc_of_sorted,
    auc_parts,
    constant_estimate,
    roc_points,
)
from testamur.audit.comparison import Score, compare
from testamur.audit.disclosure import small
from testamur.audit.enough import too_few_outcomes
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.findings import json_file, not_estimable
from testamur.audit.inputs import MODEL, baselines, clusters, observed_event, predictions_of
from testamur.audit.interval import Floats, critical_value
from testamur.audit.performance import DISCRIMINATION
from testamur.audit.rounding import step_of_mean, to_step
from testamur.audit.row_groups import entities_in_order
from testamur.audit.shown_rows import shown_rows
from testamur.contracts.check import AuditInput, CheckOutcome

_GRID = 41  # points of a group's curve


def run(given: AuditInput) -> CheckOutcome:
    """AUC with DeLong's interval, paired gains, and ROC curves."""
    event = observed_event(given)
    scores = {MODEL: predictions_of(given).event} | {n: p.event for n, p in baselines(given).items()}
    n_events = int(event.sum())
    reason = too_few_outcomes(given, event, clusters(given))
    if reason:
        key = DISCRIMINATION.key
        return CheckOutcome((not_estimable(key, "auc", "area under the ROC curve", reason, n=len(event)),))
    z, cluster = critical_value(given.policy.level), clusters(given)
    parts = {name: auc_parts(event, score) for name, score in scores.items()}
    estimates = {n: constant_estimate(p) or auc_estimate(p, z, cluster) for n, p in parts.items()}
    gains = {n: auc_gain(parts[MODEL], p, z, cluster) for n, p in parts.items() if n != MODEL}
    found = compare(
        DISCRIMINATION.key,
        "roc.json",
        given.policy.level,
        Score("auc", "area under the ROC curve"),
        estimates,
        gains,
    )
    minimum = max(given.policy.minimum_cell, 1)
    points = {n: roc_points(event, scores[n], minimum=minimum) for n in estimates}
    curves = [
        {
            "name": n,
            "auc": e.value,
            "low": e.low,
            "high": e.high,
            "points": points[n],
        }
        for n, e in estimates.items()
    ]
    tree = {
        "n": len(event),
        "n_events": n_events,
        "curves": curves,
        "groups": _group_curves(given, scores[MODEL]),
        "operating_point": _operating_point(given, event, scores[MODEL]),
    }
    return CheckOutcome(
        tuple(found), (json_file("roc.json", tree, "ROC curves of model, baselines and groups"),)
    )


def _operating_point(given: AuditInput, event: Any, score: Floats) -> dict[str, float] | None:
    if given.threshold is None:
        return None
    selected, entity, least = score >= given.threshold, entity_codes(given), given.policy.minimum_cell
    most = 1 if entity is None else int(np.bincount(entity).max())  # rows that one entity may bring
    found = {}
    for name, side in (("fpr", event == 0), ("tpr", event == 1)):
        rate, n = float(selected[side].mean()), int(side.sum())
        hidden = any(small(n_entities(entity, side & chosen), least) for chosen in (selected, ~selected))
        found[name] = float(to_step(rate, step_of_mean(n, most)) or 0.0) if hidden else rate
    return found


def _group_curves(given: AuditInput, score: Floats) -> list[dict[str, Any]]:
    """Curves of the groups with enough events and non-events (of entities), in steps of several rows."""
    order = np.argsort(score)  # once: rows of a group stay in order
    event, score, groups = observed_event(given)[order], score[order], given.table.test.groups[order]
    curves: list[dict[str, Any]] = []
    known, entity = shown_rows(given), entities_in_order(given, order)
    least = max(given.policy.minimum_group, 1)
    for position, attribute in enumerate(given.table.attributes):
        for code, level in enumerate(attribute.levels):
            rows = groups[:, position] == code
            mine = event[rows]
            if min(n_entities(entity, rows & (event == side)) for side in (0, 1)) < least:
                continue
            found = auc_of_sorted(mine, score[rows])
            points = roc_points(mine, score[rows], _GRID, max(given.policy.minimum_cell, 1))
            curves.append(
                {
                    "attribute": attribute.name,
                    "levels": {attribute.name: level},
                    "name": level,
                    "n": known[attribute.name][level],
                    "auc": found.auc,
                    "points": points,
                }
            )
    return curves
