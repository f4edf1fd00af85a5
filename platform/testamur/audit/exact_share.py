"""Exact intervals of a share, and how many alarms chance alone explains."""

from __future__ import annotations

CHANCE = 0.99


def clopper_pearson(successes: int, n: int, level: float) -> tuple[float, float]:
    """Exact interval of a share (Clopper and Pearson 1934): quantiles of two beta distributions.

    Args:
        successes: Of `n`.
        n: Trials; at least one.
        level: Of the interval, such as 0.95.
    """
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = float(beta.ppf(tail, successes, n - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, n - successes)) if successes < n else 1.0
    return low, high


def most_by_chance(n: int, rate: float) -> int:
    """The count that a binomial of `n` trials at `rate` does not exceed in 99 of 100 cases."""
    from scipy.stats import binom

    return int(binom.ppf(CHANCE, n, rate))


def chance_of(successes: int, n: int, rate: float) -> float:
    """Probability of `successes` or more of `n` at `rate`."""
    from scipy.stats import binom

    return float(binom.sf(successes - 1, n, rate))
