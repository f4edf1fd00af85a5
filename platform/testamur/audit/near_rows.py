"""Rows that agree in all features but one, found without comparing every pair.

The hash of a row is a sum over its cells, so that leaving one feature out is one subtraction. Whatever
two hashes say is verified on the cells themselves before it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsPart

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]
_ODD = np.random.default_rng(20260726).integers(1, 2**63, 4096, dtype=np.uint64) * 2 + 1


def cells_of_rows(parts: Sequence[RowsPart]) -> list[Any]:
    """One array of comparable cells per feature, over the rows of the parts: as the model sees them."""
    n_numeric = parts[0].numeric.shape[1]
    columns = []
    for j in range(n_numeric):
        bits = np.concatenate([np.ascontiguousarray(part.numeric[:, j]).view(np.uint32) for part in parts])
        missing = np.concatenate([part.missing[:, j] for part in parts])
        columns.append(bits.astype(np.uint64) + (missing.astype(np.uint64) << np.uint64(32)))
    for j in range(parts[0].categorical.shape[1]):
        columns.append(np.concatenate([part.categorical[:, j] for part in parts]).astype(np.uint64))
    return columns


def _hash(column: Hashes, position: int) -> Hashes:
    """Mixes one feature's cells (after the finaliser of SplitMix64)."""
    mixed = column * _ODD[2 * position % len(_ODD)] + _ODD[(2 * position + 1) % len(_ODD)]
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return mixed


def near_rows(columns: Sequence[Hashes], known: Mask) -> tuple[Mask, Mask]:
    """Rows for which another row agrees in all features but exactly one.

    Args:
        columns: (n,) cells of each feature.
        known: (n,) rows of the past.

    Returns:
        (n,) rows with such a one anywhere; (n,) rows that are not known with such a one among the known.
    """
    n = len(columns[0])
    hashes = [_hash(column, position) for position, column in enumerate(columns)]
    whole = np.sum(hashes, axis=0, dtype=np.uint64)
    anywhere, later = np.zeros(n, bool), np.zeros(n, bool)
    for position, own in enumerate(hashes):
        rest = whole - own
        rows = _crowded(rest)
        if len(rows):
            anywhere[rows] |= _differing(columns, position, rest[rows], rows, None)
            later[rows] |= _differing(columns, position, rest[rows], rows, known)
    return anywhere, later


def _crowded(rest: Hashes) -> NDArray[np.int64]:
    """Rows whose hash another row seems to have too, by its upper half.

    Sorting numbers is several times faster than ordering rows, and short ones sort faster still.
    """
    upper = (rest >> np.uint64(32)).astype(np.uint32)
    ordered = np.sort(upper)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return np.zeros(0, np.int64)
    again = again[np.r_[True, again[1:] != again[:-1]]]
    half = np.uint32(16)
    told = np.zeros(1 << 16, bool)
    told[again >> half] = True  # most rows are told apart by one look into a small table
    rows = np.flatnonzero(told[upper >> half])
    place = np.minimum(np.searchsorted(again, upper[rows]), len(again) - 1)
    return rows[again[place] == upper[rows]]


def _differing(
    columns: Sequence[Hashes], position: int, rest: Hashes, rows: NDArray[np.int64], known: Mask | None
) -> Mask:
    """Of the rows, those with the same rest as another that differs in the feature at `position`."""
    order = np.argsort(rest, kind="stable")
    ordered = rest[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    run = np.repeat(np.arange(len(start)), np.diff(np.r_[start, len(ordered)]))
    cell = columns[position][rows[order]]
    several = np.maximum.reduceat(cell, start) != np.minimum.reduceat(cell, start)
    hit = several[run]
    if known is not None:
        of_known = known[rows[order]]
        hit &= (np.add.reduceat(of_known.astype(np.int64), start) > 0)[run] & ~of_known
        lead = _first_known(of_known, start)
        partner = rows[order][lead[run]]
        hit &= columns[position][rows[order]] != columns[position][partner]
    else:
        partner = rows[order][start[run]]
    for other, column in enumerate(columns):  # what two hashes say is verified
        if other != position and hit.any():
            mine = np.flatnonzero(hit)
            hit[mine] = column[rows[order][mine]] == column[partner[mine]]
    found = np.zeros(len(rows), bool)
    found[order] = hit
    return found


def _first_known(of_known: Mask, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the first known row of each run; its first row where it has none."""
    place = np.where(of_known, np.arange(len(of_known)), len(of_known))
    first = np.minimum.reduceat(place, start)
    return np.where(first == len(of_known), start, first)
