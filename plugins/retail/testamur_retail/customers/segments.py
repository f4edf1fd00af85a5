"""Segments of customers and whether they would be found again: k-means on recency, frequency and money.

The number of segments is the largest whose every segment is found again in bootstrap samples with a mean
Jaccard
index of 0.75 or more; 0.6 to 0.75 is called doubtful and less unstable (C. Hennig: Cluster-wise assessment
of cluster
stability, CSDA 2007;52:258-271).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur_retail.customers.bg_nbd import Floats

COUNTS = tuple(range(2, 9))
STABLE, DOUBTFUL = 0.75, 0.6
N_DRAWS = 25
MOST_FITTED = 4_000  # customers that k-means is fitted on; all are assigned


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """One number of segments.

    Attributes:
        k: Segments.
        label: (n,) segment of each customer.
        jaccard: (k,) mean over samples of the best Jaccard index with a segment of the sample.
        rand: (B,) adjusted Rand index with each sample's segments.
    """

    k: int
    label: np.ndarray
    jaccard: Floats
    rand: Floats

    @property
    def worst(self) -> float:
        """Jaccard index of the least stable segment."""
        return float(self.jaccard.min())


def choose_clustering(points: Floats, *, seed: int) -> tuple[Clustering, list[Clustering]]:
    """Cluster with 2 to 8 segments and choose their number by stability.

    Args:
        points: (n, d) standardised.
        seed: Of starts and samples.

    Returns:
        The chosen clustering, and all that were tried.
    """
    distinct = len(np.unique(points, axis=0))
    tried = [cluster(points, k, seed=seed) for k in COUNTS if k <= distinct]
    if not tried:
        raise ValueError(f"two customers that differ are required, however: {distinct}")
    stable = [c for c in tried if c.worst >= STABLE]
    return (stable[-1] if stable else max(tried, key=lambda c: c.worst)), tried


def cluster(points: Floats, k: int, *, seed: int, n_draws: int = N_DRAWS) -> Clustering:
    """k-means, and the same on bootstrap samples.

    Args:
        points: (n, d).
        k: Segments.
        seed: Of starts and samples.
        n_draws: Bootstrap samples.
    """
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    label = _fit(points, k, rng)
    found = np.zeros((n_draws, k))
    rand = np.zeros(n_draws)
    for b in range(n_draws):
        again = _fit(points, k, rng, resample=True)
        found[b] = best_jaccard(label, again, k)
        rand[b] = adjusted_rand_score(label, again)
    return Clustering(k, label, found.mean(axis=0), rand)


def best_jaccard(label: np.ndarray, again: np.ndarray, k: int) -> Floats:
    """(k,) largest |A and B| / |A or B| of each segment with a segment of another clustering.

    Args:
        label: (n,) segments below k.
        again: (n,) segments below k.
        k: Segments.
    """
    both = np.zeros((k, k))
    np.add.at(both, (label, again), 1.0)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray((both / np.maximum(either, 1.0)).max(axis=1))


def standardise(columns: Floats) -> Floats:
    """(n, d) logarithms of (n, d) counts and amounts, each with mean 0 and variance 1."""
    logs = np.log1p(np.maximum(columns, 0.0))
    spread = logs.std(axis=0)
    return (logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _fit(points: Floats, k: int, rng: np.random.Generator, *, resample: bool = False) -> np.ndarray:
    from sklearn.cluster import KMeans

    n = len(points)
    size = min(n, MOST_FITTED)
    rows = rng.integers(0, n, size) if resample else rng.permutation(n)[:size]
    model = KMeans(k, n_init=4, random_state=int(rng.integers(2**31 - 1)))
    model.fit(points[rows])
    return np.asarray(model.predict(points))
