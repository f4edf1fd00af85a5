"""Spearman's rank correlation; tied values share the mean of their ranks."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Floats


def average_ranks(values: Floats) -> Floats:
    """(n,) ranks from 1; ties alike."""
    _, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[code], dtype=np.float64)


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation of two (n,) columns; 0 where either does not vary."""
    first, second = (average_ranks(values) for values in (one, other))
    spread = float(first.std() * second.std())
    return float(np.mean((first - first.mean()) * (second - second.mean())) / spread) if spread > 0 else 0.0
