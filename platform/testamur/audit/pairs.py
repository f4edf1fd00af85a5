"""The extremes over all pairs of groups, bounded by the joint intervals of the pairs."""

from __future__ import annotations

import numpy as np

from testamur.audit.fairness_table import RateView
from testamur.audit.interval import Estimate, difference, ratio


def newcombe_words(view: RateView) -> str:
    """How the interval of a difference was made."""
    on = "" if view.tied is None else " on effective rows"
    return f"Newcombe's score interval{on} at the joint critical value {view.z:.2f}"


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
        view.tied,
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


def score_test(view: RateView, first: int, second: int) -> float:
    """Two-sided p value that two rates are equal, on effective rows: the variance is that of their mean.

    Rao and Scott 1992, Biometrics 48:577: what holds for independent rows holds for rows over their design
    effect; entities with rows in both groups bring the covariance.
    """
    from scipy.special import ndtr

    one, two = float(view.worth[first]), float(view.worth[second])
    common = (one * view.value[first] + two * view.value[second]) / (one + two)
    tied = 0.0 if view.tied is None else float(view.tied[first, second])
    spread = common * (1 - common) * (1 / one + 1 / two - 2 * tied / (one * two) ** 0.5)
    gap = abs(float(view.value[first] - view.value[second]))
    return 1.0 if spread <= 0 or gap == 0 else float(2 * ndtr(-gap / spread**0.5))


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
        0.0 if view.tied is None else view.tied[:, taken],
    )
    same = np.arange(len(view.value))[:, None] == taken[None, :]
    low, high = np.where(same, 1.0, low), np.where(same, 1.0, high)
    first, second = int(np.argmin(view.value)), int(np.argmax(view.value))
    if first == second:
        first, second = 0, 1
    value = float(view.value[first] / view.value[second])
    on = "" if view.tied is None else " on effective rows"
    method = f"MOVER-R of Wilson intervals{on} at the joint critical value {view.z:.2f}"
    return (
        Estimate(value, min(float(low.min()), value), max(min(float(high.min()), 1.0), value), method),
        first,
        second,
    )
