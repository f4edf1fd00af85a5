"""What a policy saves, with paired intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur_retail.findings import Estimate, from_draws
from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.resample import block_length, weighted_totals
from testamur_retail.inventory.simulate import Ledger

Weights = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Account:
    """How a policy fared.

    Attributes:
        cost: Mean cost of one series and review period.
        fill: Share of the demand that was served.
        no_lack: Share of review periods in which nothing was lacking.
        parts: Share of the cost by kind: holding, shortage, ordering.
    """

    cost: Estimate
    fill: Estimate
    no_lack: Estimate
    parts: dict[str, float]


def sum_up(ledger: Ledger, weights: Weights, level: float) -> Account:
    """Cost and service of one policy.

    Args:
        ledger: What happened.
        weights: Of the bootstrap samples.
        level: Of the intervals.
    """
    one = np.ones_like(ledger.cost)
    served = ledger.demand - ledger.lost
    total = max(float(ledger.cost.sum()), 1e-12)
    return Account(
        cost=ratio_of(ledger.cost, one, weights, level),
        fill=ratio_of(served, ledger.demand, weights, level),
        no_lack=ratio_of((ledger.lost <= 1e-9).astype(np.float64), one, weights, level),
        parts={
            kind: float(getattr(ledger, kind).sum()) / total for kind in ("holding", "shortage", "ordering")
        },
    )


def saving(policy: Ledger, other: Ledger, weights: Weights, level: float) -> Estimate:
    """Share of the other's cost that the policy saves, on the same days; below 0 it costs more."""
    return ratio_of(other.cost - policy.cost, other.cost, weights, level)


def ratio_of(upper: Floats, lower: Floats, weights: Weights, level: float) -> Estimate:
    """Sum over sum with a percentile interval, expanded for few blocks of periods; 0 where nothing is below.

    Args:
        upper: (n, W).
        lower: (n, W).
        weights: Of the bootstrap samples.
        level: Of the interval.
    """
    below = weighted_totals(lower, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = weighted_totals(upper, weights) / below
    total, n_periods = float(lower.sum()), lower.shape[1]
    n_blocks = n_periods // block_length(n_periods)
    return from_draws(float(upper.sum()) / total if total else 0.0, draws, level, n_blocks)
