"""The largest difference between any two groups, bounded by the joint intervals of all pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, difference


@dataclass(frozen=True, slots=True)
class Widest:
    """The pair that differs most.

    Attributes:
        first: Position of the larger value.
        second: Position of the smaller one.
        gap: Their difference, 0 or more.
        low: Lower end: what the intervals of some pair show at least.
        high: Upper end: what no pair exceeds.
    """

    first: int
    second: int
    gap: float
    low: float
    high: float


def widest_difference(value: Floats, low: Floats, high: Floats, tied: Floats | None = None) -> Widest:
    """Find the widest difference of (g,) values, g >= 2, whose (g,) intervals hold jointly for all pairs.

    Source: square-and-add intervals of differences (Newcombe 1998; Zou and Donner 2008).

    Args:
        value: (g,) values.
        low: (g,) lower ends.
        high: (g,) upper ends.
        tied: (g, g) correlations, where groups have entities in common.
    """
    below, above = difference(
        value[:, None], low[:, None], high[:, None], value[None], low[None], high[None], tied
    )
    np.fill_diagonal(below, 0.0)
    np.fill_diagonal(above, 0.0)
    first, second = int(value.argmax()), int(value.argmin())
    if first == second:  # all are equal: name two groups all the same
        first, second = 0, 1
    gap = float(value[first] - value[second])
    return Widest(first, second, gap, min(max(float(below.max()), 0.0), gap), max(float(above.max()), gap))
