"""Makes each moment count once where records overlap, in one device or between several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from testamur_health.wearable.log import Readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]


def uncovered_share(readings: Readings, priority: Sequence[int]) -> Float64:
    """Share of each record's time that no record before it covers.

    Records come in the order of their source's priority, within a source by start. A record that lasts
    no time counts in full unless a covered stretch holds its moment.

    Args:
        readings: n records, by start.
        priority: Sources, the one that counts first in front.

    Returns:
        (n,) from 0 (another record says it already) to 1 (nothing else does).
    """
    share = np.zeros(readings.start.size)
    covered = np.zeros((0, 2), dtype=np.int64)  # disjoint stretches, by start
    for source in priority:
        mine = np.flatnonzero(readings.source == source)
        start, end = readings.start[mine], readings.end[mine]
        begin = np.maximum(start, _latest_end_before(end))  # what the same source did not say before
        fresh = np.maximum(end - begin, 0) - _length_within(covered, np.minimum(begin, end), end)
        lasts = end > start
        share[mine] = np.where(
            lasts, fresh / np.maximum(end - start, 1), ~_inside(covered, start) & (begin <= start)
        )
        covered = _merged(np.concatenate([covered, np.column_stack([start, end])[lasts]]))
    return share


def _latest_end_before(end: Int64) -> Int64:
    """(n,) latest end of the records before each."""
    before = np.full(end.size, np.iinfo(np.int64).min)
    if end.size > 1:
        before[1:] = np.maximum.accumulate(end)[:-1]
    return before


def _merged(stretches: Int64) -> Int64:
    """Disjoint stretches that cover what (n, 2) stretches cover."""
    if not len(stretches):
        return stretches
    stretches = stretches[np.argsort(stretches[:, 0], kind="stable")]
    reach = np.maximum.accumulate(stretches[:, 1])
    first = np.ones(len(stretches), dtype=np.bool_)
    first[1:] = stretches[1:, 0] > reach[:-1]
    last = np.append(first[1:], True)
    return np.column_stack([stretches[first, 0], reach[last]])


def _length_until(covered: Int64, moment: Int64) -> Int64:
    """Covered seconds before each moment."""
    lengths = covered[:, 1] - covered[:, 0]
    before = np.concatenate([[0], np.cumsum(lengths)])
    index = np.searchsorted(covered[:, 0], moment, side="right")
    last = np.maximum(index - 1, 0)
    over = np.where(index > 0, np.clip(covered[last, 1] - moment, 0, None), 0)
    found: Int64 = before[index] - over
    return found


def _length_within(covered: Int64, start: Int64, end: Int64) -> Int64:
    if not len(covered):
        return np.zeros(start.size, dtype=np.int64)
    return _length_until(covered, end) - _length_until(covered, start)


def _inside(covered: Int64, moment: Int64) -> NDArray[np.bool_]:
    if not len(covered):
        return np.zeros(moment.size, dtype=np.bool_)
    index = np.searchsorted(covered[:, 0], moment, side="right")
    inside: NDArray[np.bool_] = (index > 0) & (covered[np.maximum(index - 1, 0), 1] > moment)
    return inside
