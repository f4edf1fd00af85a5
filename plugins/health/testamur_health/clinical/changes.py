"""The check that asks what would have to differ for the model to say otherwise, of what a person can change.

It speaks of the model's answers, never of what would happen: the associations of a cohort are no effects.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.counterfactual import Change, Counterfactual, Search, Wish, find_counterfactuals, survey
from testamur.audit.interval import critical_value, share_interval
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.dataset import Role
from testamur.contracts.finding import CheckStatus, EvidenceFile, Finding, Unit

KEY = "health.clinical.changes"
FILE, PEOPLE = "changes.json", "changes_people.json"
MOST_PEOPLE = 20  # of those flagged, drawn with the audit's seed
# No guideline would say "smoke more": these may only fall. The model may, for associations are no effects.
ONLY_DOWN = ("smokeintensity", "cholesterol", "alcoholhowmuch")
# Neither direction is advice for everyone, or the answer says nothing of a habit.
STAYS = ("wt71", "alcoholpy", "alcoholfreq", "alcoholtype")
LESS_ACTIVE = {"active": ("0", "1", "2"), "exercise": ("0", "1", "2")}  # codes, from more to less active
WANTED, SHOWN = 6, 3
MOST_CHANGES = 2
ONLY_LESS = "only less activity would do"


def run(given: AuditInput) -> CheckOutcome:
    """Share of flagged people for whom up to two changeable features lead below the threshold."""
    flagged = np.flatnonzero(given.predictions["model"]["test"].event >= (given.threshold or 0.0))
    rng = np.random.default_rng([given.seed, 72])
    drawn = np.sort(rng.permutation(flagged)[:MOST_PEOPLE])
    if given.predictor is None or given.threshold is None:
        raise ValueError("the model and its threshold are required")
    names = {feature.name for feature in given.table.features}
    terrain = survey(
        given.table,
        fixed=[name for name in STAYS if name in names],
        ways={name: "down" for name in ONLY_DOWN if name in names},
    )
    wish = Wish("below", float(given.threshold))
    part = given.table.test
    searches = {
        int(part.row[i]): _sensible(
            find_counterfactuals(
                given.predictor, terrain, part, int(i), wish, wanted=WANTED, most_changes=MOST_CHANGES
            )
        )
        for i in drawn.tolist()
    }
    found = [s for s in searches.values() if s.found]
    used = _used(found)
    tree = {
        "n_flagged": int(flagged.size),
        "n_searched": len(searches),
        "n_found": len(found),
        "threshold": given.threshold,
        "features": used,
        "fixed": [
            c.label or c.name
            for c in given.table.spec.columns
            if c.role is Role.FEATURE and (c.immutable or c.name in STAYS)
        ],
    }
    people = {"threshold": given.threshold, "people": [_person(row, s) for row, s in searches.items()]}
    return CheckOutcome(
        (_share(given, len(found), len(searches)),),
        (
            _file(FILE, tree, "What would have to differ, counted over people"),
            _file(PEOPLE, people, "What would have to differ, by person", restricted=True),
        ),
    )


def _sensible(search: Search) -> Search:
    """The search without ways that ask for less activity, of the rest the first `SHOWN`."""
    kept = tuple(way for way in search.found if not any(_lazier(change) for change in way.changes))
    reason = search.reason or ("" if kept else ONLY_LESS)
    return replace(search, found=kept[:SHOWN], reason=reason)


def _lazier(change: Change) -> bool:
    order = LESS_ACTIVE.get(change.feature, ())
    before, after = str(change.before), str(change.after)
    return before in order and after in order and order.index(after) > order.index(before)


def _used(searches: list[Search]) -> list[dict[str, Any]]:
    """How many of the best counterfactuals change each feature, the most frequent first."""
    counts: dict[str, int] = {}
    for search in searches:
        for change in search.found[0].changes:
            counts[change.label] = counts.get(change.label, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"label": label, "n": n} for label, n in ranked]


def _share(given: AuditInput, n_found: int, n: int) -> Finding:
    about: dict[str, Any] = {
        "check": KEY,
        "measure": "changeable_share",
        "label": "flagged, for whom changeable features lead below the threshold",
        "unit": Unit.SHARE,
        "level": given.policy.level,
        "evidence": FILE,
        "seed": given.seed,
    }
    if n < given.policy.minimum_group:
        reason = f"fewer than {max(given.policy.minimum_group, 1)} people are flagged in the test part"
        return Finding(**about, status=CheckStatus.NOT_ESTIMABLE, reason=reason)
    low, high = share_interval(n_found, n, critical_value(given.policy.level))
    return Finding(
        **about,
        value=n_found / n,
        low=float(low),
        high=float(high),
        n=n,
        method=f"search for up to {MOST_CHANGES} changes, {MOST_PEOPLE} people at most; Wilson interval",
        note="what the model would answer, not what would happen",
    )


def _person(row: int, search: Search) -> dict[str, Any]:
    return {
        "row": row,
        "risk": round(search.output, 4),
        "reason": search.reason if search.reason == ONLY_LESS else "",
        "n_asked": search.n_asked,
        "ways": [_way(way) for way in search.found],
    }


def _way(way: Counterfactual) -> dict[str, Any]:
    return {
        "risk": round(way.output, 4),
        "changes": [
            {"label": c.label, "before": c.before_words, "after": c.after_words} for c in way.changes
        ],
    }


def _file(name: str, tree: dict[str, Any], words: str, *, restricted: bool = False) -> EvidenceFile:
    content = json.dumps(tree, sort_keys=True, allow_nan=False).encode()
    return EvidenceFile(name, content, restricted=restricted, description=words)
