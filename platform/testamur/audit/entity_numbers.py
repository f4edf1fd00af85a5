"""Entities of a part, numbered from 0 without gaps: found once per part, however many checks ask."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from testamur.audit.interval import Ints
from testamur.contracts.table import RowsPart

_FOUND: WeakKeyDictionary[RowsPart, Ints | None] = WeakKeyDictionary()  # parts are frozen, and go with it


def numbers_of(part: RowsPart) -> Ints | None:
    """(n,) entities of the rows, numbered in the order of their codes; None where each row is its own."""
    if part.entity is None:
        return None
    if part not in _FOUND:
        code = renumbered(part.entity)
        shared = len(code) > 0 and int(code.max()) + 1 < len(code)
        _FOUND[part] = code if shared else None
    return _FOUND[part]


def renumbered(cluster: Ints) -> Ints:
    """(n,) the same entities, numbered from 0 without gaps, in the order of their codes."""
    least = int(cluster.min()) if len(cluster) else 0
    span = int(cluster.max()) - least + 1 if len(cluster) else 0
    if span > 4 * len(cluster) + 1024:  # codes with wide gaps: sorting is cheaper than a table of them
        _, code = np.unique(cluster, return_inverse=True)
        return code.astype(np.int64)
    moved = cluster - least
    present = np.zeros(span, np.int64)
    present[moved] = 1
    number: Ints = (np.cumsum(present) - 1)[moved]
    return number
