"""Rows that agree in some columns, counted: sizes of their classes, and how a value is spread in each.

Columns come as codes from 0. A mixed-radix number joins them; where few numbers are possible, one
``bincount`` counts every class, else one sort does. What only asks *whether* a value occurs in a class
marks a byte, which is a third of the time of counting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Floats, Ints

_DENSE_CELLS = 1 << 24  # counts held at once: 128 MB
_FEW_CELLS = 1 << 16
_CHUNK = 1 << 21  # numbers worked on at once
_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Rows with the same values of the chosen columns, by class.

    Attributes:
        number: (n,) number of each row's class, from 0.
        counts: (m,) rows by number; 0 where no row has it.
    """

    number: Ints
    counts: Ints

    @property
    def rows(self) -> Ints:
        """(k,) rows of each class that occurs."""
        return self.counts.take(np.flatnonzero(self.counts))


def join_codes(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, int]:
    """One number per row that two rows share exactly where they agree in every column.

    Args:
        codes: (n,) codes of each column, from 0 to its size - 1; at least one column.
        sizes: Values of each column.

    Returns:
        (n,) numbers, and how many are possible; both stay below 2^62, as what occurs is renumbered before.
    """
    joined, n_joined = codes[0].astype(np.int64), sizes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        if n_joined * size >= _LARGEST:
            joined, n_joined = _renumbered(joined, n_joined)
        joined *= size
        joined += code
        n_joined *= size
    return joined, n_joined


def find_classes(codes: Sequence[Ints], sizes: Sequence[int]) -> Classes:
    """The class of each row and the sizes of the classes, in no order.

    Args:
        codes: (n,) codes of each column, from 0 to its size - 1; at least one column.
        sizes: Values of each column.
    """
    number, n_numbers = join_codes(codes, sizes)
    if n_numbers > min(_DENSE_CELLS, max(_FEW_CELLS, 8 * len(number))):
        number, n_numbers = _renumbered(number, n_numbers)
    return Classes(number, np.bincount(number, minlength=n_numbers))


def _renumbered(joined: Ints, n_joined: int) -> tuple[Ints, int]:
    """Each row's place among the distinct numbers, and how many these are; by one sort.

    Number and row in one word are sorted four times as fast as an order is found.
    """
    bits = len(joined).bit_length()
    if n_joined << bits <= _LARGEST:
        both = np.sort((joined << bits) | np.arange(len(joined)))
        order, ordered = both & ((1 << bits) - 1), both >> bits
    else:
        order = np.argsort(joined, kind="stable")
        ordered = joined[order]
    place = np.empty(len(ordered), np.int64)
    place[order] = np.cumsum(_first_of_each(ordered)) - 1
    return place, int(place.max(initial=-1)) + 1


def _first_of_each(ordered: Ints) -> np.ndarray:
    """(n,) bool: True where another number begins."""
    new = np.empty(len(ordered), bool)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def diversity(classes: Classes, sensitive: Ints, n_sensitive: int) -> Ints:
    """(k,) distinct sensitive values in each class that occurs (Machanavajjhala et al. 2007).

    Args:
        classes: The classes.
        sensitive: (n,) codes of the sensitive value.
        n_sensitive: Its values.
    """
    n_numbers = len(classes.counts)
    if n_numbers * n_sensitive > _DENSE_CELLS:
        pairs = np.sort(classes.number * n_sensitive + sensitive)
        found = np.bincount(pairs[_first_of_each(pairs)] // n_sensitive, minlength=n_numbers)
    else:
        seen = np.zeros((n_sensitive, n_numbers), np.bool_)  # sums over values run along the memory
        seen.reshape(-1)[sensitive * n_numbers + classes.number] = True
        kind = np.uint8 if n_sensitive < 256 else np.int64
        found = seen.view(np.uint8).sum(axis=0, dtype=kind)
    return found.take(np.flatnonzero(classes.counts)).astype(np.int64)


def closeness(classes: Classes, sensitive: Ints, n_sensitive: int, *, ordered: bool) -> Floats:
    """(k,) earth mover's distance of each class's spread from that of all rows (Li et al. 2007).

    With values that have no order every move costs 1, and the distance is the total variation; with
    ordered ones a move by one of w - 1 places costs 1/(w - 1).

    Args:
        classes: The classes.
        sensitive: (n,) codes of the sensitive value.
        n_sensitive: Its values, w.
        ordered: True for numbers, False for categories.
    """
    whole = np.bincount(sensitive, minlength=n_sensitive)[:, None] / max(len(sensitive), 1)
    found = []
    for counts in _spreads(classes, sensitive, n_sensitive):  # (w, some classes)
        gap = counts / counts.sum(axis=0) - whole
        if ordered and n_sensitive > 1:
            found.append(np.abs(np.cumsum(gap, axis=0)).sum(axis=0) / (n_sensitive - 1))
        else:
            found.append(np.abs(gap).sum(axis=0) / 2)
    return np.concatenate(found)


def _spreads(classes: Classes, sensitive: Ints, n_sensitive: int) -> Iterator[Ints]:
    """(w, some) rows by sensitive value, of some classes after another; all that occur in the end."""
    rows = classes.rows
    place = np.cumsum(classes.counts > 0) - 1
    number = place[classes.number]  # without those that do not occur
    some = max(1, _CHUNK // max(n_sensitive, 1))
    if len(rows) > some:
        order = np.argsort(number, kind="stable")
        number, sensitive = number[order], sensitive[order]
    ends = np.concatenate([[0], np.cumsum(rows)])
    for first in range(0, len(rows), some):
        last = min(first + some, len(rows))
        here = slice(ends[first], ends[last])
        cells = sensitive[here] * (last - first) + number[here] - first
        counts = np.bincount(cells, minlength=n_sensitive * (last - first))
        yield counts.reshape(n_sensitive, last - first)
