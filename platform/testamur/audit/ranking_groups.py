"""Lists per group of users, and exposure per group of items."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.enough import too_few_rows
from testamur.audit.fairness_quality import Quantity, mean_of, n_rows, outcome_of_groups
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.inputs import clusters, generator, predictions_of
from testamur.audit.interval import Estimate, critical_value, wilson_estimate, without_interval
from testamur.audit.ranking import ITEMS, USERS
from testamur.audit.ranks import CUT, discounted, item_counts, ranks_of
from testamur.audit.resample import bootstrap_means, percentile_estimate
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding, Group, Unit
from testamur.contracts.table import Attribute

_FILE = "group_exposure.json"
_RATIO = ("exposure_ratio", "exposure over choices")


def run_users(given: AuditInput) -> CheckOutcome:
    """NDCG@10 and hit rate of every group of users."""
    rank = ranks_of(given.table.test.target, predictions_of(given))
    gain, hit, level = discounted(rank), rank <= CUT, given.policy.level

    def share(rows: Any, n_joint: int) -> Estimate:
        return wilson_estimate(int(hit[rows].sum()), int(rows.sum()), critical_value(level, n_joint))

    quantities = (
        Quantity("ndcg_10", "NDCG@10", Unit.NUMBER, Unit.NUMBER, mean_of(gain, level), n_rows, "rows"),
        Quantity("hit_rate_10", "hit rate among ten", Unit.SHARE, Unit.POINTS, share, n_rows, "rows"),
    )
    return outcome_of_groups(given, USERS.key, "group_ranking.json", quantities)


def run_items(given: AuditInput) -> CheckOutcome:
    """How often each group of items is shown, relative to how often it is chosen."""
    table = given.table
    if not table.item_attributes or table.item_groups is None:
        raise Skip(CheckStatus.NOT_APPLICABLE, "no column describes the items")
    found: list[Finding] = []
    trees = []
    chosen = item_counts(table).astype(np.float64)
    n_groups = sum(len(attribute.levels) for attribute in table.item_attributes)
    for position, attribute in enumerate(table.item_attributes):
        mine, groups = _of_attribute(given, attribute, table.item_groups[:, position], chosen, n_groups)
        found += mine
        trees.append({"attribute": attribute.name, "label": attribute.label, "groups": groups})
    return CheckOutcome(
        tuple(found), (json_file(_FILE, {"attributes": trees}, "Exposure per group of items"),)
    )


def _of_attribute(
    given: AuditInput, attribute: Attribute, level_of: Any, chosen: Any, n_joint: int
) -> tuple[list[Finding], list[dict[str, Any]]]:
    shown = np.asarray(predictions_of(given).ranked)[:, :CUT]
    places = np.where(shown > 0, level_of[shown], -1)  # (n, cut)
    known = level_of[1:] >= 0
    columns = [(places == level).sum(axis=1) for level in range(len(attribute.levels))]
    columns.append((places >= 0).sum(axis=1))
    counts = np.stack(columns, axis=1).astype(np.float64)
    rng = generator(given, f"{ITEMS.key}.{attribute.name}")
    drawn = bootstrap_means(counts, given.options.bootstrap, rng, clusters(given))
    means = counts.mean(axis=0)
    single = given.policy.level ** (1.0 / max(n_joint, 1))
    reason = too_few_rows(given)
    found, groups = [], []
    for code, level in enumerate(attribute.levels):
        wanted = float(chosen[known & (level_of[1:] == code)].sum() / max(chosen[known].sum(), 1.0))
        common: dict[str, Any] = {
            "attribute": attribute.name,
            "group": Group(levels={attribute.name: level}),
            "evidence": _FILE,
            "level": given.policy.level,
        }
        if reason or not wanted:
            why = reason or "no training choice falls on an item of the group"
            finding = not_estimable(ITEMS.key, *_RATIO, why, Unit.RATIO, **common)
        else:
            value = means[code] / means[-1] / wanted
            replicates = drawn[:, code] / drawn[:, -1] / wanted
            estimate = (
                percentile_estimate(float(value), replicates, single, len(counts))
                if np.ptp(replicates) > 0
                else without_interval(float(value), len(counts))
            )
            finding = done(ITEMS.key, *_RATIO, estimate, Unit.RATIO, simultaneous=True, **common)
        found.append(finding)
        share = float(means[code] / means[-1]) if means[-1] else 0.0
        n_items = int((level_of[1:] == code).sum())
        groups.append(
            {
                "name": level,
                "n_items": n_items,
                "share_shown": share,
                "share_chosen": wanted,
                **tree_of(finding),
            }
        )
    return found, groups
