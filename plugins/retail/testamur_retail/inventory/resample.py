"""Paired intervals of what two plans cost: weeks are drawn in blocks, and series where there are many."""

from __future__ import annotations

import numpy as np

from testamur_retail.inventory.paths import Floats

MANY_SERIES = 10  # from here on the series, too, are a sample


def draw_weights(
    n_series: int, n_periods: int, n_draws: int, rng: np.random.Generator, block: int = 4
) -> tuple[Floats, Floats]:
    """Weights of periods and of series in each bootstrap sample.

    Periods are drawn in circular blocks (Politis, Romano 1992), which keeps what hangs together in time;
    all series
    keep the same periods, which keeps what hangs together between them.

    Args:
        n_series: n.
        n_periods: W.
        n_draws: Samples B.
        rng: Source of the draws.
        block: Periods in a block; shortened where there are few.

    Returns:
        (B, n) and (B, W) counts.
    """
    length = block_length(n_periods, block)
    n_blocks = -(-n_periods // length)
    starts = rng.integers(0, n_periods, (n_draws, n_blocks))
    drawn = ((starts[..., None] + np.arange(length)) % n_periods).reshape(n_draws, -1)[:, :n_periods]
    periods = _count(drawn, n_periods)
    if n_series < MANY_SERIES:
        return np.ones((n_draws, n_series)), periods
    return _count(rng.integers(0, n_series, (n_draws, n_series)), n_series), periods


def block_length(n_periods: int, block: int = 4) -> int:
    """Periods in a block; shortened where there are few."""
    return max(1, min(block, n_periods // 3))


def weighted_totals(values: Floats, weights: tuple[Floats, Floats]) -> Floats:
    """(B,) totals of (n, W) values in each bootstrap sample."""
    series, periods = weights
    return np.einsum("bn,nw,bw->b", series, values, periods, optimize=True)


def _count(drawn: np.ndarray, size: int) -> Floats:
    counts = np.zeros((drawn.shape[0], size))
    np.add.at(counts, (np.arange(drawn.shape[0])[:, None], drawn), 1.0)
    return counts
