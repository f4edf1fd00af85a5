"""The evidence behind fairness findings, with small counts withheld."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.cells import RATES
from testamur.audit.disclosure import hidden
from testamur.audit.entity_cells import by_group
from testamur.audit.entity_draws import percentile_rates_of_entities
from testamur.audit.fairness_gaps import gap_findings
from testamur.audit.fairness_rates import rate_findings
from testamur.audit.fairness_table import MOST_GROUPS, GroupTable, Measured
from testamur.audit.findings import json_file, tree_of
from testamur.audit.rounding import published
from testamur.audit.simultaneous import percentile_rates
from testamur.contracts.finding import EvidenceFile, Finding


def groups_file(table: GroupTable, name: str) -> EvidenceFile:
    """groups.json or intersections.json as docs/evidence.md describes it."""
    policy = table.given.policy
    rates = rate_findings(table, "core.fairness.rates", name)
    gaps = gap_findings(table, "core.fairness.gaps", name)
    tree = {
        "part": "test",
        "n": table.n_rows,
        "threshold": table.given.threshold,
        "level": policy.level,
        "minimum_group": policy.minimum_group,
        "minimum_cell": policy.minimum_cell,
        "n_boot": table.given.options.bootstrap,
        "seed": table.given.seed,
        "critical": {
            "groups": table.critical.groups,
            "pairs": table.critical.pairs,
            "n_boot": table.critical.n_boot,
        },
        "divisions": [
            _division(table, measured, _of(rates, measured), _of(gaps, measured))
            for measured in table.measured
            if len(measured.division.groups) <= MOST_GROUPS
        ],
    }
    return json_file(name, tree, "Counts, rates and gaps of the groups, with joint intervals")


def _of(findings: list[Finding], measured: Measured) -> list[Finding]:
    return [f for f in findings if f.attribute == measured.division.name]


def _division(
    table: GroupTable, measured: Measured, rates: list[Finding], gaps: list[Finding]
) -> dict[str, Any]:
    rng = np.random.default_rng([table.given.seed, len(measured.division.groups)])
    n_boot, level = table.given.options.bootstrap, table.given.policy.level
    if table.strata.entities is None:
        low, high = percentile_rates(table.strata, measured.division, n_boot, level, rng)
    else:
        _, group, counts = by_group(table.strata.entities, measured.division.member)
        n_groups = len(measured.division.groups)
        low, high = percentile_rates_of_entities(group, counts, n_groups, n_boot, level, rng)
    has_gap = [f for f in gaps if not f.measure.endswith("_difference")]
    return {
        "attribute": measured.division.name,
        "label": measured.division.label,
        "attributes": list(measured.division.attributes),
        "n_missing": measured.n_left_out,
        "reference": measured.division.groups[measured.reference] if measured.division.groups else None,
        "groups": [
            _group(table, measured, position, rates, low[position], high[position])
            for position in range(len(measured.division.groups))
        ],
        "gaps": {
            f.measure: _gap(f) for f in reversed(has_gap)
        },  # the first of a measure, which is the whole, stays
        "differences": [{"measure": f.measure, **_gap(f)} for f in gaps if f.measure.endswith("_difference")],
    }


def _group(
    table: GroupTable, measured: Measured, position: int, rates: list[Finding], low: Any, high: Any
) -> dict[str, Any]:
    shown = measured.shown[position]
    levels = measured.division.groups[position]
    mine = {f.measure: f for f in rates if f.group is not None and f.group.levels == levels}
    trees = {}
    for i, rate in enumerate(RATES):
        tree = tree_of(mine[rate.name])
        ends = {"bootstrap_low": float(low[i]), "bootstrap_high": float(high[i])}
        if tree["value"] is None:
            ends = dict.fromkeys(ends)
            tree["n"] = None
        elif not mine[rate.name].cells:  # one of its counts is withheld: the rate would give it away
            tree, ends = hidden(tree), dict.fromkeys(ends)
        trees[rate.name] = {**tree, **ends}
    return {
        "levels": levels,
        "name": str(measured.group(position)),
        "n": shown["n"],
        "n_events": shown["n_events"],
        "n_non_events": shown["n_non_events"],
        **({} if measured.shared is None else {"n_entities": shown["n_entities"]}),
        "cells": {name: shown[name] for name in ("tn", "fp", "fn", "tp")},
        "rates": trees,
    }


def _gap(finding: Finding) -> dict[str, Any]:
    finding = published(finding)
    return {
        **tree_of(finding),
        "step": finding.step,
        "group": finding.group.levels if finding.group else None,
        "reference": finding.reference.levels if finding.reference else None,
        "detectable": finding.detectable,
        "p_value": finding.p_value,
    }
