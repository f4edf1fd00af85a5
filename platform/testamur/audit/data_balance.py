"""How the target is spread, overall and per group, over all parts together."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.data_quality import BALANCE
from testamur.audit.disclosure import hidden, small, withhold
from testamur.audit.entity_estimates import mean_of_entities, share_of_entities
from testamur.audit.entity_rows import entities_of_all, n_entities, people_of
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.group_shares import compare_shares, compare_shares_of_entities
from testamur.audit.inputs import all_rows
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, mean_estimate, wilson_estimate
from testamur.audit.rounding import hidden_rows, step_of_mean, step_of_share
from testamur.audit.row_share import row_share
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Finding, Group, Unit
from testamur.contracts.table import Attribute

_KEY, _FILE = BALANCE.key, "balance.json"


def run(given: AuditInput) -> CheckOutcome:
    """Share of the event (or of each class, or the mean of the target) overall and per group."""
    target = np.concatenate([np.asarray(part.target) for part in all_rows(given.table)])
    groups = np.concatenate([part.groups for part in all_rows(given.table)])
    kind, entity = given.table.problem.kind, entities_of_all(given.table)
    if kind is ProblemKind.MULTICLASS:
        return _classes(given, target.astype(np.int64), entity)
    binary = kind is ProblemKind.BINARY
    measure, label, unit = (
        ("event_share", "rows with the event", Unit.SHARE)
        if binary
        else ("target_mean", "mean of the target", Unit.TARGET)
    )
    step = _overall_step(target, given, entity) if binary else 0.0
    overall = done(
        _KEY,
        measure,
        label,
        _estimate(target, entity, binary, given.policy.level),
        unit,
        evidence=_FILE,
        level=given.policy.level,
        step=step,
    )
    found, trees = [overall], []
    for position, attribute in enumerate(given.table.attributes):
        code = groups[:, position].astype(np.int64)
        mine, more = _of_attribute(given, attribute, code, target, entity, (measure, label, unit))
        found += mine
        trees += more
    tree = {"kind": kind.value, "n": len(target), "overall": tree_of(overall), "classes": [], "groups": trees}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Spread of the target over the groups"),))


def _overall_step(target: Any, given: AuditInput, entity: Ints | None) -> float:
    if entity is not None:
        share = row_share(target == 1, entity, level=given.policy.level, minimum=given.policy.minimum_cell)
        return share.step if share.few else 0.0
    events, n = int(target.sum()), len(target)
    if small(events, given.policy.minimum_cell) or small(n - events, given.policy.minimum_cell):
        return step_of_share(events, n, critical_value(given.policy.level))
    return 0.0


def _estimate(target: Any, entity: Ints | None, binary: bool, level: float, n_joint: int = 1) -> Estimate:
    if entity is not None:
        made = share_of_entities(target == 1, entity, level) if binary else mean_of_entities(
            target.astype(np.float64), entity, level
        )  # fmt: skip
        return made.joint(n_joint)
    if binary:
        return wilson_estimate(int(target.sum()), len(target), critical_value(level, n_joint))
    return mean_estimate(target.astype(np.float64), level, n_joint)


def _classes(given: AuditInput, target: Any, entity: Ints | None) -> CheckOutcome:
    """Share of every class; joint over the classes."""
    n, classes, policy = len(target), given.table.classes, given.policy
    shares = [
        row_share(target == k, entity, level=policy.level, minimum=policy.minimum_cell, n_joint=len(classes))
        for k in range(len(classes))
    ]
    counts = np.bincount(target, minlength=len(classes))
    items = {(k, "n"): int(c) for k, c in enumerate(counts)}
    people = None
    if entity is not None:
        people = {(k, "n"): int(c) for k, c in enumerate(people_of(target, entity, len(classes)))}
    shown = list(withhold(items, [list(items)], policy.minimum_cell, people).values())
    found = [
        done(
            _KEY,
            "class_share",
            "rows of the class",
            share.estimate,
            Unit.SHARE,
            subject=name,
            evidence=_FILE,
            level=given.policy.level,
            simultaneous=True,
            step=share.step if seen is None else 0.0,
        )
        for name, share, seen in zip(classes, shares, shown, strict=True)
    ]
    rows = [
        {"name": name, "n": seen, "share": None if seen is None else float(seen / n)}
        for name, seen in zip(classes, shown, strict=True)
    ]
    tree = {"kind": "multiclass", "n": n, "overall": None, "classes": rows, "groups": []}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Spread of the classes"),))


def _of_attribute(
    given: AuditInput,
    attribute: Attribute,
    code: Any,
    target: Any,
    entity: Ints | None,
    names: tuple[str, str, Unit],
) -> tuple[list[Finding], list[dict[str, Any]]]:
    measure, label, unit = names
    binary = measure == "event_share"
    rows = [code == level for level in range(len(attribute.levels))]
    sizes = np.array([r.sum() for r in rows], np.float64)
    people = sizes if entity is None else people_of(code, entity, len(rows))
    enough = people >= max(given.policy.minimum_group, 2)
    found: list[Finding] = []
    for level, mine, fits in zip(attribute.levels, rows, enough, strict=True):
        group = Group(levels={attribute.name: level})
        common: dict[str, Any] = {
            "attribute": attribute.name,
            "group": group,
            "evidence": _FILE,
            "level": given.policy.level,
        }
        if fits:
            who = None if entity is None else entity[mine]
            estimate = _estimate(target[mine], who, binary, given.policy.level, int(enough.sum()))
            found.append(done(_KEY, measure, label, estimate, unit, simultaneous=True, **common))
        else:
            what = "rows" if entity is None else "entities"
            reason = f"too few {what}; the policy asks for at least {given.policy.minimum_group}"
            found.append(not_estimable(_KEY, measure, label, reason, unit, **common))
    events = np.array([target[r].sum() for r in rows], np.float64) if binary else sizes
    behind = None if entity is None else _people(code, target, entity, len(rows), binary)
    shown = _shown(sizes, events, len(target), given.policy.minimum_cell, behind)
    trees = _trees(given, attribute, shown, found)
    most = 1 if entity is None else int(np.bincount(entity).max())  # rows that one entity may bring
    found = [
        _published(f, shown, g, (int(events[g]), int(sizes[g]), given.policy.level), most)
        for g, f in enumerate(found)
    ]
    if binary:
        gap = _gap(given, attribute, events, sizes, entity, code, target)
        steps = [f.step for f in found if f.step]
        withheld = any(count is None for (_, name), count in shown.items() if name == "n")
        left = {"step": max([*steps, step_of_mean(int(sizes.min()) or 1, most)])} if steps or withheld else {}
        found.append(gap.model_copy(update=left) if gap.value is not None else gap)
    return found, trees


def _people(code: Any, target: Any, entity: Ints, n_levels: int, binary: bool) -> dict[tuple[int, str], int]:
    """Entities behind every count of `_shown`."""
    found = {(-1, "n"): n_entities(entity, code < 0)}
    sides = {"n": code >= 0, "events": target == 1, "rest": target == 0}
    for name, side in sides.items():
        mine = np.where(side, code, -1) if binary or name == "n" else code
        counts = people_of(mine, entity, n_levels)
        found |= {(g, name): int(count) for g, count in enumerate(counts)}
    return found


def _gap(
    given: AuditInput, attribute: Attribute, events: Floats, sizes: Floats, entity: Ints | None,
    code: Any, target: Any,
) -> Finding:  # fmt: skip
    label = "gap of event shares between groups"
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "level": given.policy.level}
    asked = {"level": given.policy.level, "minimum": given.policy.minimum_group}
    if entity is None:
        shares = compare_shares(events, sizes, **asked)
    else:
        shares = compare_shares_of_entities(entity, code, target == 1, **asked)
    if shares.gap is None:
        what = "rows" if entity is None else "entities"
        reason = f"fewer than two groups with at least {given.policy.minimum_group} {what}"
        return not_estimable(_KEY, "event_share_gap", label, reason, Unit.POINTS, **common)
    return done(
        _KEY,
        "event_share_gap",
        label,
        shares.gap,
        Unit.POINTS,
        simultaneous=True,
        group=Group(levels={attribute.name: attribute.levels[shares.first]}),
        reference=Group(levels={attribute.name: attribute.levels[shares.second]}),
        **common,
    )


Shown = dict[tuple[int, str], int | None]


def _shown(
    sizes: Floats, events: Floats, n: int, minimum: int, people: dict[tuple[int, str], int] | None
) -> Shown:
    """n, events and the rest tie each other, add up over the groups, and with rows without a level."""
    counts = {(-1, "n"): n - int(sizes.sum())}
    for g, (rows, e) in enumerate(zip(sizes, events, strict=True)):
        counts |= {(g, "n"): int(rows), (g, "events"): int(e), (g, "rest"): int(rows - e)}
    sums = [[(g, name) for name in ("events", "rest", "n")] for g in range(len(sizes))]
    sums += [[(g, name) for g in range(len(sizes))] for name in ("n", "events", "rest")]
    sums.append([*((g, "n") for g in range(len(sizes))), (-1, "n")])
    return withhold(counts, sums, minimum, people)


def _published(finding: Finding, shown: Shown, g: int, exact: tuple[int, int, float], most: int) -> Finding:
    """A group's finding, rounded where one of its counts is withheld."""
    (events, n, level), shared = exact, most > 1
    if finding.value is None:
        return finding
    if shown[g, "n"] is None and shared:
        finding = finding.model_copy(update={"n": 0, "cells": {}})
    if finding.measure == "event_share" and shown[g, "events"] is None:
        step = step_of_share(events, n, critical_value(level), unit=most)
        return finding.model_copy(update={"step": step})
    if shown[g, "n"] is None:
        return finding.model_copy(update={"n": hidden_rows(n, shared=shared), "cells": {}})
    return finding


def _trees(
    given: AuditInput, attribute: Attribute, shown: Shown, found: list[Finding]
) -> list[dict[str, Any]]:
    """Groups as evidence."""
    trees = []
    for g, finding in enumerate(found):
        whole = shown[g, "n"] is not None and shown[g, "events"] is not None
        trees.append(
            {
                "attribute": attribute.name,
                "levels": {attribute.name: attribute.levels[g]},
                "n": shown[g, "n"],
                "n_events": shown[g, "events"] if given.table.problem.kind is ProblemKind.BINARY else None,
                "estimate": tree_of(finding) if whole else hidden(tree_of(finding)),
            }
        )
    return trees
