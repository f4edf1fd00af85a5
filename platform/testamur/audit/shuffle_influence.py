"""The average loss over shuffles, with what each row adds to its error, as receiver and as giver of a cell.

A loss by shuffling belongs to two rows: the one it is measured on, and the one whose cell came. A row with
an extreme cell is both, so that counting rows as receivers alone makes intervals too short. The variance sums
the products of all pairs of losses that share a row (dyadic clustering: Aronow, Samii and Assenova 2015,
Political Analysis 23:564).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from testamur.audit.interval import Ints
from testamur.audit.primary import Scored


def over_shuffles(losses: Sequence[Scored], orders: Sequence[Ints]) -> Scored:
    """The mean of losses of the same rows; the squares of its influences sum to the variance by pairs.

    Never less than the variance of the rows that are measured on.

    Args:
        losses: One per shuffle, (n,) influences each.
        orders: (n,) per shuffle: whose cell came to each row.
    """
    value = float(np.mean([loss.value for loss in losses]))
    each = np.stack([loss.influence for loss in losses])  # (n_shuffles, n)
    own, giver = each.mean(axis=0), np.zeros(each.shape[1])
    for influence, order in zip(each, orders, strict=True):
        giver[order] += influence / len(losses)
    both = own + giver
    size = float(both @ both)
    if size == 0.0:
        return Scored(value, own)
    by_pairs = size - float((each**2).sum()) / len(losses) ** 2
    return Scored(value, both * (max(by_pairs, float(own @ own)) / size) ** 0.5)
