"""Shares of rows that share entities: how many independent rows they are worth, and intervals from that.

A share p of M rows of K entities is a ratio of sums over entities. Its variance over the variance
p (1 - p) / M of independent rows is the *design effect*; rows divided by it are the *effective* rows,
with which intervals for independent rows hold (Rao and Scott 1992, Biometrics 48:577).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats, Ints, share_interval, wilson_rare

_FEW = 3.0  # entities with a property (or without it) whose spread tells nothing of the others'


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveRows:
    """What the rows of each share are worth; all arrays have one shape, such as (groups, rates).

    Attributes:
        share: The share; NaN over no rows.
        rows: Rows of the denominator, M.
        entities: Entities that have such rows.
        holders: Entities with at least one row that has the property.
        lackers: Entities with at least one row that lacks it.
        worth: Effective rows: M over the design effect.
        whole: The same if all rows of an entity agreed: M^2 / sum m^2, the effective number of entities.
        holding: Effective number of entities with the property, (sum y)^2 / sum y^2.
        lacking: Effective number of entities without it.
        widest: Most rows that one entity brings.
    """

    share: Floats
    rows: Floats
    entities: Ints
    holders: Ints
    lackers: Ints
    worth: Floats
    whole: Floats
    holding: Floats
    lacking: Floats
    widest: Ints


def effective_rows(
    group: Ints, counted: NDArray[np.generic], of: NDArray[np.generic], n_groups: int
) -> EffectiveRows:
    """Effective rows of shares by group.

    Two variances, the larger of which counts: that of the ratio estimator, sum e^2 over entities with
    e = (y - p m) / M, each left out in turn ((K - 1) / K sum (e / (1 - m / M))^2; Cochran 1977, 6.4),
    and the one that a correlation within entities gives, 1 + (m_A - 1) rho with rho of Fleiss and Cuzick
    (1979, Appl Psychol Meas 3:537) and m_A = sum m^2 / M: the first depends on the few largest entities,
    the second on all alike. The design effect is at least 1 (Parker et al. 2017, NCHS, Vital Health Stat
    2:175), counted in rows that are not copies: where all counts of all entities are multiples of g, g
    rows count as one, so that handing in each row twice gains nothing.

    Args:
        group: (p,) group of each pair of an entity and a group, each pair once; -1 is left out.
        counted: (p,) or (p, r) rows of the pair that have the property.
        of: The same shape: rows of the pair in the denominator.
        n_groups: Groups.

    Returns:
        Arrays (n_groups,) or (n_groups, r).
    """
    known = group >= 0
    if not known.all():
        group, counted, of = group[known], counted[known], of[known]
    if counted.ndim == 1:
        return _squeezed(effective_rows(group, counted[:, None], of[:, None], n_groups))
    y, m = np.asarray(counted, np.float64), np.asarray(of, np.float64)

    def summed(values: NDArray[np.generic]) -> Floats:
        return np.stack(
            [np.bincount(group, weights=column, minlength=n_groups) for column in values.T], axis=1
        )

    rows, having, entities = summed(m), summed(y), summed(m > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = having / rows
        whole = rows**2 / summed(m**2)
        left_out = np.where(m < rows[group], (y - share[group] * m) / (rows[group] - m), 0.0)
        spread = (entities - 1) / entities * summed(left_out**2)
        even = share * (1 - share)
        within = summed(np.where(m > 0, y * (m - y) / np.maximum(m, 1.0), 0.0)) / even
        alike = 1 + (rows / whole - 1) * (1 - within / (rows - entities))
        worth = np.fmin(even / spread, rows / np.where(rows > entities, np.maximum(alike, 1e-9), 1.0))
        worth = np.where((share <= 0) | (share >= 1) | (entities < 2), whole, worth)
        common, widest = _per_group(group, y, m, n_groups)
        worth = np.fmin(worth, rows / common)
        holding, lacking = having**2 / summed(y**2), (rows - having) ** 2 / summed((m - y) ** 2)
    numbers = (entities, summed(y > 0), summed(m - y > 0))
    people, holders, lackers = (np.rint(n).astype(np.int64) for n in numbers)
    return EffectiveRows(
        share, rows, people, holders, lackers, worth, whole, np.nan_to_num(holding), np.nan_to_num(lacking),
        widest,
    )  # fmt: skip


def _per_group(group: Ints, y: Floats, m: Floats, n_groups: int) -> tuple[Floats, Ints]:
    """The largest number of which all counts of a group's entities are multiples, and the largest count."""
    common, widest = np.ones((n_groups, y.shape[1])), np.zeros((n_groups, y.shape[1]), np.int64)
    narrow = group.astype(np.int16) if n_groups <= 1 << 15 else group  # which numpy sorts by its digits
    order = np.argsort(narrow, kind="stable")
    placed = group[order]
    start = np.flatnonzero(np.r_[True, placed[1:] != placed[:-1]]) if len(placed) else placed
    if not len(start):
        return common, widest
    counted, of = (part[order].astype(np.int64) for part in (y, m))
    divisor = np.gcd(np.gcd.reduceat(counted, start, axis=0), np.gcd.reduceat(of, start, axis=0))
    common[placed[start]] = np.maximum(divisor, 1)
    widest[placed[start]] = np.maximum.reduceat(of, start, axis=0)
    return common, widest


def _squeezed(found: EffectiveRows) -> EffectiveRows:
    return part_of(found, (slice(None), 0))


def part_of(found: EffectiveRows, index: Any) -> EffectiveRows:
    """The same of some of the shares."""
    return EffectiveRows(*(getattr(found, field.name)[index] for field in fields(found)))


def with_student(worth: Floats, whole: Floats, z: float) -> Floats:
    """Effective rows from which an interval at the normal value `z` is as wide as one at Student's.

    worth (z / t)^2 with M^2 / sum m^2 - 1 degrees of freedom (Korn and Graubard 1998, Survey Methodology
    24:193; the degrees of freedom are of the effective number of entities, Carter, Schnepel and
    Steigerwald 2017, Rev Econ Stat 99:698).
    """
    from scipy.special import ndtr, stdtrit

    student = -stdtrit(np.maximum(whole - 1, 1.0), ndtr(-z))
    return np.asarray(worth * (z / student) ** 2)


def score_ends(found: EffectiveRows, z: float, *, single: bool = False) -> tuple[Floats, Floats]:
    """Wilson's interval of each share on its effective rows.

    Where at most three entities have (or lack) a property, how alike an entity's rows are is not to be
    seen: the far end is then that of rows which all agree within their entity.

    Args:
        found: The shares; rows above 0.
        z: Critical value.
        single: With the correction for continuity of a single share instead of joint ends.
    """
    interval = share_interval if single else wilson_rare
    worth = with_student(found.worth, found.whole, z)
    low, high = interval(found.share * worth, worth, z)
    whole = with_student(found.whole, found.whole, z)
    far_low, far_high = interval(found.share * whole, whole, z)
    low = np.where(found.lacking <= _FEW, np.minimum(low, far_low), low)
    return low, np.where(found.holding <= _FEW, np.maximum(high, far_high), high)
