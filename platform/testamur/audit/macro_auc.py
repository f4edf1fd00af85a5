"""Mean AUC of one class against the rest: value, interval, paired difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from testamur.audit.auc import AucParts, auc_estimate, constant_estimate, variance
from testamur.audit.influence_interval import ends_of, totals_of
from testamur.audit.interval import Estimate, Floats, Ints, difference, without_interval

_WORDS = "DeLong's components, averaged over classes"


def macro_estimate(parts: Sequence[AucParts], z: float, cluster: Ints | None = None) -> Estimate:
    """Mean of the classes' AUCs, with the mean distances to the ends of their own intervals.

    Averaged ends hold however the classes depend on each other; as their errors cancel in part, the
    distances shrink by the standard error of the mean (from the mean of their influences) over the mean of
    the standard errors. Where the sample separates every class perfectly that is unknown, and taken for 1.

    Args:
        parts: One entry per class.
        z: Critical value.
        cluster: (n,) entity of each row, or None.
    """
    value, influence, n = _mean(parts)
    if all(constant_estimate(p) is not None for p in parts):
        return Estimate(0.5, 0.5, 0.5, "the same scores for every row", n)
    single = [constant_estimate(p) or auc_estimate(p, z, cluster) for p in parts]
    below, above = (
        float(np.mean([abs(getattr(e, end) - e.value) for e in single])) for end in ("low", "high")
    )
    if not np.isfinite(below + above):
        return without_interval(value, n)
    each = float(np.mean([variance(p.influence, cluster) ** 0.5 for p in parts]))
    share = min(variance(influence, cluster) ** 0.5 / each, 1.0) if each > 1e-12 else 1.0
    return Estimate(value, max(value - share * below, 0.0), min(value + share * above, 1.0), _WORDS, n)


def macro_gain(
    model: Sequence[AucParts], other: Sequence[AucParts], z: float, cluster: Ints | None = None
) -> Estimate:
    """Mean AUC of the model minus that of another score of the same rows, paired."""
    (mine, influence, n), (theirs, compared, _) = _mean(model), _mean(other)
    gain = mine - theirs
    paired = totals_of(influence - compared, cluster)
    if len(paired) > 1 and float(paired @ paired) ** 0.5 > 1e-12:
        low, high = ends_of(gain, paired, z)
        return Estimate(gain, max(low, -1.0), min(high, 1.0), f"{_WORDS}, Student's t", n)
    if gain == 0.0 and np.array_equal(influence, compared):
        return Estimate(0.0, 0.0, 0.0, "both rank every row alike", n)
    if cluster is not None:
        return without_interval(gain, n)
    one, two = macro_estimate(model, z), macro_estimate(other, z)
    low, high = difference(one.value, one.low, one.high, two.value, two.low, two.high)
    return Estimate(gain, float(low), float(high), "square-and-add of single intervals", n)


def _mean(parts: Sequence[AucParts]) -> tuple[float, Floats, int]:
    influence: Floats = np.mean([p.influence for p in parts], axis=0)
    return float(np.mean([p.auc for p in parts])), influence, parts[0].n_events + parts[0].n_others
