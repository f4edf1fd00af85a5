"""How many of each group are approved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from testamur.audit.disclosure import withhold
from testamur.audit.interval import critical_value, ratio, wilson
from testamur.audit.rounding import published, step_of_mean, step_of_share
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur_finance.credit.lending import Bools, Ints, Lending, group_rows, lending_of
from testamur_finance.findings import json_file, measured, unknown
from testamur_finance.intervals import Interval

KEY = "finance.credit.approval"
EVIDENCE = "finance_approval.json"
SCREEN = "0.80 is a screen (29 CFR 1607.4(D)), no legal test"


def measure_approval(given: AuditInput) -> CheckOutcome:
    """Approval rate per group, and the lowest over the highest, for every protected attribute."""
    lending = lending_of(given)
    findings: list[Finding] = []
    tree: dict[str, Any] = {"attributes": [], "threshold": lending.threshold}
    for position, attribute in enumerate(given.table.attributes):
        groups = group_rows(lending.part, position, attribute, given.policy.minimum_group)
        shown = _shown_counts(lending, position, attribute.levels, given.policy.minimum_cell)
        hidden = {level for level, counts in shown.items() if None in counts.values()}
        left_out = {level: counts["n"] for level, counts in shown.items() if level not in groups}
        found = [
            *_rates(given, attribute.name, lending, groups, hidden),
            *_too_few(given, attribute.name, left_out),
            *_ratio(given, attribute.name, lending.approved, groups, hidden),
        ]
        findings += found
        tree["attributes"].append(
            {
                "name": attribute.name,
                "label": attribute.label,
                "groups": [_row(f) for f in found if f.measure == "approval_rate" and f.group],
                "ratio": next((_row(f) for f in found if f.measure == "approval_ratio"), None),
            }
        )
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "Approval by group, test part"),))


def _shown_counts(
    lending: Lending, position: int, levels: Sequence[str], minimum: int
) -> dict[str, dict[str, int | None]]:
    """Approved, refused and all of each level; None where a count is small, or would give a small one away.

    All levels together are published elsewhere: what is withheld of one must not follow from the others.
    """
    codes = lending.part.groups[:, position]  # -1: of no known level
    names, places = ("approved", "refused", "n"), range(-1, len(levels))
    counts = {}
    for i in places:
        mine = lending.approved[codes == i]
        counts |= {(i, "approved"): int(mine.sum()), (i, "refused"): int((~mine).sum()), (i, "n"): mine.size}
    ties = [[(i, name) for name in names] for i in places]
    ties += [[(i, name) for i in places] for name in names]
    seen = withhold(counts, ties, minimum)
    return {level: {name: seen[i, name] for name in names} for i, level in enumerate(levels)}


def _rates(
    given: AuditInput, attribute: str, lending: Lending, groups: dict[str, Ints], hidden: set[str]
) -> list[Finding]:
    z = critical_value(given.policy.level, len(groups))
    found = []
    for level, where in groups.items():
        n, n_approved = len(where), int(lending.approved[where].sum())
        low, high = wilson(n_approved, n, z)
        found.append(
            measured(
                KEY,
                "approval_rate",
                "approval rate",
                Interval(n_approved / n, float(low), float(high), "Wilson, joint over groups (Sidak)"),
                n,
                Unit.SHARE,
                attribute=attribute,
                group=Group(levels={attribute: level}),
                simultaneous=True,
                level=given.policy.level,
                step=step_of_share(n_approved, n, z) if level in hidden else 0.0,
                evidence=EVIDENCE,
            )
        )
    return found


def _too_few(given: AuditInput, attribute: str, left_out: dict[str, int | None]) -> list[Finding]:
    return [
        unknown(
            KEY,
            "approval_rate",
            "approval rate",
            f"{_words(n, given.policy.minimum_group)} applicants; {given.policy.minimum_group} are required",
            Unit.SHARE,
            attribute=attribute,
            group=Group(levels={attribute: level}),
        )
        for level, n in left_out.items()
    ]


def _ratio(
    given: AuditInput, attribute: str, approved: Bools, groups: dict[str, Ints], hidden: set[str]
) -> list[Finding]:
    about: dict[str, Any] = {"attribute": attribute, "evidence": EVIDENCE}
    if len(groups) < 2:
        reason = f"two groups of {given.policy.minimum_group} applicants are required, however: {len(groups)}"
        return [unknown(KEY, "approval_ratio", "lowest over highest approval", reason, Unit.RATIO, **about)]
    n = {level: len(where) for level, where in groups.items()}
    yes = {level: int(approved[where].sum()) for level, where in groups.items()}
    lowest = min(groups, key=lambda g: yes[g] / n[g])
    highest = max(groups, key=lambda g: yes[g] / n[g])
    if yes[highest] == 0:
        reason = "nobody of any group is approved; a ratio of nothing does not exist"
        return [unknown(KEY, "approval_ratio", "lowest over highest approval", reason, Unit.RATIO, **about)]
    n_pairs = len(list(combinations(groups, 2)))
    z = critical_value(given.policy.level, n_pairs)
    first, second = wilson(yes[lowest], n[lowest], z), wilson(yes[highest], n[highest], z)
    value, other = yes[lowest] / n[lowest], yes[highest] / n[highest]
    low, high = ratio(value, *first, other, *second)
    step = step_of_mean(min(n[lowest], n[highest]), 1 / other) if {lowest, highest} & hidden else 0.0
    return [
        measured(
            KEY,
            "approval_ratio",
            "lowest over highest approval",
            Interval(value / other, float(low), float(min(high, 1.0)) if value <= other else float(high),
                     "MOVER-R (Donner, Zou 2012) from Wilson intervals, joint over pairs"),
            sum(n.values()),
            Unit.RATIO,
            group=Group(levels={attribute: lowest}),
            reference=Group(levels={attribute: highest}),
            simultaneous=True,
            level=given.policy.level,
            p_value=min(1.0, _fisher(yes, n, lowest, highest) * n_pairs),
            step=step,
            note=f"{SCREEN}; p by Fisher's exact test, Bonferroni over pairs",
            **about,
        )
    ]  # fmt: skip


def _fisher(yes: dict[str, int], n: dict[str, int], first: str, second: str) -> float:
    from scipy.stats import fisher_exact

    table = np.array([[yes[g], n[g] - yes[g]] for g in (first, second)], dtype=np.int64)
    return float(fisher_exact(table)[1])


def _row(finding: Finding) -> dict[str, Any]:
    """A finding as the page draws it; rounded where a count behind it is withheld."""
    shown = published(finding)
    return {
        "group": str(shown.group) if shown.group else "",
        "reference": str(shown.reference) if shown.reference else "",
        "value": shown.value,
        "low": shown.low,
        "high": shown.high,
        "n": shown.n,
        "p_value": shown.p_value,
        "rounded": bool(shown.step),
        "reason": shown.reason,
    }


def _words(n: int | None, minimum: int) -> str:
    return f"fewer than {minimum}" if n is None else str(n)
