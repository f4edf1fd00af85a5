"""How well an attack tells members from others: area under the curve, and hits at few false alarms."""

from __future__ import annotations

from dataclasses import replace
from math import isinf

import numpy as np

from testamur.audit.auc import auc_estimate, auc_parts, constant_estimate
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.membership_scores import Bools

RATES: tuple[tuple[str, float], ...] = (("1", 0.01), ("01", 0.001))  # part of the measure's name, rate


def attack_auc(member: Bools, score: Floats, cluster: Ints, level: float, n_joint: int = 1) -> Estimate:
    """Area under the ROC curve of an attack, 0.5 for a blind one (DeLong, clustered by unit).

    A unit that several models were asked about counts as one: its scores go together.

    Args:
        member: (m,) the truth; both occur.
        score: (m,) higher means rather a member.
        cluster: (m,) unit or entity of each row.
        level: Joint level.
        n_joint: Intervals that must hold jointly.
    """
    parts = auc_parts(member.astype(np.int64), score)
    _, first, size = np.unique(cluster, return_index=True, return_counts=True)
    z = critical_value(level, n_joint)
    alone = bool((size == 1).all())
    estimate = constant_estimate(parts) or auc_estimate(parts, z, None if alone else cluster)
    if isinf(estimate.low):  # without a spread: as one attack on so many units, half of them members
        fewer = replace(parts, n_events=len(first) // 2, n_others=len(first) - len(first) // 2)
        estimate = auc_estimate(fewer, z)
    method = estimate.method.replace("clustered by entity", "clustered by person or row")
    return replace(estimate, method=method, n=len(first))


def hits_at(
    member: Bools, score: Floats, rate: float, n_models: int, level: float, n_joint: int = 1
) -> Estimate | None:
    """Members found where at most a share `rate` of the others is taken for members, or None with too few.

    The threshold is an order statistic of the others' scores. Two errors are added up (Bonferroni, half
    of the level each): where the true threshold lies, from the binomial distribution of the others above it,
    and how often members lie beyond, after Clopper and Pearson (1934). Units that several models were
    asked about count once: a pooled count over k models is read as one of m / k units.

    Args:
        member: (m,) the truth.
        score: (m,) higher means rather a member.
        rate: False alarms that are allowed, such as 0.01.
        n_models: Models that each unit was asked of.
        level: Joint level.
        n_joint: Intervals that must hold jointly.
    """
    from scipy.stats import beta, binom

    inside, outside = np.sort(score[member]), np.sort(score[~member])
    n_in, n_out = (max(len(s) // n_models, 1) for s in (inside, outside))
    if n_out * rate < 1.0 or not len(inside):
        return None
    tail = (1.0 - level ** (1.0 / max(n_joint, 1))) / 4.0

    def share_beyond(n_above: float) -> float:
        """Share of members above the threshold that this share of the others lies above."""
        position = len(outside) - 1 - int(np.floor(n_above / n_out * len(outside)))
        threshold = outside[position] if position >= 0 else -np.inf
        return float((len(inside) - np.searchsorted(inside, threshold, side="right")) / len(inside))

    value = share_beyond(rate * n_out)
    few, many = float(binom.ppf(tail, n_out, rate)), float(binom.ppf(1 - tail, n_out, rate)) + 1.0
    least = np.floor(share_beyond(few - 1.0) * n_in) if few >= 1.0 else 0.0
    most = np.ceil(share_beyond(many) * n_in) if many < n_out else float(n_in)
    low = float(beta.ppf(tail, least, n_in - least + 1)) if least > 0 else 0.0
    high = float(beta.ppf(1 - tail, most + 1, n_in - most)) if most < n_in else 1.0
    words = "Clopper-Pearson, with the threshold's own error added"
    return Estimate(value, min(low, value), max(high, value), words, n_in + n_out)
