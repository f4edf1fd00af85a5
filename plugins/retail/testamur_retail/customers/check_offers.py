"""The check ``retail.offers``: who would get the offer, group by group, where the data name groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur.contracts.table import Attribute
from testamur_retail.customers.bg_nbd import Floats
from testamur_retail.customers.check_value import top_share_of
from testamur_retail.customers.worth import value_customers
from testamur_retail.findings import Estimate, from_draws, json_file, measured, not_estimable

KEY = "retail.offers"
EVIDENCE = "offers.json"
OFFERED = 0.2  # share of the customers that an offer goes to: those with the highest expected spend
METHOD = "bootstrap over customers, joint over the groups (Sidak)"


def compare_offers(given: AuditInput) -> CheckOutcome:
    """Share of each group among those who get the offer, and what the offer would meet there.

    Args:
        given: A model on customers, with protected attributes.
    """
    worth = value_customers(given, "test")
    offered = top_share_of(worth.model, OFFERED)
    findings: list[Finding] = []
    trees = []
    for position, attribute in enumerate(given.table.attributes):
        found, tree = _compare(given, attribute, given.table.test.groups[:, position], offered, worth.spent)
        findings += found
        trees.append(tree)
    tree = {"offered": OFFERED, "attributes": trees, "n": len(offered), "level": given.policy.level}
    return CheckOutcome(tuple(findings), (json_file(EVIDENCE, tree, "offers by group"),))


def _compare(
    given: AuditInput, attribute: Attribute, codes: np.ndarray, offered: Floats, spent: Floats
) -> tuple[list[Finding], dict[str, Any]]:
    members = {k: np.flatnonzero(codes == k) for k in range(len(attribute.levels))}
    enough = {k: rows for k, rows in members.items() if len(rows) >= given.policy.minimum_group}
    enough = {k: rows for k, rows in enough.items() if not _tells_a_few(given, offered[rows])}
    level = given.policy.level ** (1.0 / max(len(enough), 1))
    shares = {k: _share_offered(given, offered[rows], k, level) for k, rows in enough.items()}
    findings, lines = [], []
    for k, rows in members.items():
        group = Group(levels={attribute.name: attribute.levels[k]})
        about = {"attribute": attribute.name, "group": group, "unit": Unit.SHARE}
        if k not in enough:
            reason = (
                f"{given.policy.minimum_group} customers are required in a group, however: fewer"
                if len(rows) < given.policy.minimum_group
                else "the share would give a withheld count away"
            )
            findings.append(not_estimable(KEY, "offer_share", "customers who get the offer", reason, **about))
            lines.append({"group": attribute.levels[k], "n": None, "offered": None, "spent": None})
            continue
        estimate, _ = shares[k]
        findings.append(
            measured(
                KEY, "offer_share", "customers who get the offer", estimate,
                n=len(rows), method=METHOD, evidence=EVIDENCE, simultaneous=True, level=given.policy.level,
                **about,
            )
        )  # fmt: skip
        lines.append(
            {
                "group": attribute.levels[k],
                "n": len(rows),
                "offered": estimate.as_tree(),
                "spent": spent[rows].mean(),
            }
        )
    findings += _gap(given, attribute, shares, sum(len(rows) for rows in enough.values()))
    return findings, {"attribute": attribute.label, "groups": lines}


def _tells_a_few(given: AuditInput, offered: Floats) -> bool:
    """True where fewer than the smallest cell get the offer, or go without it."""
    n, least = len(offered), given.policy.minimum_cell
    total = float(offered.sum())  # those who tie at the cut count in part
    return any(0 < count < least for count in (total, n - total))


def _share_offered(given: AuditInput, offered: Floats, number: int, level: float) -> tuple[Estimate, Floats]:
    rng = np.random.default_rng([given.seed, number])
    n = len(offered)
    draws = np.array(
        [offered[rng.integers(0, n, n)].mean() for _ in range(min(given.options.bootstrap, 1000))]
    )
    return from_draws(float(offered.mean()), draws, level, n), draws


def _gap(
    given: AuditInput, attribute: Attribute, shares: dict[int, tuple[Estimate, Floats]], n: int
) -> list[Finding]:
    if len(shares) < 2:
        reason = "two groups with enough customers are required, however: fewer"
        return [
            not_estimable(
                KEY,
                "offer_gap",
                "widest difference in offers",
                reason,
                attribute=attribute.name,
                unit=Unit.POINTS,
            )
        ]
    values = {k: estimate.value for k, (estimate, _) in shares.items()}
    most, least = max(values, key=lambda k: values[k]), min(values, key=lambda k: values[k])
    draws = shares[most][1] - shares[least][1]
    n_pairs = len(shares) * (len(shares) - 1) // 2  # the widest of so many was picked
    estimate = from_draws(values[most] - values[least], draws, given.policy.level ** (1.0 / n_pairs), n)
    return [
        measured(
            KEY, "offer_gap", "widest difference in offers", estimate,
            attribute=attribute.name, unit=Unit.POINTS,
            group=Group(levels={attribute.name: attribute.levels[least]}),
            reference=Group(levels={attribute.name: attribute.levels[most]}),
            n=n, method=METHOD, evidence=EVIDENCE, simultaneous=True, level=given.policy.level,
        )
    ]  # fmt: skip
