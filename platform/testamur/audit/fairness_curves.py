"""How far the ROC curves of two groups lie apart, whatever the threshold (ABROCA)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import basic_estimate
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.fairness_further import CURVES
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import generator, observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.roc_distance import (
    Roc,
    area_between,
    areas,
    count_bins,
    draw_curves,
    draw_curves_of_entities,
    fine_bins,
    heights,
    joined,
    roc_of,
    roc_of_bins,
)
from testamur.audit.rounding import hidden_rows
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
    shared = entity_codes(given) is not None
    found: list[Finding] = []
    trees = []
    for attribute, groups in zip(given.table.attributes, members, strict=True):
        mine, pairs = _of_attribute(given, attribute, groups, event, score, place, n_joint)
        if None in known[attribute.name].values():
            mine = [f.model_copy(update={"n": hidden_rows(f.n, shared=shared)}) for f in mine]
        found += mine
        trees.append({"attribute": attribute.name, "label": attribute.label, "pairs": pairs})
    return CheckOutcome(
        tuple(found), (json_file(_FILE, {"attributes": trees}, "Areas between the ROC curves of groups"),)
    )


def _members(given: AuditInput, position: int, event: Ints) -> dict[str, Any]:
    """Rows of every group with enough rows, or entities, of both outcomes."""
    entity, least = entity_codes(given), max(given.policy.minimum_group, 1)
    found = {}
    for code, level in enumerate(given.table.attributes[position].levels):
        rows = given.table.test.groups[:, position] == code
        fewest = min(n_entities(entity, rows & (event == side)) for side in (0, 1))
        if fewest >= least:
            found[level] = rows
    return found


def _curve(event: Ints, score: Floats, counts: Ints) -> Roc:
    """A group's curve; of very many rows through fine bins, which moves an area by less than 1e-5."""
    return roc_of(event, score) if len(event) <= _MOST_CORNERS else roc_of_bins(counts)


def _drawn(counts: Ints, n_boot: int, rng: Any) -> tuple[Floats, Floats]:
    """(grid,) the curve as it is, and (n_boot, grid) curves of resampled rows."""
    binned = joined(counts)
    return heights(binned), draw_curves(binned, n_boot, rng)


def distance_between(
    value: float,
    one: Floats,
    drawn_one: Floats,
    two: Floats,
    drawn_two: Floats,
    level: float,
    n: int,
    n_units: int | None = None,
) -> Estimate:
    """An area with its interval, which leaves 0 out only where equal curves would rarely lie so far apart.

    An area is never negative: near 0 no bootstrap of it holds its level (Andrews 2000, Econometrica 68:399).
    The test draws the deviations of both curves from themselves, as if they were equal. The upper end is the
    larger of the basic and the percentile one.

    Args:
        value: The area.
        one: (grid,) curve of one group.
        drawn_one: (n_boot, grid) of its resampled rows.
        two: (grid,) curve of the other.
        drawn_two: (n_boot, grid) of its resampled rows.
        level: Of the interval.
        n: Rows of both.
        n_units: What was drawn: entities of both; None: rows.
    """
    drawn, upper = areas(drawn_one, drawn_two), (1 + level) / 2
    equal = areas(drawn_one - one, drawn_two - two)
    basic = basic_estimate(value, drawn, level, n_units or n, floor=0.0)
    low = basic.low if value > float(np.quantile(equal, upper)) else 0.0
    high = max(basic.high, float(np.quantile(drawn, upper)))
    return Estimate(
        value, low, high, "bootstrap, basic; 0 is left out only where equal curves are rejected", n
    )


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
    entity = entity_codes(given)
    if entity is None:
        drawn = {level: _drawn(binned, n_boot, rng) for level, binned in counts.items()}
    else:
        parts = [(event[rows], place[rows], entity[rows]) for rows in groups.values()]
        curves_of = draw_curves_of_entities(parts, n_boot, rng)
        drawn = {
            level: (heights(joined(counts[level])), curve)
            for level, curve in zip(groups, curves_of, strict=True)
        }
    level_each = given.policy.level ** (1 / n_joint)
    estimates: dict[tuple[str, str], Estimate] = {}
    for one, two in combinations(groups, 2):
        n = int(groups[one].sum() + groups[two].sum())
        value = area_between(curves[one], curves[two])
        units = None if entity is None else n_entities(entity, groups[one] | groups[two])
        estimates[one, two] = distance_between(value, *drawn[one], *drawn[two], level_each, n, units)
    widest = max(estimates, key=lambda pair: estimates[pair].value)
    top = estimates[widest]
    bounded = Estimate(
        top.value,
        max(e.low for e in estimates.values()),
        max(e.high for e in estimates.values()),
        f"{top.method}; {'counts of score bins' if entity is None else 'whole entities'}, joint by Sidak",
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
