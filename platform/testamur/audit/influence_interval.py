"""Intervals from influences: what each row, or each entity, adds to the error of an estimate."""

from __future__ import annotations

import numpy as np

from testamur.audit.auc_interval import freedom_of, squares_of, student
from testamur.audit.entity_numbers import renumbered
from testamur.audit.interval import Floats, Ints

_KNOWN = 1.0  # degrees of freedom that a variance has at least
_MOST = 4.0  # times the half-width that the side of a long tail reaches at most


def totals_of(influence: Floats, cluster: Ints | None) -> Floats:
    """(k,) influences of the rows, or their sums over entities, squares inflated by k / (k - 1)."""
    if cluster is None:
        return influence
    total: Floats = np.bincount(renumbered(cluster), weights=influence)
    return total * (len(total) / max(len(total) - 1, 1)) ** 0.5


def ends_of(value: float, influence: Floats, z: float) -> tuple[float, float]:
    """Student's interval whose degrees of freedom are those of the influences' squares, wider on a long tail.

    The variance s^2 is the sum of the squares. It has one degree of freedom more than the squares show, and
    n - 1 at most: few influences that make most of it leave few. Where they are skewed, the side of the long
    tail reaches t s / (1 - 3 a t), a = sum u^3 / (6 s^3), at most 4 t s, as in `bootstrap_interval`.

    Args:
        value: The estimate.
        influence: (n,) of rows, or sums over entities; n >= 2, not all 0.
        z: Critical value of the normal distribution at the wanted level.
    """
    squares = squares_of(influence)
    spread = squares.second**0.5
    t = student(z, min(_KNOWN + freedom_of([squares]), squares.n - 1))
    bent = t * float((influence**3).sum()) / (2 * spread**3)  # 3 a t
    down, up = (t * spread / max(1 - max(side, 0.0), 1 / _MOST) for side in (-bent, bent))
    return value - down, value + up
