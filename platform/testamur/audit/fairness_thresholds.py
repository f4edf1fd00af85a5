"""The same groups at other thresholds: a description of these rows, from one sort of the risks per group."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.fairness_further import THRESHOLDS
from testamur.audit.findings import exact, json_file, not_estimable
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Floats, Ints
from testamur.audit.rounding import step_of_mean, to_step
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur.contracts.table import Attribute

N_THRESHOLDS = 41
FOUR_FIFTHS = 0.8
_FILE = "thresholds.json"
_NOTE = "counted on these test rows; a threshold chosen on them would have to be tried on others"


def run(given: AuditInput) -> CheckOutcome:
    """Gaps and the lowest ratio over a range of thresholds, per attribute."""
    event, risk = observed_event(given), np.asarray(predictions_of(given).event, np.float64)
    swept = np.unique(np.quantile(risk, np.linspace(0.05, 0.95, N_THRESHOLDS)))
    found: list[Finding] = []
    trees = []
    for position, attribute in enumerate(given.table.attributes):
        code = given.table.test.groups[:, position]
        mine, points = _of_attribute(given, attribute, code, event, risk, swept)
        found += mine
        trees.append({"attribute": attribute.name, "label": attribute.label, "points": points})
    tree = {"threshold": given.threshold, "attributes": trees}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Gaps between groups at other thresholds"),))


def share_at_least(risk: Floats, swept: Floats) -> Floats:
    """(t,) share of rows at or above each threshold; NaN of no rows."""
    if not len(risk):
        return np.full(len(swept), np.nan)
    return 1.0 - np.searchsorted(np.sort(risk), swept, side="left") / len(risk)


def _of_attribute(
    given: AuditInput, attribute: Attribute, code: Any, event: Ints, risk: Floats, swept: Floats
) -> tuple[list[Finding], list[dict[str, Any]]]:
    least = max(given.policy.minimum_group, 1)
    members = [code == level for level in range(len(attribute.levels))]
    entity = entity_codes(given)
    large = [rows for rows in members if n_entities(entity, rows) >= least]
    with_events = [rows for rows in members if n_entities(entity, rows & (event == 1)) >= least]
    most = 1 if entity is None else int(np.bincount(entity).max())  # rows that one entity may bring
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "note": _NOTE}
    names = (
        ("below_four_fifths_share", "thresholds with a ratio below four fifths", Unit.SHARE),
        ("largest_selection_gap", "largest gap of selection rates in the sweep", Unit.POINTS),
        ("largest_opportunity_gap", "largest gap of true-positive rates in the sweep", Unit.POINTS),
    )
    if len(large) < 2:
        what = "rows" if entity is None else "entities"
        reason = f"fewer than two groups with at least {least} {what} in the test part"
        return [
            not_estimable(THRESHOLDS.key, m, label, reason, unit, **common) for m, label, unit in names
        ], []
    selection = np.stack([share_at_least(risk[rows], swept) for rows in large])
    gap, ratio = np.ptp(selection, axis=0), _ratio(selection)
    step = step_of_mean(min(int(rows.sum()) for rows in large), most)
    values: list[tuple[float | None, float]] = [
        (float((ratio < FOUR_FIFTHS).mean()), 0.0),
        (float(gap.max()), step),
    ]
    chance = None
    if len(with_events) > 1:
        found = np.stack([share_at_least(risk[rows & (event == 1)], swept) for rows in with_events])
        chance = np.ptp(found, axis=0)
        fewest = min(int(event[rows].sum()) for rows in with_events)
        values.append((float(chance.max()), step_of_mean(fewest, most)))
    else:
        values.append((None, 0.0))
    findings = [
        _finding(name, value, int((code >= 0).sum()), common, least)
        for name, value in zip(names, values, strict=True)
    ]
    return findings, _points(swept, gap, ratio, chance, step)


def _finding(
    name: tuple[str, str, Unit], value: tuple[float | None, float], n: int, common: Any, least: int
) -> Finding:
    measure, label, unit = name
    if value[0] is None:
        reason = f"fewer than two groups with at least {least} rows with the event"
        return not_estimable(THRESHOLDS.key, measure, label, reason, unit, **common)
    return exact(THRESHOLDS.key, measure, label, value[0], unit, n=n - n % 10, step=value[1], **common)


def _ratio(selection: Floats) -> Floats:
    """Lowest over highest selection rate; 1 where nobody is selected."""
    top = selection.max(axis=0)
    return np.divide(selection.min(axis=0), top, out=np.ones_like(top), where=top > 0)


def _points(
    swept: Floats, gap: Floats, ratio: Floats, chance: Floats | None, step: float
) -> list[dict[str, Any]]:
    """The sweep, rounded so that no single row can be read off."""
    return [
        {
            "threshold": float(f"{swept[i]:.2g}"),
            "selection_gap": to_step(float(gap[i]), step),
            "ratio": to_step(float(ratio[i]), max(step, 0.01)),
            "opportunity_gap": None if chance is None else to_step(float(chance[i]), max(step, 0.01)),
        }
        for i in range(len(swept))
    ]
