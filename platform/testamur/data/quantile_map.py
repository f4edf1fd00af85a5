"""Maps numbers to normal scores along the quantiles of the training rows.

Each knot is the mean of at least five training rows (or one value that as many share), so the map,
which ships with the model, holds no single person's value.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

MOST_KNOTS = 500
ROWS_PER_KNOT = 5


def fit_knots(values: Float64) -> tuple[list[float], list[float]]:
    """Knots of the piecewise-linear map, both lists ascending.

    A knot's score is the standard normal quantile of the mid-rank of its rows. Outside the first
    and last knot the map is level: an outlier weighs no more than the extreme of training.

    Args:
        values: (n,) training values, finite; n may be 0.

    Returns:
        Values and normal scores; a single knot at score 0 where the values are constant.
    """
    if values.size == 0:
        return [0.0], [0.0]
    unique, counts = np.unique(values, return_counts=True)
    starts = _bins(counts)
    edges = [*starts, unique.size]
    n_before = np.concatenate([[0], np.cumsum(counts)])
    sums = np.concatenate([[0.0], np.cumsum(unique * counts)])
    knots, scores = [], []
    for begin, end in pairwise(edges):
        n = int(n_before[end] - n_before[begin])
        exact = end - begin == 1
        mean = float(unique[begin]) if exact else float((sums[end] - sums[begin]) / n)
        share = (float(n_before[begin]) + n / 2) / values.size
        knots.append(min(max(mean, float(unique[begin])), float(unique[end - 1])))
        scores.append(NormalDist().inv_cdf(share))
    return (knots, scores) if len(knots) > 1 else (knots, [0.0])


def apply_knots(values: Float64, knots: list[float], scores: list[float]) -> Float64:
    """(n,) normal scores of finite values."""
    return np.asarray(np.interp(values, np.asarray(knots), np.asarray(scores)), dtype=np.float64)


def _bins(counts: NDArray[np.int64]) -> list[int]:
    """First positions of runs of unique values that hold enough rows each."""
    total = int(counts.sum())
    wanted = max(ROWS_PER_KNOT, -(-total // MOST_KNOTS))
    reached = np.cumsum(counts)
    starts, begin, n_before = [], 0, 0
    while begin < counts.size and total - n_before >= wanted:
        starts.append(begin)
        end = int(np.searchsorted(reached, n_before + wanted)) + 1
        begin, n_before = end, int(reached[end - 1])
    return starts or [0]
