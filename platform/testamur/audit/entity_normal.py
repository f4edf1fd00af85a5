"""Normal numbers with the correlations that common entities give the errors of many estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.entity_cells import correlation_of, covariance_of
from testamur.audit.interval import Floats, Ints

_MOST_ROOT = 1_500  # places up to which the symmetric root is taken: its cost grows with their cube
_DEARER = 12  # a product with a sparse table against as many with a dense one
_LIFT = 1e-9  # added to variances of 1, so that a triangular root of what is singular exists
_AT_ONCE = 4_000_000  # normal numbers held at once


def draw_errors(errors: Any, rank: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    """(n_boot, c) normal numbers of variance 1, correlated as the errors of c estimates are.

    Of few places by the symmetric root of the correlations; of many by whichever is cheaper: a normal number
    for each entity, by which its errors are multiplied (Chernozhukov, Chetverikov and Kato 2013, Ann Stat
    41:2786), or the triangular root of the correlations. The law is the same.

    Args:
        errors: (entities, c) sparse: what each adds; a column without any varies by itself.
        rank: (c,) place of each estimate in an order of their own.
        n_boot: Draws.
        rng: Their source.
    """
    places = errors.shape[1]
    if places <= _MOST_ROOT:
        return _by_symmetric_root(correlation_of(covariance_of(errors)), rank, n_boot, rng)
    if _DEARER * n_boot * (errors.nnz + errors.shape[0]) < places**3 / 3 + n_boot * places**2:
        return _by_entities(errors, rank, n_boot, rng)
    return _by_triangular_root(correlation_of(covariance_of(errors)), rank, n_boot, rng)


def _by_symmetric_root(correlation: Floats, rank: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return np.asarray(rng.standard_normal((n_boot, len(values)))[:, rank] @ root)


def _by_triangular_root(correlation: Floats, rank: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    """In the order of `rank`, so that the names of groups change nothing; Cholesky's root."""
    order = np.argsort(rank)
    lifted = correlation[np.ix_(order, order)]
    np.fill_diagonal(lifted, 1.0 + _LIFT)
    drawn = rng.standard_normal((n_boot, len(rank))) @ np.linalg.cholesky(lifted).T
    return np.asarray(drawn[:, rank])


def _by_entities(errors: Any, rank: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    people = np.flatnonzero(np.diff(errors.indptr))
    table = errors[people]
    spread = np.sqrt(np.bincount(table.indices, table.data**2, table.shape[1]))
    table.data = table.data / np.where(spread > 0, spread, 1.0)[table.indices]
    drawn = np.empty((n_boot, len(spread)))
    chunk = max(1, _AT_ONCE // max(len(people), 1))
    for first in range(0, n_boot, chunk):
        here = drawn[first : first + chunk]
        here[:] = (table.T @ rng.standard_normal((len(people), len(here)))).T
    alone = spread == 0  # what does not vary is taken to vary by itself
    drawn[:, alone] = rng.standard_normal((n_boot, len(spread)))[:, rank][:, alone]
    return drawn
