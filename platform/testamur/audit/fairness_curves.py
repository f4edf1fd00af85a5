"""How far the ROC curves of two groups lie apart, whatever the threshold (ABROCA)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from testamur.audit.fairness_further import CURVES
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import generator, observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.resample import basic_estimate
from testamur.audit.roc_distance import (
    Roc,
    area_between,
    areas,
    count_bins,
    draw_curves,
    fine_bins,
    joined,
    roc_of,
    roc_of_bins,
)
from testamur.audit.rounding import rounded_rows
from testamur.audit.shown_rows import shown_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group
from testamur.contracts.table import Attribute

_FILE = "group_curves.json"
_MOST_DRAWS = 500  # replicates: a curve costs a few microseconds each, and there are several groups
_MOST_CORNERS = 50_000
_LABEL = "area between the ROC curves (ABROCA)"


def run(given: AuditInput) -> CheckOutcome:
    """The largest area between the curves of two groups, per attribute."""
    event, score = observed_event(given), np.asarray(predictions_of(given).event, np.float64)
    place, known = fine_bins(score), shown_rows(given)
    members = [_members(given, position, event) for position in range(len(given.table.attributes))]
    n_joint = max(1, sum(len(m) * (len(m) - 1) // 2 for m in members))
    found: list[Finding] = []
    trees = []
    for attribute, groups in zip(given.table.attributes, members, strict=True):
        mine, pairs = _of_attribute(given, attribute, groups, event, score, place, n_joint)
        if None in known[attribute.name].values():
            mine = [f.model_copy(update={"n": rounded_rows(f.n)}) for f in mine]
        found += mine
        trees.append({"attribute": attribute.name, "label": attribute.label, "pairs": pairs})
    return CheckOutcome(
        tuple(found), (json_file(_FILE, {"attributes": trees}, "Areas between the ROC curves of groups"),)
    )


def _members(given: AuditInput, position: int, event: Ints) -> dict[str, Any]:
    """Rows of every group with enough of both outcomes."""
    least = max(given.policy.minimum_group, 1)
    found = {}
    for code, level in enumerate(given.table.attributes[position].levels):
        rows = given.table.test.groups[:, position] == code
        n_events = int(event[rows].sum())
        if min(n_events, int(rows.sum()) - n_events) >= least:
            found[level] = rows
    return found


def _curve(event: Ints, score: Floats, counts: Ints) -> Roc:
    """A group's curve; of very many rows through fine bins, which moves an area by less than 1e-5."""
    return roc_of(event, score) if len(event) <= _MOST_CORNERS else roc_of_bins(counts)


def _of_attribute(
    given: AuditInput,
    attribute: Attribute,
    groups: dict[str, Any],
    event: Ints,
    score: Floats,
    place: Ints,
    n_joint: int,
) -> tuple[list[Finding], list[dict[str, Any]]]:
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "level": given.policy.level}
    least = max(given.policy.minimum_group, 1)
    reason = f"too few rows of one outcome; the policy asks for {least} with the event and {least} without it"
    left_out = [
        not_estimable(
            CURVES.key, "abroca", _LABEL, reason, group=Group(levels={attribute.name: level}), **common
        )
        for level in attribute.levels
        if level not in groups
    ]
    if len(groups) < 2:
        few = "fewer than two groups are large enough for a comparison"
        return [not_estimable(CURVES.key, "abroca", _LABEL, few, **common), *left_out], []
    rng = generator(given, f"{CURVES.key} {attribute.name}")
    n_boot = min(given.options.bootstrap, _MOST_DRAWS)
    counts = {level: count_bins(event[rows], place[rows]) for level, rows in groups.items()}
    curves = {level: _curve(event[rows], score[rows], counts[level]) for level, rows in groups.items()}
    drawn = {level: draw_curves(joined(binned), n_boot, rng) for level, binned in counts.items()}
    level_each = given.policy.level ** (1 / n_joint)
    estimates: dict[tuple[str, str], Estimate] = {}
    for one, two in combinations(groups, 2):
        n = int(groups[one].sum() + groups[two].sum())
        value = area_between(curves[one], curves[two])
        estimates[one, two] = basic_estimate(value, areas(drawn[one], drawn[two]), level_each, n, floor=0.0)
    widest = max(estimates, key=lambda pair: estimates[pair].value)
    top = estimates[widest]
    bounded = Estimate(
        top.value,
        max(e.low for e in estimates.values()),
        max(e.high for e in estimates.values()),
        f"{top.method}, counts of score bins, joint by Sidak",
        top.n,
    )
    finding = done(
        CURVES.key,
        "abroca",
        _LABEL,
        bounded,
        simultaneous=True,
        group=Group(levels={attribute.name: widest[0]}),
        reference=Group(levels={attribute.name: widest[1]}),
        **common,
    )
    pairs = [
        {"one": one, "two": two, "value": e.value, "low": e.low, "high": e.high}
        for (one, two), e in estimates.items()
    ]
    return [finding, *left_out], [*pairs, {"one": widest[0], "two": widest[1], "widest": tree_of(finding)}]
