"""What a careful buyer does without a model: last season's sales again, and a safety stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtri

from testamur_retail.inventory.levels import Levels, spread_levels
from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.terms import Terms

RECENT = 26  # seasons of training errors that the safety stock is set from: older ones say little of today


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """Seasonal naive with safety stock, fitted on the steps before the first validation origin.

    Attributes:
        season: Steps of the cycle.
        error: (n,) root mean square error of the naive sum over R + L steps, per series, in units.
    """

    season: int
    error: Floats


def fit_rival(training: list[Floats], season: int, terms: Terms) -> Rival:
    """Measure how far the seasonal naive sum over R + L lay from the truth, per series.

    Args:
        training: The training steps of each series.
        season: Steps of the cycle.
        terms: The shop's terms.
    """
    kept = RECENT * season + terms.protection
    errors = [_errors(np.nan_to_num(values[-kept:]), season, terms.protection) for values in training]
    return Rival(season, np.array([np.sqrt(np.mean(error**2)) if error.size else 0.0 for error in errors]))


def rival_levels(rival: Rival, last: Floats, which: np.ndarray, terms: Terms) -> Levels:
    """Levels from the last season: its sum over R + L, and z sigma on top (Silver, Pyke, Thomas 2017, ch. 7).

    Args:
        rival: The fitted rule.
        last: (n, season) the last season before each origin.
        which: (n,) series of each origin.
        terms: The shop's terms.
    """
    ahead = last[:, np.arange(terms.protection) % rival.season]  # (n, R + L)
    reorder = ahead.sum(axis=1) + ndtri(terms.critical_ratio) * rival.error[which]
    return spread_levels(np.maximum(reorder, 0.0), last.mean(axis=1), terms)


def _errors(values: Floats, season: int, steps: int) -> Floats:
    if values.size < season + steps:
        return np.zeros(0)
    came = sliding_window_view(values[season:], steps).sum(axis=1)
    seasons = sliding_window_view(values, season)[: came.size]
    return np.asarray(came - seasons[:, np.arange(steps) % season].sum(axis=1))
