"""Rows that agree in some columns, counted: sizes of their classes, and how a value is spread in each.

Columns come as codes from 0. A mixed-radix number joins them; where few numbers are possible, one
``bincount`` counts every class, else one sort does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints

_DENSE_CELLS = 1 << 24  # counts held at once: 128 MB
_FEW_CELLS = 1 << 16
_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Rows with the same values of the chosen columns, by class.

    Attributes:
        rows: (k,) rows of each class.
        spread: (k, w) rows of each class by sensitive value, or None where none was given.
    """

    rows: Ints
    spread: Ints | None


def join_codes(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, int]:
    """One number per row that two rows share exactly where they agree in every column.

    Args:
        codes: (n,) codes of each column, from 0 to its size - 1.
        sizes: Values of each column.

    Returns:
        (n,) numbers, and how many are possible; both stay below 2^62, as what occurs is renumbered before.
    """
    joined, n_joined = np.zeros(len(codes[0]) if codes else 0, np.int64), 1
    for code, size in zip(codes, sizes, strict=True):
        if n_joined * size >= _LARGEST:
            found, joined = np.unique(joined, return_inverse=True)
            n_joined = len(found)
        joined *= size
        joined += code
        n_joined *= size
    return joined, n_joined


def count_classes(
    codes: Sequence[Ints], sizes: Sequence[int], sensitive: Ints | None = None, n_sensitive: int = 1
) -> Classes:
    """Sizes of the classes and the spread of a sensitive value in each; classes in no order.

    Args:
        codes: (n,) codes of each column.
        sizes: Values of each column.
        sensitive: (n,) codes of the sensitive value, or None.
        n_sensitive: Its values.
    """
    joined, n_joined = join_codes(codes, sizes)
    width = n_sensitive if sensitive is not None else 1
    if n_joined * width > min(_DENSE_CELLS, max(_FEW_CELLS, 8 * len(joined))):
        found, joined = _renumbered(joined)
        n_joined = len(found)
    if sensitive is None:
        rows = np.bincount(joined, minlength=n_joined)
        return Classes(rows[rows > 0], None)
    joined += sensitive * n_joined  # a value's counts lie together: sums over values run along the memory
    spread = np.bincount(joined, minlength=n_joined * width).reshape(width, n_joined).T
    rows = spread.sum(axis=1)
    occupied = rows > 0
    return Classes(rows[occupied], spread if occupied.all() else spread[occupied])


def _renumbered(joined: Ints) -> tuple[Ints, Ints]:
    """Distinct numbers, and each row's place among them, by one sort."""
    order = np.argsort(joined, kind="stable")
    ordered = joined[order]
    new = np.empty(len(ordered), bool)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    place = np.empty(len(ordered), np.int64)
    place[order] = np.cumsum(new) - 1
    return ordered[new], place


def diversity(classes: Classes) -> Ints:
    """(k,) distinct sensitive values in each class (Machanavajjhala et al. 2007)."""
    assert classes.spread is not None
    return np.count_nonzero(classes.spread, axis=1).astype(np.int64)


def closeness(classes: Classes, *, ordered: bool) -> Floats:
    """(k,) earth mover's distance of each class's spread from that of all rows (Li et al. 2007).

    With values that have no order every move costs 1, and the distance is the total variation; with
    ordered ones a move by one of w - 1 places costs 1/(w - 1).

    Args:
        classes: Classes with their spread.
        ordered: True for numbers, False for categories.
    """
    assert classes.spread is not None
    counts = classes.spread
    whole = counts.sum(axis=0) / max(int(counts.sum()), 1)
    found = np.empty(len(counts))
    step = max(1, (1 << 21) // max(counts.shape[1], 1))
    for first in range(0, len(counts), step):
        chunk = counts[first : first + step]
        gap = chunk / chunk.sum(axis=1, keepdims=True) - whole
        if ordered and counts.shape[1] > 1:
            moved = np.abs(np.cumsum(gap, axis=1)).sum(axis=1) / (counts.shape[1] - 1)
        else:
            moved = np.abs(gap).sum(axis=1) / 2
        found[first : first + step] = moved
    return found
