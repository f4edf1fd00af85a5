"""Lists per group of users, and exposure per group of items."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.audit.enough import too_few_rows
from testamur.audit.entity_rows import entity_codes
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.group_outcome import outcome_of_groups
from testamur.audit.inputs import clusters, generator, predictions_of
from testamur.audit.interval import Floats, without_interval
from testamur.audit.quantity import Quantity, mean_quantity, share_quantity
from testamur.audit.ranking import ITEMS, USERS
from testamur.audit.ranks import CUT, discounted, item_counts, ranks_of
from testamur.audit.resample import accelerations, count_units, draw_means, units_of
from testamur.audit.row_groups import single_groups
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding, Group, Unit
from testamur.contracts.table import Attribute

_FILE = "group_exposure.json"
_RATIO = ("exposure_ratio", "exposure over choices")


def run_users(given: AuditInput) -> CheckOutcome:
    """NDCG@10 and hit rate of every group of users."""
    return outcome_of_groups(given, USERS.key, "group_ranking.json", of_lists(given), single_groups(given))


def of_lists(given: AuditInput) -> tuple[Quantity, ...]:
    """NDCG@10 and hit rate of lists."""
    rank, level = ranks_of(given.table.test.target, predictions_of(given)), given.policy.level
    entity = entity_codes(given)
    return (
        mean_quantity("ndcg_10", "NDCG@10", Unit.NUMBER, discounted(rank), level, entity),
        share_quantity("hit_rate_10", "hit rate among ten", rank <= CUT, level, entity),
    )


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
    """Findings and evidence of the groups of one attribute of the items."""
    places = _places(given, level_of, len(attribute.levels))
    rng = generator(given, f"{ITEMS.key}.{attribute.name}")
    users = units_of(places, rng, clusters(given))
    share, drawn = _shares(places.mean(axis=0)), _shares(draw_means(users, given.options.bootstrap, rng))
    skewed, known = accelerations(users, _shares), level_of[1:] >= 0
    joint = given.policy.level ** (1.0 / max(n_joint, 1))
    found, groups = [], []
    for code, level in enumerate(attribute.levels):
        mine = level_of[1:] == code
        wanted = float(chosen[mine].sum() / max(chosen[known].sum(), 1.0))
        shares = float(share[code]), drawn[:, code], float(skewed[code])
        group = Group(levels={attribute.name: level})
        finding = _ratio(given, group, shares, wanted, joint)
        found.append(finding)
        told = {"name": level, "n_items": int(mine.sum()), "share_chosen": wanted}
        groups.append({**told, "share_shown": float(shares[0]), **tree_of(finding)})
    return found, groups


def _shares(places: Floats) -> Floats:
    """Share of the places that fall on each group, all of them in the last column."""
    return np.asarray(places[..., :-1] / np.maximum(places[..., -1:], 1e-12))


def _places(given: AuditInput, level_of: Any, n_levels: int) -> Floats:
    """(n, n_levels + 1) places of each list that fall on each group; the last column counts all."""
    shown = np.asarray(predictions_of(given).ranked)[:, :CUT]
    levels = np.where(shown > 0, level_of[shown], -1)  # (n, cut)
    columns = [(levels == level).sum(axis=1) for level in range(n_levels)]
    return np.stack([*columns, (levels >= 0).sum(axis=1)], axis=1).astype(np.float64)


def _ratio(
    given: AuditInput, group: Group, shares: tuple[float, Floats, float], wanted: float, joint: float
) -> Finding:
    """Share of the places over share of the choices, with an interval over users."""
    common: dict[str, Any] = {
        "attribute": group.attribute,
        "group": group,
        "evidence": _FILE,
        "level": given.policy.level,
    }
    reason = too_few_rows(given) or ("" if wanted else "no training choice falls on an item of the group")
    if reason:
        return not_estimable(ITEMS.key, *_RATIO, reason, Unit.RATIO, **common)
    value, replicates, n = shares[0] / wanted, shares[1] / wanted, given.table.test.n_rows
    estimate = (
        percentile_estimate(value, replicates, joint, n, count_units(n, clusters(given)), shares[2])
        if np.ptp(replicates) > 0
        else without_interval(value, n)
    )
    return done(ITEMS.key, *_RATIO, estimate, Unit.RATIO, simultaneous=True, **common)
