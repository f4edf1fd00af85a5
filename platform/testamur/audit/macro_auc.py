"""Mean AUC of one class against the rest: value, interval, paired difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from testamur.audit.auc import AucParts, auc_estimate, constant_estimate, variance
from testamur.audit.interval import Estimate, Floats, Ints, difference, without_interval

_WORDS = "DeLong's components, averaged over classes"


def macro_estimate(parts: Sequence[AucParts], z: float, cluster: Ints | None = None) -> Estimate:
    """Mean of the classes' AUCs; its variance is that of the mean of their influences.

    Where the sample separates every class perfectly that variance is 0 and says nothing: the ends
    of Newcombe's score intervals of the single classes are averaged instead, which holds however
    the classes depend on each other.

    Args:
        parts: One entry per class.
        z: Critical value.
        cluster: (n,) entity of each row, or None.
    """
    value, influence, n = _mean(parts)
    half = z * variance(influence, cluster) ** 0.5
    if half > 1e-12:
        return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), _WORDS, n)
    if all(constant_estimate(p) is not None for p in parts):
        return Estimate(0.5, 0.5, 0.5, "the same scores for every row", n)
    if cluster is not None:
        return without_interval(value, n)
    single = [constant_estimate(p) or auc_estimate(p, z) for p in parts]
    low, high = (float(np.mean([getattr(e, end) for e in single])) for end in ("low", "high"))
    return Estimate(value, min(low, value), max(high, value), "Newcombe's score intervals, averaged", n)


def macro_gain(
    model: Sequence[AucParts], other: Sequence[AucParts], z: float, cluster: Ints | None = None
) -> Estimate:
    """Mean AUC of the model minus that of another score of the same rows, paired."""
    (mine, influence, n), (theirs, compared, _) = _mean(model), _mean(other)
    gain = mine - theirs
    half = z * variance(influence - compared, cluster) ** 0.5
    if half > 1e-12:
        return Estimate(gain, max(gain - half, -1.0), min(gain + half, 1.0), _WORDS, n)
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
