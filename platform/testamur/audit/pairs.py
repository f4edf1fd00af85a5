"""The extremes over all pairs of groups, bounded by the joint intervals of the pairs."""

from __future__ import annotations

import numpy as np

from testamur.audit.fairness_table import RateView
from testamur.audit.interval import Estimate, difference, ratio


def newcombe_words(view: RateView) -> str:
    """How the interval of a difference was made."""
    return f"Newcombe's score interval at the joint critical value {view.z:.2f}"


def widest_gap(view: RateView) -> tuple[Estimate, int, int]:
    """Largest difference over all pairs, with its groups.

    The joint intervals [l, u] of all pairs bound it: max l <= largest difference <= max |u|.
    """
    low, high = difference(
        view.value[:, None],
        view.low[:, None],
        view.high[:, None],
        view.value[None, :],
        view.low[None, :],
        view.high[None, :],
    )
    np.fill_diagonal(low, 0.0)
    np.fill_diagonal(high, 0.0)
    first, second = int(np.argmax(view.value)), int(np.argmin(view.value))
    if first == second:  # all rates are equal: name two different groups
        first, second = 0, 1
    value = float(view.value[first] - view.value[second])
    estimate = Estimate(
        value, min(max(float(low.max()), 0.0), value), max(float(high.max()), value), newcombe_words(view)
    )
    return estimate, first, second


def lowest_ratio(view: RateView) -> tuple[Estimate, int, int]:
    """Lowest rate over highest, bounded by the joint intervals of all pairs."""
    taken = np.flatnonzero(view.value > 0)  # a rate of 0 is no denominator
    low, high = ratio(
        view.value[:, None],
        view.low[:, None],
        view.high[:, None],
        view.value[None, taken],
        view.low[None, taken],
        view.high[None, taken],
    )
    same = np.arange(len(view.value))[:, None] == taken[None, :]
    low, high = np.where(same, 1.0, low), np.where(same, 1.0, high)
    first, second = int(np.argmin(view.value)), int(np.argmax(view.value))
    if first == second:
        first, second = 0, 1
    value = float(view.value[first] / view.value[second])
    method = f"MOVER-R of Wilson intervals at the joint critical value {view.z:.2f}"
    return (
        Estimate(value, min(float(low.min()), value), max(min(float(high.min()), 1.0), value), method),
        first,
        second,
    )
