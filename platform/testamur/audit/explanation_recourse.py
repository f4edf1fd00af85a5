"""Counterfactuals of flagged people: found for how many, with how many changes, at which cost for whom."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from testamur.audit.coded_rows import coded
from testamur.audit.counterfactual import Counterfactual, Search, Wish, find_counterfactuals, survey
from testamur.audit.explanation import COUNTERFACTUALS
from testamur.audit.findings import done, exact, json_file, not_estimable, tree_of
from testamur.audit.inputs import generator, predictions_of
from testamur.audit.interval import critical_value, mean_estimate, wilson_estimate
from testamur.audit.recourse_groups import group_findings
from testamur.audit.skip import Skip
from testamur.audit.tried_rows import reason_against
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit

_FILE, _SINGLE = "recourse.json", "counterfactuals.json"
_MOST_PEOPLE = 45
_MOST_ASKED = 12_000
_N_VALUES, _N_SETS, _MOST_CHANGES = 5, 3, 3
_FOUND = "flagged people for whom changes were found"


def run(given: AuditInput) -> CheckOutcome:
    """Changes that would take people who lie above the threshold to below it."""
    given = coded(given)
    reason = reason_against(given)
    if given.table.problem.kind is not ProblemKind.BINARY:
        reason = reason or "there is no decision with a threshold whose other side could be reached"
    if reason or given.predictor is None or given.threshold is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, reason or "there is no decision threshold")
    flagged = np.flatnonzero(predictions_of(given).event >= given.threshold)
    least = max(given.policy.minimum_group, 2)
    if len(flagged) < least:
        words = f"fewer than {least} test rows lie above the threshold"
        return CheckOutcome(
            (not_estimable(COUNTERFACTUALS.key, "recourse_share", _FOUND, words, Unit.SHARE),)
        )
    people = _draw(given, flagged)
    searches = _search(given, people)
    people = people[: len(searches)]
    found = _findings(given, people, searches)
    tree = {
        "n": len(people),
        "n_flagged": len(flagged),
        "threshold": given.threshold,
        "most_changes": _MOST_CHANGES,
        "n_values": _N_VALUES,
        "overall": {f.measure: tree_of(f) for f in found if not f.attribute and not f.subject},
        "columns": [
            {"name": f.subject, "share": f.value, "low": f.low, "high": f.high}
            for f in found
            if f.measure == "change_share"
        ],
        "groups": [
            {"attribute": f.attribute, "measure": f.measure, "levels": f.group.levels, **tree_of(f)}
            for f in found
            if f.group is not None and f.reference is None
        ],
    }
    files = (json_file(_FILE, tree, "What would change the answer"), _single(given, people, searches))
    return CheckOutcome(tuple(found), files)


def _draw(given: AuditInput, flagged: Any) -> Any:
    """Flagged rows in the order in which they are searched: the groups of the first attribute in turn."""
    order = generator(given, COUNTERFACTUALS.key).permutation(flagged)
    if not given.table.attributes:
        return order[:_MOST_PEOPLE]
    code = given.table.test.groups[order, 0]
    within = np.zeros(len(order), dtype=np.int64)  # how many of the same group come before
    for level in np.unique(code):
        within[code == level] = np.arange(int((code == level).sum()))
    return order[np.argsort(within, kind="stable")[:_MOST_PEOPLE]]


def _search(given: AuditInput, people: Any) -> list[Search]:
    """Searches for as many people as the bound on questions to the model allows, and some at least."""
    assert given.predictor is not None
    assert given.threshold is not None
    terrain = survey(given.table, n_values=_N_VALUES, seed=given.seed)
    wish, n_asked, searches = Wish("below", given.threshold), 0, []
    for row in people:
        if n_asked > _MOST_ASKED and len(searches) >= max(given.policy.minimum_group, 2):
            break
        searches.append(
            find_counterfactuals(
                given.predictor,
                terrain,
                given.table.test,
                int(row),
                wish,
                wanted=1,
                most_changes=_MOST_CHANGES,
                n_sets=_N_SETS,
                n_of_a_set=1,
            )
        )
        n_asked += searches[-1].n_asked
    return searches


def _findings(given: AuditInput, people: Any, searches: list[Search]) -> list[Finding]:
    key, level = COUNTERFACTUALS.key, given.policy.level
    z, n = critical_value(level), len(searches)
    changed = [search.found[0] for search in searches if search.found]
    common: dict[str, Any] = {"level": level, "evidence": _FILE}
    note = f"at most {_MOST_CHANGES} columns change; what was not found may exist all the same{_drawn(given)}"
    share = wilson_estimate(len(changed), n, z)
    found = [done(key, "recourse_share", _FOUND, share, Unit.SHARE, note=note, **common)]
    found += _of_changes(given, changed, common)
    if len(changed) >= max(given.policy.minimum_group, 2):
        found += _columns(given, changed, common)
    costs = np.array([s.found[0].cost if s.found else np.nan for s in searches])
    return found + group_findings(given, given.table.test.groups[people], costs, _FILE)


def _drawn(given: AuditInput) -> str:
    """That the people are no simple sample of the flagged ones, where they are not."""
    if not given.table.attributes:
        return ""
    return f"; groups of {given.table.attributes[0].label} are drawn in turn, so that small ones count more"


def _of_changes(given: AuditInput, changed: list[Counterfactual], common: dict[str, Any]) -> list[Finding]:
    """Number of changes, their cost, and whether columns declared immutable were left alone."""
    key = COUNTERFACTUALS.key
    least = max(given.policy.minimum_group, 2)
    labels = {"n_changes": "columns that change", "recourse_cost": "cost of the changes"}
    if len(changed) < least:
        reason = f"changes were found for fewer than {least} people"
        return [not_estimable(key, name, label, reason, **common) for name, label in labels.items()]
    values = {
        "n_changes": np.array([len(c.changes) for c in changed], dtype=np.float64),
        "recourse_cost": np.array([c.cost for c in changed]),
    }
    found = [
        done(key, name, label, mean_estimate(values[name], given.policy.level), **common)
        for name, label in labels.items()
    ]
    fixed = {column.name for column in given.table.spec.columns if column.immutable}
    n_touched = sum(any(change.feature in fixed for change in c.changes) for c in changed)
    label = "changes that touch a column declared immutable"
    note = f"{len(fixed)} columns are declared immutable" if fixed else "no column is declared immutable"
    more = {**common, "n": len(changed), "note": note}
    return [*found, exact(key, "immutable_touched", label, n_touched / len(changed), Unit.SHARE, **more)]


def _columns(given: AuditInput, changed: list[Counterfactual], common: dict[str, Any]) -> list[Finding]:
    """How often each column is among the changes; those of a handful of people are left out."""
    counts: dict[str, int] = {}
    for each in changed:
        for change in each.changes:
            counts[change.feature] = counts.get(change.feature, 0) + 1
    told = {name: count for name, count in counts.items() if count >= max(given.policy.minimum_cell, 1)}
    z = critical_value(given.policy.level, max(len(told), 1))
    label = "people whose changes include the column"
    return [
        done(
            COUNTERFACTUALS.key,
            "change_share",
            label,
            wilson_estimate(count, len(changed), z),
            Unit.SHARE,
            subject=name,
            simultaneous=True,
            **common,
        )
        for name, count in sorted(told.items(), key=lambda item: (-item[1], item[0]))
    ]


def _single(given: AuditInput, people: Any, searches: list[Search]) -> EvidenceFile:
    told = [
        {
            "row": int(given.table.test.row[row]),
            "answer": search.output,
            "reason": search.reason,
            "changes": [
                {"column": c.feature, "from": c.before_words, "to": c.after_words}
                for c in (search.found[0].changes if search.found else ())
            ],
            "answer_then": search.found[0].output if search.found else None,
        }
        for row, search in zip(people, searches, strict=True)
    ]
    content = json.dumps({"people": told}, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    words = "Counterfactuals of drawn people: what the model would answer, never what would happen"
    return EvidenceFile(_SINGLE, f"{content}\n".encode(), restricted=True, description=words)
