"""Area under the ROC curve: value, interval, paired difference, curve, and the same per group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.auc_interval import (
    PRIOR,
    Squares,
    auc_interval,
    clustered_auc_interval,
    freedom_of,
    squares_of,
)
from testamur.audit.entity_numbers import renumbered
from testamur.audit.influence_interval import ends_of, totals_of
from testamur.audit.interval import Estimate, Floats, Ints, difference, without_interval

_CANDIDATES = 8  # corners looked at for each point of a curve that is kept


@dataclass(frozen=True, slots=True, eq=False)
class AucParts:
    """The structural components of an AUC (DeLong 1988).

    Attributes:
        auc: Area under the curve, ties counted one half.
        influence: (n,) contribution of each row to the estimate's error; its squares sum to
            the DeLong variance, and its sums over clusters to the clustered one
            (Obuchowski 1997, Biometrics 53:567).
        n_events: Rows with the event.
        n_others: Rows without it.
        freedom: Degrees of freedom of the DeLong variance, see `auc_interval.freedom_of`.
    """

    auc: float
    influence: Floats
    n_events: int
    n_others: int
    freedom: float


def auc_parts(event: Ints, score: Floats) -> AucParts:
    """Components of the AUC of `score` for `event`, in O(n log n) (Sun and Xu 2014).

    Args:
        event: (n,) 1 where the event happened, else 0; both occur.
        score: (n,) higher means more likely.
    """
    order = np.argsort(score)  # the order within ties does not matter
    sorted_score, sorted_event = score[order], event[order].astype(np.float64)
    start = np.flatnonzero(np.r_[True, sorted_score[1:] != sorted_score[:-1]])
    size = np.diff(np.r_[start, len(order)])
    events = np.add.reduceat(sorted_event, start)
    others = size - events
    n_events, n_others = float(events.sum()), float(others.sum())
    others_below = np.cumsum(others) - others / 2.0  # of each run of ties, half of its own
    events_above = n_events - np.cumsum(events) + events / 2.0
    of_event = np.repeat(others_below / n_others, size)
    of_other = np.repeat(events_above / n_events, size)
    auc = float(events @ others_below / (n_events * n_others))
    happened = sorted_event > 0
    ordered = np.where(happened, (of_event - auc) * _per_row(n_events), (of_other - auc) * _per_row(n_others))
    influence = np.empty(len(order))
    influence[order] = ordered
    freedom = freedom_of([squares_of(ordered[happened]), squares_of(ordered[~happened])])
    return AucParts(auc, influence, int(n_events), int(n_others), freedom)


@dataclass(frozen=True, slots=True)
class AucOnly:
    """An AUC with its DeLong variance, where no other score is compared with it.

    Attributes:
        auc: Area under the curve, ties counted one half.
        variance: The square of its standard error.
        n_events: Rows with the event.
        n_others: Rows without it.
        freedom: Degrees of freedom of the variance, see `auc_interval.freedom_of`.
    """

    auc: float
    variance: float
    n_events: int
    n_others: int
    freedom: float


def auc_only(event: Ints, score: NDArray[np.floating]) -> AucOnly:
    """AUC and DeLong's standard error; of float32 scores from one sort, without ordering rows.

    Args:
        event: (n,) 1 where the event happened, else 0; both occur.
        score: (n,) higher means more likely.
    """
    if score.dtype == np.float32:
        keys = np.sort(_keys(score) << np.uint64(1) | event.astype(np.uint64))
        return auc_of_sorted((keys & np.uint64(1)).astype(np.int64), keys >> np.uint64(1))
    order = np.argsort(score)
    return auc_of_sorted(event[order], score[order])


def _keys(score: NDArray[np.floating]) -> NDArray[np.uint64]:
    """Whole numbers in the order of float32 scores: sign bit flipped, negative ones mirrored; -0 is 0."""
    bits = (score + np.float32(0)).view(np.uint32)
    mirrored = np.where(bits >> np.uint32(31), ~bits, bits | np.uint32(1 << 31))
    return mirrored.astype(np.uint64)


def auc_of_sorted(event: Ints, score: NDArray[np.generic]) -> AucOnly:
    """The same for rows in rising order of their score.

    A row with the event stands above the share of others that it outranks, and the other way round; the
    variances of these shares, each over its number of rows, add up (DeLong 1988). Rows of one score share
    their value, so all is summed over runs of ties.
    """
    start = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    size = np.diff(np.r_[start, len(score)])
    events = np.add.reduceat(event, start).astype(np.float64)
    others = size - events
    m, n = float(events.sum()), float(others.sum())
    of_event = (np.cumsum(others) - others / 2.0) / n
    of_other = (m - np.cumsum(events) + events / 2.0) / m
    auc = float(events @ of_event / m)
    halves = (_squares(of_event - auc, events, m), _squares(of_other - auc, others, n))
    variance = sum(half.second for half in halves)
    return AucOnly(auc, variance, int(m), int(n), freedom_of(halves))


def _squares(gaps: Floats, rows: Floats, n: float) -> Squares:
    """Of the mean of shares that lie `gaps` from it, `rows` rows each, with n - 1 degrees of freedom."""
    squared = gaps * gaps * _per_row(n) ** 2
    return Squares(float(rows @ squared), float(rows @ (squared * squared)), n)


def _per_row(n: float) -> float:
    """1/n, inflated so that squares sum to the variance with n - 1 degrees of freedom."""
    return (1.0 / n) * (n / (n - 1.0)) ** 0.5 if n > 1 else 1.0


def variance(influence: Floats, cluster: Ints | None = None) -> float:
    """Variance of an estimate from its influence values, clustered where rows share an entity."""
    if cluster is None:
        return float(influence @ influence)
    total = np.bincount(renumbered(cluster), weights=influence)
    return float(total @ total)


def auc_estimate(parts: AucParts, z: float, cluster: Ints | None = None) -> Estimate:
    """AUC with an interval that rests on DeLong's variance, see `auc_interval`.

    Where the sample separates perfectly, that variance is 0 and says nothing: the interval rests on what the
    AUC alone tells. That takes rows as independent, so where they share entities there is none at all.
    """
    of_rows, sizes = variance(parts.influence), (parts.n_events, parts.n_others)
    if cluster is None:
        return auc_interval(parts.auc, of_rows, parts.freedom, sizes, z)
    return clustered_auc_interval(parts.auc, of_rows, totals_of(parts.influence, cluster), sizes, z)


def auc_only_estimate(found: AucOnly, z: float) -> Estimate:
    """The same interval for an AUC of rows that are independent."""
    return auc_interval(found.auc, found.variance, found.freedom, (found.n_events, found.n_others), z)


def constant_estimate(parts: AucParts) -> Estimate | None:
    """An AUC of exactly 0.5 for a score that is the same for every row, else None."""
    if parts.auc == 0.5 and not parts.influence.any():
        return Estimate(0.5, 0.5, 0.5, "the same score for every row", parts.n_events + parts.n_others)
    return None


def auc_gain(model: AucParts, other: AucParts, z: float, cluster: Ints | None = None) -> Estimate:
    """AUC of the model minus that of another score of the same rows (paired DeLong 1988)."""
    gain = model.auc - other.auc
    n = model.n_events + model.n_others
    paired = totals_of(model.influence - other.influence, cluster)
    if len(paired) > 1 and float(paired @ paired) ** 0.5 > 1e-12:
        low, high = ends_of(gain, paired, z)
        if freedom_of([squares_of(paired)]) < 2 * PRIOR:
            single_low, single_high = _from_single(model, other, z, cluster)
            low, high = min(low, single_low), max(high, single_high)
        return Estimate(gain, max(low, -1.0), min(high, 1.0), "paired DeLong, Student's t", n)
    if np.array_equal(model.influence, other.influence) and gain == 0.0:
        return Estimate(0.0, 0.0, 0.0, "both rank every row alike", n)
    if cluster is not None:
        return without_interval(gain, n)
    one, two = (constant_estimate(p) or auc_estimate(p, z, cluster) for p in (model, other))
    low_, high_ = difference(one.value, one.low, one.high, two.value, two.low, two.high)
    return Estimate(gain, float(low_), float(high_), "square-and-add of single AUC intervals", n)


def _from_single(model: AucParts, other: AucParts, z: float, cluster: Ints | None) -> tuple[float, float]:
    """Ends of a difference from those of both AUCs and their correlation (Zou 2007, Psychol Methods 12:399).

    low = d - sqrt(a^2 + b^2 - 2 r a b), a = A1 - l1, b = u2 - A2; where few rows are out of order, the single
    intervals know more of the variance than the differences of influences do.
    """
    one, two = (constant_estimate(p) or auc_estimate(p, z, cluster) for p in (model, other))
    first, second = (totals_of(p.influence, cluster) for p in (model, other))
    size = float((first @ first) * (second @ second)) ** 0.5
    alike = min(max(float(first @ second) / size, 0.0), 1.0) if size > 0 else 0.0

    def reach(a: float, b: float) -> float:
        return max(a * a + b * b - 2 * alike * a * b, 0.0) ** 0.5 if np.isfinite(a + b) else 0.0

    gain = model.auc - other.auc
    low = gain - reach(one.value - one.low, two.high - two.value)
    return low, gain + reach(one.high - one.value, two.value - two.low)


def roc_points(event: Ints, score: Floats, n_points: int = 200, minimum: int = 1) -> list[list[float]]:
    """At most `n_points` points (fpr, tpr) of the ROC curve, from (0, 0) to (1, 1).

    No step holds fewer than `minimum` rows of either outcome, unless it holds none of it: a step of
    one row would show that row's place. Where there are more thresholds than points, the points are
    those nearest to even steps along fpr + tpr, so that steep and flat parts are kept alike.
    """
    order = np.argsort(-score)
    happened = event[order] > 0
    ordered = score[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    events = np.r_[0, np.cumsum(happened)[last]]
    others = np.r_[0, last + 1] - events
    keep = _evenly(events, others, _CANDIDATES * n_points)
    events, others = events[keep], others[keep]
    keep = _large_steps(events, others, minimum)
    events, others = events[keep], others[keep]
    keep = _evenly(events, others, n_points)
    tpr, fpr = events[keep] / events[-1], others[keep] / others[-1]
    return [[round(float(x), 6), round(float(y), 6)] for x, y in zip(fpr, tpr, strict=True)]


def _evenly(events: Ints, others: Ints, most: int) -> Ints:
    """At most `most` positions, nearest to even steps along fpr + tpr; both ends stay."""
    n = len(events)
    if n <= most:
        return np.arange(n)
    along = np.searchsorted(events / events[-1] + others / others[-1], np.linspace(0.0, 2.0, most - 2))
    return np.unique(np.r_[0, np.minimum(along, n - 1), n - 1])


def _large_steps(events: Ints, others: Ints, minimum: int) -> list[int]:
    """Positions between which at least `minimum` rows of an outcome lie, or none of it.

    The last position always stays; what is too small before it is joined with its neighbours.
    """
    kept = [0]
    last = len(events) - 1

    def fits(start: int, stop: int) -> bool:
        gained = (int(events[stop] - events[start]), int(others[stop] - others[start]))
        return all(count == 0 or count >= minimum for count in gained)

    for position in range(1, last):
        if fits(kept[-1], position):
            kept.append(position)
    while len(kept) > 1 and not fits(kept[-1], last):
        kept.pop()
    return [*kept, last]
