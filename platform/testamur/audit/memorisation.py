"""Memorisation: does the model answer a row rightly only because it has seen it, and copies most of all?"""

from __future__ import annotations

import numpy as np

from testamur.audit.findings import done, exact, json_file, not_estimable, tree_of
from testamur.audit.interval import Floats, mean_estimate
from testamur.audit.rounding import rounded_rows
from testamur.audit.shadows import Shadows, train_shadows
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit

KEY = "core.privacy.memorisation"
FILE = "memorisation.json"
COPIED, ALONE = "rows with an exact copy", "rows without a copy"
_LABEL = "answered rightly only because it was seen"


def run_memorisation(given: AuditInput) -> CheckOutcome:
    """Exact copies among the training rows, counted; and what having seen a row does for its answer."""
    found = [_copies(given), *_memorised(given)]
    tree = {
        "n_train": rounded_rows(given.table.train.n_rows),
        "measures": [{"measure": f.measure, "subject": f.subject, **tree_of(f)} for f in found],
    }
    return CheckOutcome(tuple(found), (json_file(FILE, tree, "Copies and what is remembered of them"),))


def _copies(given: AuditInput) -> Finding:
    """Training rows that have an exact copy (features and answer) among the training rows."""
    code = given.table.train.twin_with_target
    _, inverse, size = np.unique(code, return_inverse=True, return_counts=True)
    n, n_copied = len(code), int((size[inverse] > 1).sum())
    label = "training rows with an exact copy"
    if n < given.policy.minimum_group:
        reason = f"too few training rows; the policy asks for {given.policy.minimum_group}"
        return not_estimable(KEY, "copied_share", label, reason, Unit.SHARE, evidence=FILE)
    if 0 < n_copied < given.policy.minimum_cell:
        reason = f"fewer than {given.policy.minimum_cell} rows have a copy; the count is withheld"
        return not_estimable(KEY, "copied_share", label, reason, Unit.SHARE, n=n, evidence=FILE)
    return exact(KEY, "copied_share", label, n_copied / max(n, 1), Unit.SHARE, n=n, evidence=FILE)


def _memorised(given: AuditInput) -> list[Finding]:
    """P(right | seen) - P(right | not seen), over all rows, and for rows with and without copies."""
    common = {"evidence": FILE, "level": given.policy.level}
    try:
        shadows = train_shadows(given)
    except Skip as skipped:
        return [not_estimable(KEY, "memorised", _LABEL, skipped.reason, Unit.POINTS, **common)]
    if shadows.right is None:
        reason = "a value is never simply right; see the membership attack for what errors give away"
        return [not_estimable(KEY, "memorised", _LABEL, reason, Unit.POINTS, **common)]
    gain = memorisation(shadows)
    copied = shadows.copies > 1
    found = []
    for subject, chosen in (("", np.isfinite(gain)), (COPIED, copied), (ALONE, ~copied)):
        values = gain[chosen & np.isfinite(gain)]
        if len(values) < max(given.policy.minimum_group, 2):
            reason = f"too few of them; the policy asks for {given.policy.minimum_group}"
            found.append(
                not_estimable(KEY, "memorised", _LABEL, reason, Unit.POINTS, subject=subject, **common)
            )
            continue
        estimate = mean_estimate(
            _by_cluster(values, shadows.cluster[chosen & np.isfinite(gain)]), given.policy.level
        )
        n = rounded_rows(estimate.n)  # all, with and without: the few left over could be worked out
        found.append(done(KEY, "memorised", _LABEL, estimate, Unit.POINTS, n=n, subject=subject, **common))
    return found


def memorisation(shadows: Shadows) -> Floats:
    """(u,) right answers of the models that hold a unit, less those of the others (shares); NaN: unknown.

    Feldman and Zhang 2020, NeurIPS, section 2, with the shadow models as samples.
    """
    assert shadows.right is not None
    member = shadows.member
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.where(member, shadows.right, 0.0).sum(axis=0) / member.sum(axis=0)
        outside = np.where(member, 0.0, shadows.right).sum(axis=0) / (~member).sum(axis=0)
    return np.asarray(inside - outside)


def _by_cluster(values: Floats, cluster: np.ndarray) -> Floats:
    """Means per entity where rows share one, so that an interval counts entities."""
    _, code, size = np.unique(cluster, return_inverse=True, return_counts=True)
    return values if len(size) == len(values) else np.bincount(code, weights=values) / size
