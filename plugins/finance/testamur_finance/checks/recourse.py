"""What refused applicants could change so that the model would approve them."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.counterfactual import Search, Terrain, Wish, find_counterfactuals, survey
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur_finance.credit.lending import Ints, lending_of
from testamur_finance.credit.parts import take
from testamur_finance.credit.reason_texts import ways_of
from testamur_finance.findings import generator, json_file, measured, unknown
from testamur_finance.intervals import share_interval

KEY = "finance.credit.recourse"
EVIDENCE = "finance_recourse.json"
PATHS = "finance_paths.json"
MOST_APPLICANTS = 120  # searched for; drawn at random where more are refused
MOST_CHANGES = 3


def measure_recourse(given: AuditInput) -> CheckOutcome:
    """Share of refused applicants for whom at most three changes of what can be changed suffice."""
    lending = lending_of(given)
    refused = np.flatnonzero(~lending.approved)
    label = f"refused with a way of at most {MOST_CHANGES} changes"
    if given.predictor is None or not refused.size:
        reason = "nobody is refused" if given.predictor is not None else "the model itself was not given"
        return CheckOutcome((unknown(KEY, "recourse_share", label, reason, Unit.SHARE),))
    drawn = _drawn(given, refused)
    part = take(given.table.test, drawn)
    names = [feature.name for feature in given.table.features]
    terrain = survey(given.table, ways=ways_of(names), n_values=8, seed=given.seed)
    searches = [_search(given, terrain, part, i, lending.threshold) for i in range(len(drawn))]
    found = np.array([bool(search.found) for search in searches])
    findings = [
        measured(
            KEY, "recourse_share", label,
            share_interval(int(found.sum()), len(found), given.policy.level), len(found), Unit.SHARE,
            evidence=EVIDENCE, level=given.policy.level,
            note=f"{len(found)} of {len(refused)} refused applicants were searched for",
        ),
        *_by_group(given, part.groups, found, label),
    ]  # fmt: skip
    tree = {
        "n_refused": len(refused),
        "n_searched": len(found),
        "most_changes": MOST_CHANGES,
        "changed": _changed(given, searches),
        "fixed": [c.label or c.name for c in given.table.spec.columns if c.immutable and c.name in names],
    }
    paths = {
        "applicants": [
            {"row": int(part.row[i]), "ways": [_way(c) for c in search.found], "reason": search.reason}
            for i, search in enumerate(searches)
        ]
    }
    return CheckOutcome(
        tuple(findings),
        (
            json_file(EVIDENCE, tree, "What refused applicants could change, in aggregate"),
            json_file(PATHS, paths, "Changes that would turn each refusal", restricted=True),
        ),
    )


def _drawn(given: AuditInput, refused: Ints) -> Ints:
    if len(refused) <= MOST_APPLICANTS:
        return refused
    return np.sort(generator(given, KEY).choice(refused, MOST_APPLICANTS, replace=False))


def _search(given: AuditInput, terrain: Terrain, part: Any, position: int, threshold: float) -> Search:
    assert given.predictor is not None  # the caller looked
    return find_counterfactuals(
        given.predictor,
        terrain,
        part,
        position,
        Wish("below", threshold),
        wanted=2,
        most_changes=MOST_CHANGES,
    )


def _by_group(given: AuditInput, groups: Any, found: Any, label: str) -> list[Finding]:
    findings = []
    for position, attribute in enumerate(given.table.attributes):
        codes = groups[:, position]
        levels = {level: np.flatnonzero(codes == i) for i, level in enumerate(attribute.levels)}
        large = {k: rows for k, rows in levels.items() if len(rows) >= given.policy.minimum_group}
        for level, rows in levels.items():
            if reason := _hidden(given, rows, found):
                about = {"attribute": attribute.name, "group": Group(levels={attribute.name: level})}
                findings.append(unknown(KEY, "recourse_share", label, reason, Unit.SHARE, **about))
                continue
            n_found = int(found[rows].sum())
            findings.append(
                measured(
                    KEY, "recourse_share", label,
                    share_interval(n_found, len(rows), given.policy.level, len(large)), len(rows), Unit.SHARE,
                    attribute=attribute.name, group=Group(levels={attribute.name: level}),
                    evidence=EVIDENCE, simultaneous=True, level=given.policy.level,
                )
            )  # fmt: skip
    return findings


def _hidden(given: AuditInput, rows: Ints, found: Any) -> str:
    """Why the share of a group is not told, or nothing."""
    least = given.policy.minimum_group
    if len(rows) < max(least, 1):
        return f"{max(least, 1)} refused applicants of the group are required among those searched for"
    n_found = int(found[rows].sum())
    if any(0 < count < given.policy.minimum_cell for count in (n_found, len(rows) - n_found)):
        return "the share would give a withheld count away"
    return ""


def _changed(given: AuditInput, searches: list[Search]) -> list[dict[str, Any]]:
    """How many of the cheapest ways change each feature; small counts withheld."""
    counts: dict[str, int] = {}
    for search in searches:
        for change in search.found[0].changes if search.found else ():
            counts[change.label] = counts.get(change.label, 0) + 1
    shown = max(given.policy.minimum_cell, 1)
    rows = [{"label": name, "n": n if n >= shown else None} for name, n in counts.items()]
    return sorted(rows, key=lambda row: (-(row["n"] or 0), row["label"]))


def _way(counterfactual: Any) -> dict[str, Any]:
    return {
        "probability": counterfactual.output,
        "cost": counterfactual.cost,
        "changes": [
            {"label": c.label, "before": c.before_words, "after": c.after_words}
            for c in counterfactual.changes
        ],
    }
