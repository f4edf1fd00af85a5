"""The loss of the primary measure within each group, when values are off or missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit import past_lost
from testamur.audit.enough import least
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.forecast_scores import series_of
from testamur.audit.inputs import CLASSIFICATIONS, generator
from testamur.audit.interval import Estimate, critical_value
from testamur.audit.past_budget import draws_of, plan_past
from testamur.audit.past_lost import channel_spreads, with_gaps, with_steps_lost
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.perturb import spreads, with_missing, with_noise
from testamur.audit.primary import Primary, Scored, average, estimate_of
from testamur.audit.robustness import WORST
from testamur.audit.robustness_past import measure_name
from testamur.audit.robustness_perturbed import MOST_ROWS
from testamur.audit.rounding import hidden_rows
from testamur.audit.shown_rows import shown_rows
from testamur.audit.skip import Skip
from testamur.audit.taken_predictions import rows_of
from testamur.audit.tried_past import TriedPast
from testamur.audit.tried_raw import TriedRaw, tried_raw
from testamur.audit.tried_raw import with_missing as raw_missing
from testamur.audit.tried_raw import with_noise as raw_noise
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Group
from testamur.contracts.table import Predictions

_FILE = "worst_group.json"
_NOISE, _MISSING = 0.1, 0.1
_LOST = 0.25
WAYS = {
    "noise": f"noise of {_NOISE:g} sd",
    "missing": f"{100 * _MISSING:g} % of cells missing",
    "gaps": f"{100 * _MISSING:g} % of values missing",
    "lost": f"{100 * _LOST:g} % of the past lost",
}
Tried = TriedRows | TriedPast | TriedRaw
Said = dict[str, list[Predictions]]


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A group among the tried rows."""

    attribute: str
    level: str
    rows: Any  # (n,) bool
    enough: bool


def run(given: AuditInput) -> CheckOutcome:
    """Each group's loss, and per attribute the largest one, with joint intervals."""
    shape = shape_of(given.table)
    reason = "" if shape or given.raw else reason_against(given)
    if reason:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    rng = generator(given, WORST.key)
    if given.predictor is None:
        rows, said_by = _said_raw(given, rng)
    else:
        rows, said_by = _made_past(given, rng) if shape else _made(given, rng)
    members = _members(given, rows)
    clean = rows.ask(rows.part)
    found: list[Finding] = []
    tree: dict[str, Any] = {"n": rows.n, "n_test": rows.n_test, "measure": rows.primary.measure, "ways": []}
    for way, said in said_by.items():
        mine = _of_way(given, rows, members, way, clean, said, len(said_by))
        found += mine
        tree["ways"].append({"name": WAYS[way], "groups": [_row(f) for f in mine if f.group is not None]})
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Loss of the primary measure per group"),))


def _said_raw(given: AuditInput, rng: np.random.Generator) -> tuple[Tried, Said]:
    """Answers of a model from elsewhere; a way that it gives no answer for is left out.

    Raises:
        Skip: It answers for neither.
    """
    rows = tried_raw(given, rng, most=MOST_ROWS)
    found: Said = {}
    refused = Skip(CheckStatus.NOT_APPLICABLE, "the model is given no columns")
    for way, level, change in (("noise", _NOISE, raw_noise), ("missing", _MISSING, raw_missing)):
        try:
            made = [change(rows, level, rng) for _ in range(draws_of(rows.n))]
            if made[0].moved or made[0].lost:
                found[way] = [rows.ask(part) for part in made]
        except Skip as skipped:
            refused = skipped
    if not found:
        raise refused
    return rows, found


def _made(given: AuditInput, rng: np.random.Generator) -> tuple[Tried, Said]:
    """Plain rows with noise and with cells missing."""
    rows = tried_rows(given, rng, most=MOST_ROWS)
    scale, made = _NOISE * spreads(given.table), {}
    if scale.any():
        made["noise"] = [with_noise(given.table, rows.cells, scale, rng) for _ in range(draws_of(rows.n))]
    made["missing"] = [with_missing(given.table, rows.cells, _MISSING, rng) for _ in range(draws_of(rows.n))]
    return rows, {way: [rows.ask(rows.part_with(each)) for each in cells] for way, cells in made.items()}


def _made_past(given: AuditInput, rng: np.random.Generator) -> tuple[Tried, Said]:
    """Windows with noise and with values missing; answers and choices with steps of the past lost."""
    rows, n_draws = plan_past(given, rng, 2, draws_of(given.table.test.n_rows))
    if rows.shape is not Shape.WINDOWS:
        return rows, {"lost": [rows.ask(with_steps_lost(rows, _LOST, rng)) for _ in range(n_draws)]}
    scale = _NOISE * channel_spreads(given.table, rows)
    return rows, {
        "noise": [rows.ask(past_lost.with_noise(rows, scale, rng)) for _ in range(n_draws)],
        "gaps": [rows.ask(with_gaps(rows, _MISSING, rng)) for _ in range(n_draws)],
    }


