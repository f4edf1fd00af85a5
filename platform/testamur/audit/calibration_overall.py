"""Calibration of the model on the whole test part."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.calibration import OVERALL
from testamur.audit.calibration_curve import distances, observed_expected, regression, reliability_bins
from testamur.audit.disclosure import withhold
from testamur.audit.enough import too_few_outcomes
from testamur.audit.entity_calibration import (
    distances_of_entities,
    observed_expected_of_entities,
    regression_of_entities,
    reliability_of_entities,
)
from testamur.audit.entity_rows import n_entities
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import generator, observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.row_groups import entities_in_order
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

_FILE = "reliability.json"
MEASURES = (
    ("calibration_in_the_large", "calibration in the large", Unit.NUMBER),
    ("calibration_intercept", "calibration intercept", Unit.NUMBER),
    ("calibration_slope", "calibration slope", Unit.NUMBER),
    ("observed_expected_ratio", "observed over expected events", Unit.RATIO),
    ("ici", "integrated calibration index", Unit.NUMBER),
    ("ece", "expected calibration error", Unit.NUMBER),
    ("brier_reliability", "reliability part of the Brier score", Unit.NUMBER),
    ("brier_resolution", "resolution part of the Brier score", Unit.NUMBER),
    ("brier_uncertainty", "uncertainty part of the Brier score", Unit.NUMBER),
)
WHY_NOT = {
    "calibration_in_the_large": "the test part holds one outcome only",
    "observed_expected_ratio": "the test part holds one outcome only",
}


def run(given: AuditInput) -> CheckOutcome:
    """Intercept, slope, O/E, ICI, ECE and the parts of the Brier score."""
    event, risk, level = observed_event(given), predictions_of(given).event, given.policy.level
    order = np.argsort(risk)  # once, for all that follows: binning sorted risks is several times faster
    event, risk, entity = event[order], risk[order], entities_in_order(given, order)
    z, least = critical_value(level), max(given.policy.minimum_cell, 1)
    reason = too_few_outcomes(given, event, entity)
    if reason:
        n = len(event)
        return CheckOutcome(
            tuple(not_estimable(OVERALL.key, m, label, reason, unit, n=n) for m, label, unit in MEASURES)
        )
    rng = generator(given, OVERALL.key)
    if entity is None:
        estimates, ratio = regression(event, risk, z), observed_expected(event, risk, z)
        more, smooth = distances(event, risk, level=level, rng=rng)
        bins = reliability_bins(event, risk, n_bins=10, minimum=least, z=z)
    else:
        estimates = regression_of_entities(event, risk, entity, level)
        ratio = observed_expected_of_entities(event, risk, entity, level)
        more, smooth = distances_of_entities(event, risk, entity, level=level, rng=rng)
        bins = reliability_of_entities(event, risk, entity, n_bins=10, minimum=least, level=level)
    if ratio is not None:
        estimates["observed_expected_ratio"] = ratio
    estimates |= more
    found = [_finding(given, estimates, *measure) for measure in MEASURES]
    by_measure = {f.measure: tree_of(f) for f in found}
    counts, edges = np.histogram(risk, bins=np.linspace(0, 1, 21))
    items = {(i, "n"): int(c) for i, c in enumerate(counts)}
    people = None if entity is None else _people(risk, entity, edges)
    shown = list(withhold(items, [list(items)], given.policy.minimum_cell, people).values())
    tree = {
        "n": len(event),
        "intercept": by_measure["calibration_intercept"],
        "slope": by_measure["calibration_slope"],
        "bins": bins,
        "smooth": smooth,
        "histogram": {"edges": [round(float(e), 2) for e in edges], "counts": shown},
        "measures": by_measure,
    }
    return CheckOutcome(
        tuple(found), (json_file(_FILE, tree, "Reliability diagram and calibration measures"),)
    )


def _people(risk: Floats, entity: Ints, edges: Floats) -> dict[tuple[int, str], int]:
    """Entities behind each bar of the histogram."""
    bar = np.clip(np.searchsorted(edges, risk, side="right") - 1, 0, len(edges) - 2)
    return {(i, "n"): n_entities(entity, bar == i) for i in range(len(edges) - 1)}


def _finding(
    given: AuditInput, estimates: dict[str, Estimate], measure: str, label: str, unit: Unit
) -> Finding:
    common: dict[str, Any] = {"evidence": _FILE, "level": given.policy.level}
    if measure in estimates:
        return done(OVERALL.key, measure, label, estimates[measure], unit, **common)
    default = "no finite slope exists: one outcome only, a constant risk, or risks that separate the outcomes"
    n = given.table.test.n_rows
    return not_estimable(OVERALL.key, measure, label, WHY_NOT.get(measure, default), unit, n=n, **common)
