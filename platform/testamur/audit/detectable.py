"""What a sample could have shown, and how many rows would settle a question."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

POWER = 0.8


def detectable_gap(
    first: float, n_first: float, second: float, n_second: float, z: float, tied: float = 0.0
) -> float:
    """Smallest true difference of two shares that a sample shows with a power of 0.8.

    (z + z_0.8) sqrt(p1 q1 / n1 + p2 q2 / n2) (Fleiss, Levin and Paik 2003, ch. 4), at shares
    shrunk by two rows towards one half, so that a share of 0 or 1 does not promise certainty.

    Args:
        first: Share of the first group.
        n_first: Rows of its denominator; effective ones where rows share entities.
        second: Share of the second group.
        n_second: The same of the other.
        z: Critical value of the family.
        tied: Correlation of the two shares, where entities have rows in both groups.
    """
    one, two = (
        p * (1 - p) / n
        for p, n in ((_shrunk(first, n_first), n_first), (_shrunk(second, n_second), n_second))
    )
    spread = one + two - 2 * tied * sqrt(one * two) if tied else one + two
    return min((z + NormalDist().inv_cdf(POWER)) * sqrt(spread), 1.0)


def _shrunk(share: float, n: float) -> float:
    return (share * n + 1.0) / (n + 2.0)


def rows_to_settle(value: float, low: float, high: float, limit: float, n: int) -> int | None:
    """Rows that take the interval off the limit when the value stays: n (half-width / distance)^2.

    Args:
        value: Point estimate.
        low: Lower end.
        high: Upper end.
        limit: The limit.
        n: Rows now.

    Returns:
        None where the value lies on the limit (no number of rows settles it) or an end is unbounded.
    """
    distance = abs(value - limit)
    reach = value - low if limit < value else high - value
    if distance <= 0.0 or n <= 0 or reach != reach or reach in (float("inf"), float("-inf")):
        return None
    needed = n * (reach / distance) ** 2
    return ceil(needed) if needed < 1e12 else None