def _members(given: AuditInput, rows: Tried) -> list[_Member]:
    groups = given.table.test.groups[rows.positions]
    return [
        _Member(attribute.name, level, mine, _enough(given, rows, mine))
        for place, attribute in enumerate(given.table.attributes)
        for code, level in enumerate(attribute.levels)
        if (mine := groups[:, place] == code) is not None
    ]


def _enough(given: AuditInput, rows: Tried, mine: Any) -> bool:
    """Whether a group has the rows (of each class) or the series that the policy asks for."""
    kind, target = given.table.problem.kind, rows.target[mine]
    if kind is ProblemKind.FORECAST:
        number = series_of(given.table)[rows.positions[mine]]
        return len(np.unique(number)) >= least(given)
    entity = entity_codes(given)
    who = None if entity is None else entity[rows.positions[mine]]
    if kind not in CLASSIFICATIONS:
        return n_entities(who, np.ones(len(target), bool)) >= least(given)
    n_classes = max(len(given.table.classes), 2)
    return min(n_entities(who, target == c) for c in range(n_classes)) >= least(given)


def _of_way(
    given: AuditInput,
    rows: Tried,
    members: list[_Member],
    way: str,
    clean: Predictions,
    said: list[Predictions],
    n_ways: int,
) -> list[Finding]:
    measure, label = measure_name(given)
    n_joint = max(sum(member.enough for member in members), 1) * n_ways
    known, shared = shown_rows(given), entity_codes(given) is not None
    found: list[Finding] = []
    for attribute in given.table.attributes:
        estimates: list[tuple[Group, Estimate]] = []
        for member in members:
            if member.attribute != attribute.name:
                continue
            group = Group(levels={member.attribute: member.level})
            hidden = known[attribute.name][member.level] is None
            common: dict[str, Any] = _common(given, rows, attribute.name, way) | {"group": group}
            if not member.enough:
                reason = f"fewer than {least(given)} tried rows (of an outcome) in the group"
                found.append(
                    not_estimable(WORST.key, f"group_{measure}", label, reason, rows.primary.unit, **common)
                )
                continue
            estimate = _estimate(given, rows, member, _loss(rows, member.rows, clean, said), n_joint)
            n = hidden_rows(estimate.n, shared=shared) if hidden else estimate.n
            found.append(
                done(
                    WORST.key, f"group_{measure}", label, estimate, rows.primary.unit, simultaneous=True,
                    **common | {"n": n},
                )
            )  # fmt: skip
            estimates.append((group, estimate))
        worst = _worst(given, rows, attribute.name, way, estimates)
        if shared and None in known[attribute.name].values():
            worst = [f.model_copy(update={"n": 0}) for f in worst]  # less the others', it is the withheld one
        found += worst
    return found


def _common(given: AuditInput, rows: Tried, attribute: str, way: str) -> dict[str, Any]:
    return {
        "attribute": attribute,
        "subject": WAYS[way],
        "level": given.policy.level,
        "evidence": _FILE,
        "note": rows.note,
    }


def _loss(rows: Tried, mine: Any, clean: Predictions, said: list[Predictions]) -> Scored:
    target, primary = rows.target[mine], rows.primary
    before = primary.score(rows_of(clean, mine), target)
    return average([_after(primary, before, rows_of(each, mine), target) for each in said])


def _after(primary: Primary, before: Scored, said: Predictions, target: Any) -> Scored:
    return primary.loss(before, primary.score(said, target))


def _estimate(given: AuditInput, rows: Tried, member: _Member, loss: Scored, n_joint: int) -> Estimate:
    level = given.policy.level
    if isinstance(rows, TriedPast | TriedRaw):
        return rows.estimate(loss, level, n_joint, member.rows)
    cluster = None if rows.cluster is None else rows.cluster[member.rows]
    return estimate_of(loss, critical_value(level, n_joint), cluster)


def _worst(
    given: AuditInput, rows: Tried, attribute: str, way: str, estimates: list[tuple[Group, Estimate]]
) -> list[Finding]:
    """The largest loss of an attribute's groups, bounded by their joint intervals."""
    if len(estimates) < 2:
        return []
    measure, label = measure_name(given)
    value = max(e.value for _, e in estimates)
    low, high = (max(getattr(e, end) for _, e in estimates) for end in ("low", "high"))
    group = next(g for g, e in estimates if e.value == value)
    words = "largest over groups, bounded by their joint intervals"
    estimate = Estimate(value, min(low, value), high, words, sum(e.n for _, e in estimates))
    common = _common(given, rows, attribute, way)
    common["note"] = "; ".join(part for part in (f"of {group}", rows.note) if part)
    return [
        done(
            WORST.key, f"worst_{measure}", f"largest {label} among groups", estimate, rows.primary.unit,
            simultaneous=True, **common,
        )
    ]  # fmt: skip


def _row(finding: Finding) -> dict[str, Any]:
    assert finding.group is not None
    return {
        "attribute": finding.attribute,
        "levels": finding.group.levels,
        "status": finding.status.value,
        "value": finding.value,
        "low": finding.low,
        "high": finding.high,
    }
