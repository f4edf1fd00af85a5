"""The gap that different shares of events bring by themselves (the impossibility of having all at once)."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.disclosure import small
from testamur.audit.entity_rows import entity_codes, n_entities
from testamur.audit.fairness_further import INCOMPATIBLE
from testamur.audit.findings import done, json_file, not_estimable, tree_of
from testamur.audit.group_shares import compare_shares, compare_shares_of_entities
from testamur.audit.inputs import observed_event, predictions_of
from testamur.audit.interval import Estimate, Floats, critical_value, wilson
from testamur.audit.rounding import step_of_mean
from testamur.audit.widest import widest_difference
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Group, Unit
from testamur.contracts.table import Attribute

_FILE = "incompatible.json"
_LABELS = {
    "event_gap": "gap of the shares of events between groups",
    "implied_false_positive_gap": "gap of false-positive rates that equal PPV and TPR would bring",
}


def run(given: AuditInput) -> CheckOutcome:
    """Per attribute: how far the shares of events lie apart, and the gap that follows."""
    event = observed_event(given)
    selected = np.asarray(predictions_of(given).event >= (given.threshold or 0.0))
    hits = float((selected & (event == 1)).sum())
    ppv = hits / selected.sum() if selected.any() else 0.0
    tpr = hits / event.sum() if event.any() else 0.0
    found: list[Finding] = []
    for position, attribute in enumerate(given.table.attributes):
        code = given.table.test.groups[:, position].astype(np.int64)
        found += _of_attribute(given, attribute, code, event, (ppv, tpr))
    tree = {"gaps": [{"attribute": f.attribute, "measure": f.measure, **tree_of(f)} for f in found]}
    return CheckOutcome(tuple(found), (json_file(_FILE, tree, "Gaps that different shares of events bring"),))


def implied_rate(share: Floats, ppv: float, tpr: float) -> Floats:
    """False-positive rate of a group with a share of events, given PPV and TPR; at most 1 can be reached."""
    odds = share / np.maximum(1 - share, 1e-12)
    return np.minimum(odds * (1 - ppv) / ppv * tpr, 1.0)


def _of_attribute(
    given: AuditInput, attribute: Attribute, code: Any, event: Any, at: tuple[float, float]
) -> list[Finding]:
    known, n_levels, level = code >= 0, len(attribute.levels), given.policy.level
    entity = entity_codes(given)
    rows = np.bincount(code[known], minlength=n_levels).astype(np.float64)
    events = np.bincount(code[known], weights=event[known], minlength=n_levels)
    asked: dict[str, Any] = {
        "level": level, "minimum": given.policy.minimum_group, "n_families": len(given.table.attributes)
    }  # fmt: skip
    if entity is None:
        shares = compare_shares(events, rows, **asked)
    else:
        shares = compare_shares_of_entities(entity, code, event == 1, **asked)
    common: dict[str, Any] = {"attribute": attribute.name, "evidence": _FILE, "level": level}
    if shares.gap is None:
        reason = f"fewer than two groups with at least {given.policy.minimum_group} rows in the test part"
        return [
            not_estimable(INCOMPATIBLE.key, m, label, reason, Unit.POINTS, **common)
            for m, label in _LABELS.items()
        ]
    least = given.policy.minimum_cell
    counts = np.r_[rows, events, rows - events]
    if entity is not None:
        counts = np.r_[counts, _entities(entity, code, event, n_levels)]
    hidden = any(small(c, least) for c in counts)
    common |= {
        "simultaneous": True,
        "group": Group(levels={attribute.name: attribute.levels[shares.first]}),
        "reference": Group(levels={attribute.name: attribute.levels[shares.second]}),
        "step": max(step_of_mean(int(rows[shares.groups].min())), 0.01) if hidden else 0.0,
        "n": int(rows.sum()) - (int(rows.sum()) % 10 if hidden else 0),
    }
    gap = done(INCOMPATIBLE.key, "event_gap", _LABELS["event_gap"], shares.gap, Unit.POINTS, **common)
    ends: tuple[Floats, Floats]
    if entity is None:
        x, n = events[shares.groups], rows[shares.groups]
        ends = wilson(x, n, critical_value(level, max(1, len(n) * (len(n) - 1) // 2)))
    else:
        k = len(shares.groups)
        # Ends of single shares at the value of all pairs: those of one family, as above.
        again = compare_shares_of_entities(
            entity, code, event == 1, level=level ** (k / max(1, k * (k - 1) // 2)),
            minimum=given.policy.minimum_group,
        )  # fmt: skip
        ends = again.low, again.high
    return [gap, _implied(events[shares.groups] / rows[shares.groups], ends, shares.gap, at, common)]


def _entities(entity: Any, code: Any, event: Any, n_levels: int) -> Any:
    """Entities of each level, with the event, and without it."""
    sides = (code >= 0, (code >= 0) & (event == 1), (code >= 0) & (event == 0))
    return [n_entities(entity, side & (code == level)) for side in sides for level in range(n_levels)]


def _implied(
    share: Floats, ends: tuple[Floats, Floats], gap: Estimate, at: tuple[float, float], common: dict[str, Any]
) -> Finding:
    """The implied gap: the ends follow from the joint intervals of the shares; PPV and TPR are held fixed."""
    measure = "implied_false_positive_gap"
    ppv, tpr = at
    if not ppv or not tpr:
        reason = "nobody with the event is selected; PPV and TPR say nothing"
        kept = {k: v for k, v in common.items() if k in ("attribute", "evidence", "level")}
        return not_estimable(INCOMPATIBLE.key, measure, _LABELS[measure], reason, Unit.POINTS, **kept)
    value, below, above = (implied_rate(x, ppv, tpr) for x in (share, *ends))
    widest = widest_difference(value, below, above)
    note = (
        f"at the overall PPV of {ppv:.2f} and TPR of {tpr:.2f}, held fixed; a smaller gap of false-positive "
        "rates is to be had only with different PPV or TPR"
    )
    estimate = Estimate(widest.gap, widest.low, widest.high, f"carried over from: {gap.method}", gap.n)
    more = {**common, "note": note}
    return done(INCOMPATIBLE.key, measure, _LABELS[measure], estimate, Unit.POINTS, **more)
