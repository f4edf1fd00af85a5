"""The area between two ROC curves (ABROCA), exactly, and its bootstrap on counts of score bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints

N_FINE, N_BINS = 8192, 256
_MOST_UNITS = 4000
_GRID = np.linspace(0.0, 1.0, 257)


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """A ROC curve as corners, from (0, 0) to (1, 1); ties are straight lines between them."""

    fpr: Floats
    tpr: Floats


def roc_of(event: Ints, score: Floats) -> Roc:
    """The curve of a score for an event; both outcomes occur."""
    order = np.argsort(-score)
    ordered = score[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    events = np.cumsum(event[order])[last]
    others = last + 1 - events
    return Roc(np.r_[0.0, others / others[-1]], np.r_[0.0, events / events[-1]])


def roc_of_bins(counts: Ints) -> Roc:
    """The curve of (bins, 2) rows without and with the event, the lowest scores first; a bin is a tie."""
    summed = np.cumsum(counts[::-1], axis=0)
    others, events = summed[:, 0], summed[:, 1]
    return Roc(np.r_[0.0, others / others[-1]], np.r_[0.0, events / events[-1]])


def area_between(one: Roc, two: Roc) -> float:
    """Integral of |tpr_1 - tpr_2| over the false-positive rate (Gardner, Brooks and Baker 2019, LAK).

    Between neighbouring corners of either curve the difference is a straight line, whose absolute
    value is integrated exactly, also where it changes its sign.
    """
    grid = np.union1d(one.fpr, two.fpr)
    left = _limit(one, grid[:-1], "right") - _limit(two, grid[:-1], "right")
    right = _limit(one, grid[1:], "left") - _limit(two, grid[1:], "left")
    width = np.diff(grid)
    same = left * right >= 0
    size = np.abs(left) + np.abs(right)
    crossing = np.divide(left**2 + right**2, size, out=np.zeros_like(size), where=size > 0)
    return float((width * np.where(same, size, crossing) / 2).sum())


def _limit(roc: Roc, at: Floats, side: str) -> Floats:
    """The curve's height just right or left of a place: steps straight up have two."""
    if side == "right":
        low = np.searchsorted(roc.fpr, at, side="right") - 1  # last corner at or before
        high = np.minimum(low + 1, len(roc.fpr) - 1)
    else:
        high = np.searchsorted(roc.fpr, at, side="left")  # first corner at or after
        low = np.maximum(high - 1, 0)
    width = roc.fpr[high] - roc.fpr[low]
    share = np.divide(at - roc.fpr[low], width, out=np.zeros_like(at), where=width > 0)
    base = np.where(width > 0, roc.tpr[low], roc.tpr[low] if side == "right" else roc.tpr[high])
    return np.asarray(base + share * np.where(width > 0, roc.tpr[high] - roc.tpr[low], 0.0))


def fine_bins(score: Floats) -> Ints:
    """(n,) place of each row among at most `N_FINE` bins of about equal size, the lowest scores first."""
    ordered = np.sort(score)
    edges = np.unique(ordered[np.arange(1, N_FINE) * len(score) // N_FINE])
    return np.searchsorted(edges, score, side="right").astype(np.int64)


def count_bins(event: Ints, place: Ints) -> Ints:
    """(N_FINE, 2) rows without and with the event by bin."""
    return np.bincount(place * 2 + event, minlength=2 * N_FINE).reshape(N_FINE, 2)


def joined(counts: Ints) -> Ints:
    """The same in `N_BINS` bins, as they are resampled."""
    return counts.reshape(N_BINS, -1, 2).sum(axis=1)


def draw_curves(counts: Ints, n_boot: int, rng: np.random.Generator) -> Floats:
    """(n_boot, grid) true-positive rates of resampled rows over a grid of false-positive rates.

    Events and others are drawn apart, so that both always occur.
    """
    drawn = []
    for outcome in (0, 1):
        share = counts[::-1, outcome] / counts[:, outcome].sum()
        rows = rng.multinomial(int(counts[:, outcome].sum()), share, size=n_boot)
        drawn.append(np.cumsum(rows, axis=1) / counts[:, outcome].sum())
    zero = np.zeros((n_boot, 1))
    fpr, tpr = np.hstack([zero, drawn[0]]), np.hstack([zero, drawn[1]])
    return np.stack([np.interp(_GRID, x, y) for x, y in zip(fpr, tpr, strict=True)])


def draw_curves_of_entities(
    groups: Sequence[tuple[Ints, Ints, Ints]], n_boot: int, rng: np.random.Generator
) -> list[Floats]:
    """(n_boot, grid) curves of each group of resampled entities, which are drawn once for all groups.

    Above 4,000 entities, random blocks of them are drawn, as in `resample.units_of`.

    Args:
        groups: Of each group (m,) events, (m,) places from `fine_bins`, (m,) entities, numbered from 0.
        n_boot: Replicates.
        rng: Source of the draws.
    """
    n_units = max(int(entity.max()) for _, _, entity in groups) + 1
    unit = np.arange(n_units)
    if n_units > _MOST_UNITS:
        unit = rng.permutation(n_units) % _MOST_UNITS
        n_units = _MOST_UNITS
    times = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n_boot).astype(np.float64)
    drawn = []
    for event, place, entity in groups:
        cell = place * N_BINS // N_FINE * 2 + event
        counts = np.bincount(unit[entity] * (2 * N_BINS) + cell, minlength=n_units * 2 * N_BINS)
        rows = times @ counts.reshape(n_units, 2 * N_BINS).astype(np.float64)
        drawn.append(_curves(rows.reshape(n_boot, N_BINS, 2)))
    return drawn


def _curves(rows: Floats) -> Floats:
    """(b, grid) curves of (b, bins, 2) rows; the lowest scores first."""
    summed = np.cumsum(rows[:, ::-1], axis=1)
    height = np.concatenate([np.zeros_like(summed[:, :1]), summed], axis=1)
    height /= np.maximum(summed[:, -1:], 1.0)
    return np.stack([np.interp(_GRID, each[:, 0], each[:, 1]) for each in height])


def heights(counts: Ints) -> Floats:
    """(grid,) true-positive rates of the rows as they are, over the same grid as those of drawn rows."""
    roc = roc_of_bins(counts)
    return np.interp(_GRID, roc.fpr, roc.tpr)


def areas(one: Floats, two: Floats) -> Floats:
    """(n_boot,) areas between drawn curves, by the trapezoid rule on the grid."""
    return np.asarray(np.trapezoid(np.abs(one - two), _GRID, axis=1))
