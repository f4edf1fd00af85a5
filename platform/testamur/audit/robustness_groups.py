"""The loss of the primary measure within each group, when values are off or missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.enough import least
from testamur.audit.findings import done, json_file, not_estimable
from testamur.audit.inputs import generator
from testamur.audit.interval import Estimate, critical_value
from testamur.audit.made_rows import Cells
from testamur.audit.perturb import spreads, with_missing, with_noise
from testamur.audit.primary import Primary, Scored, average, estimate_of
from testamur.audit.robustness import WORST
from testamur.audit.robustness_perturbed import MOST_ROWS, N_DRAWS, measure_name
from testamur.audit.rounding import rounded_rows
from testamur.audit.shown_rows import shown_rows
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import TriedRows, reason_against, tried_rows
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Finding, Group
from testamur.contracts.table import Predictions

_FILE = "worst_group.json"
_NOISE, _MISSING = 0.1, 0.1
WAYS = {"noise": f"noise of {_NOISE:g} sd", "missing": f"{100 * _MISSING:g} % of cells missing"}


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A group among the tried rows."""

    attribute: str
    level: str
    rows: Any  # (n,) bool
    enough: bool


def run(given: AuditInput) -> CheckOutcome:
    """Each group's loss, and per attribute the largest one, with joint intervals."""
    reason = reason_against(given)
    if reason:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason)
    rng = generator(given, WORST.key)
    rows = tried_rows(given, rng, most=MOST_ROWS)
    members = _members(given, rows)
    clean = rows.predictor.predict(rows.part)
    found: list[Finding] = []
    tree: dict[str, Any] = {"n": rows.n, "n_test": rows.n_test, "measure": rows.primary.measure, "ways": []}
    for way, cells in _made(given, rows, rng).items():
        said = [rows.predictor.predict(rows.part_with(made)) for made in cells]
        mine = _of_way(given, rows, members, way, clean, said)
        found += mine
        tree["ways"].append({"name": WAYS[way], "groups": [_row(f) for f in mine if f.group is not None]})
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Loss of the primary measure per group"),))


def _made(given: AuditInput, rows: TriedRows, rng: np.random.Generator) -> dict[str, list[Cells]]:
    scale, made = _NOISE * spreads(given.table), {}
    if scale.any():
        made["noise"] = [with_noise(given.table, rows.cells, scale, rng) for _ in range(N_DRAWS)]
    made["missing"] = [with_missing(given.table, rows.cells, _MISSING, rng) for _ in range(N_DRAWS)]
    return made


def _members(given: AuditInput, rows: TriedRows) -> list[_Member]:
    groups = rows.part.groups
    return [
        _Member(attribute.name, level, mine, _enough(given, rows.target[mine]))
        for place, attribute in enumerate(given.table.attributes)
        for code, level in enumerate(attribute.levels)
        if (mine := groups[:, place] == code) is not None
    ]


def _enough(given: AuditInput, target: Any) -> bool:
    """Whether a group has the rows (of each class) that the policy asks for."""
    kind = given.table.problem.kind
    if kind is ProblemKind.REGRESSION:
        return len(target) >= least(given)
    counts = np.bincount(target, minlength=max(len(given.table.classes), 2))
    return int(counts.min()) >= least(given)


def _of_way(
    given: AuditInput,
    rows: TriedRows,
    members: list[_Member],
    way: str,
    clean: Predictions,
    said: list[Predictions],
) -> list[Finding]:
    measure, label = measure_name(given)
    z = critical_value(given.policy.level, max(sum(member.enough for member in members), 1))
    known = shown_rows(given)
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
            estimate = estimate_of(_loss(rows, member.rows, clean, said), z, _cluster(rows, member.rows))
            n = rounded_rows(estimate.n) if hidden else estimate.n
            found.append(
                done(
                    WORST.key, f"group_{measure}", label, estimate, rows.primary.unit, simultaneous=True,
                    **common | {"n": n},
                )
            )  # fmt: skip
            estimates.append((group, estimate))
        found += _worst(given, rows, attribute.name, way, estimates)
    return found


def _common(given: AuditInput, rows: TriedRows, attribute: str, way: str) -> dict[str, Any]:
    return {
        "attribute": attribute,
        "subject": WAYS[way],
        "level": given.policy.level,
        "evidence": _FILE,
        "note": rows.note,
    }


def _loss(rows: TriedRows, mine: Any, clean: Predictions, said: list[Predictions]) -> Scored:
    target, primary = rows.target[mine], rows.primary
    before = primary.score(_of_rows(clean, mine), target)
    return average([_after(primary, before, _of_rows(each, mine), target) for each in said])


def _after(primary: Primary, before: Scored, said: Predictions, target: Any) -> Scored:
    return primary.loss(before, primary.score(said, target))


def _of_rows(said: Predictions, mine: Any) -> Predictions:
    if said.probabilities is not None:
        return Predictions(probabilities=said.probabilities[mine])
    return Predictions(values=np.asarray(said.values)[mine])


def _cluster(rows: TriedRows, mine: Any) -> Any:
    return None if rows.cluster is None else rows.cluster[mine]


def _worst(
    given: AuditInput, rows: TriedRows, attribute: str, way: str, estimates: list[tuple[Group, Estimate]]
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
