"""Counted strata once more by entity, where rows share them: what the variance over entities is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats, Ints

_DENSE = 1 << 24  # so many possible pairs of an entity and a group are looked up, more are sorted


@dataclass(frozen=True, slots=True, eq=False)
class EntityCells:
    """Rows of each entity in each stratum in which it has any.

    Attributes:
        entity: (p,) entity, numbered from 0.
        stratum: (p,) stratum.
        counts: (p, 4) its rows per cell: tn, fp, fn, tp.
        n_entities: Entities of all rows.
    """

    entity: Ints
    stratum: Ints
    counts: Ints
    n_entities: int


def count_entities(entity: Ints, stratum: NDArray[np.integer], cell: NDArray[np.integer]) -> EntityCells:
    """Count the rows of every pair of an entity and a stratum.

    Args:
        entity: (n,) numbered from 0 without gaps.
        stratum: (n,) of each row.
        cell: (n,) 0 to 3.
    """
    n_strata = int(stratum.max()) + 1 if len(stratum) else 1
    pair, place = distinct(
        entity * n_strata + stratum, (int(entity.max()) + 1 if len(entity) else 0) * n_strata
    )
    counts = np.bincount(place * 4 + cell, minlength=4 * len(pair)).reshape(-1, 4)
    return EntityCells(*np.divmod(pair, n_strata), counts, int(entity.max()) + 1 if len(entity) else 0)


def by_group(cells: EntityCells, member: Ints) -> tuple[Ints, Ints, Ints]:
    """The rows of each pair of an entity and a group.

    Args:
        cells: The counted pairs.
        member: (n_strata,) group of each stratum, -1 = none.

    Returns:
        (q,) entities, (q,) groups, (q, 4) rows per cell; rows without a group are left out.
    """
    group = member[cells.stratum]
    known = group >= 0
    n_groups = int(member.max(initial=-1)) + 1
    key = cells.entity[known] * max(n_groups, 1) + group[known]
    pair, place = distinct(key, cells.n_entities * max(n_groups, 1))
    columns = [np.bincount(place, weights=column[known], minlength=len(pair)) for column in cells.counts.T]
    counts = np.stack(columns, axis=1).astype(np.int64)
    entity, group = np.divmod(pair, max(n_groups, 1))
    return entity, group, counts


def distinct(key: Ints, n_keys: int) -> tuple[Ints, Ints]:
    """Keys that occur, in order, and the place of each given key among them."""
    if n_keys > _DENSE:
        pair, place = np.unique(key, return_inverse=True)
        return pair, place.ravel()
    pair = np.flatnonzero(np.bincount(key, minlength=n_keys))
    number = np.zeros(n_keys, np.int64)
    number[pair] = np.arange(len(pair))
    return pair, number[key]


def entities_missing(cells: EntityCells, member: Ints) -> int:
    """Entities with a row in a stratum without a group."""
    return int(np.count_nonzero(np.bincount(cells.entity[member[cells.stratum] < 0])))


def entities_of_cells(group: Ints, counts: Ints, n_groups: int, names: dict[str, Any]) -> dict[str, Ints]:
    """(n_groups,) entities behind each named count of a group.

    Args:
        group: (q,) group of each pair of an entity and a group.
        counts: (q, 4) its rows per cell.
        n_groups: Groups.
        names: Masks of four cells by name.
    """
    return {
        name: np.bincount(group[counts @ np.asarray(mask) > 0], minlength=n_groups)
        for name, mask in names.items()
    }


def correlations(entity: Ints, group: Ints, errors: Floats, n_groups: int) -> Floats:
    """(r, n_groups, n_groups) correlations of estimates of groups that share entities.

    Args:
        entity: (q,) entity of each pair of an entity and a group.
        group: (q,) its group.
        errors: (q, r) what the pair adds to the error of each of r estimates of its group.
        n_groups: Groups.
    """
    found = np.tile(np.eye(n_groups), (errors.shape[1], 1, 1))
    if int(np.bincount(entity).max(initial=0)) <= 1:
        return found  # nobody belongs to two groups
    for column in range(errors.shape[1]):
        covariance = covariances(entity, group, errors[:, column], n_groups)
        found[column] = correlation_of(covariance)
    return found


def covariances(entity: Ints, place: Ints, errors: Floats, n_places: int) -> Floats:
    """(n_places, n_places) sums over entities of products of their errors; each pair at most once."""
    return covariance_of(by_entity(entity, place, errors, n_places))


def by_entity(entity: Ints, place: Ints, errors: Floats, n_places: int) -> Any:
    """(entities, n_places) errors as a sparse table; each pair at most once."""
    from scipy.sparse import csr_array

    n_rows = int(entity.max()) + 1 if len(entity) else 1
    return csr_array((errors, (entity, place)), shape=(n_rows, n_places))


def covariance_of(table: Any) -> Floats:
    """(n_places, n_places) of a sparse (entities, n_places) table."""
    product: Floats = (table.T @ table).toarray()
    return product


def correlation_of(covariance: Floats) -> Floats:
    """Correlations; what does not vary is taken to vary by itself."""
    spread = np.sqrt(np.diag(covariance))
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    found = covariance * scale[:, None] * scale[None, :]
    np.fill_diagonal(found, 1.0)
    return np.clip(found, -1.0, 1.0)
