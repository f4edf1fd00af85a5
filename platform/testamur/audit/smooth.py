"""A smooth curve of an outcome over a probability: weighted local linear regression (lowess)."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Floats

SPAN = 0.75  # share of the rows in each neighbourhood, as in Austin and Steyerberg 2019
N_POINTS = 101


def lowess(x: Floats, y: Floats, weight: Floats, at: Floats, span: float = SPAN) -> Floats:
    """Local linear fit with tricube weights (Cleveland 1979, JASA 74:829; without robustness steps).

    Args:
        x: (m,) sorted positions, such as mean probabilities of small bins.
        y: (m,) mean outcomes.
        weight: (m,) rows of each.
        at: (k,) where the curve is wanted.
        span: Share of the total weight in each neighbourhood.

    Returns:
        (k,) fitted values, clipped to 0..1.
    """
    distance = np.abs(at[:, None] - x[None, :])
    reach = _reach(distance, weight, span * weight.sum())
    tricube = np.clip(1 - (distance / np.maximum(reach, 1e-12)[:, None]) ** 3, 0, None) ** 3 * weight
    total = tricube.sum(axis=1)
    mean_x, mean_y = tricube @ x / total, tricube @ y / total
    centred = x[None, :] - mean_x[:, None]
    spread = (tricube * centred**2).sum(axis=1)
    slope = np.divide((tricube * centred) @ y, spread, out=np.zeros_like(total), where=spread > 1e-12)
    fitted: Floats = np.clip(mean_y + slope * (at - mean_x), 0.0, 1.0)
    return fitted


def _reach(distance: Floats, weight: Floats, wanted: float) -> Floats:
    """Distance within which each position finds the wanted weight, a little enlarged."""
    order = np.argsort(distance, axis=1)
    sums = np.cumsum(weight[order], axis=1)
    place = np.minimum((sums < wanted).sum(axis=1), distance.shape[1] - 1)
    return (
        np.take_along_axis(distance, np.take_along_axis(order, place[:, None], axis=1), axis=1)[:, 0]
        * 1.000001
    )
