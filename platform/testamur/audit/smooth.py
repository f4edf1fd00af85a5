"""A smooth curve of an outcome over a probability: weighted local linear regression (lowess)."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Floats

SPAN = 0.75  # share of the rows in each neighbourhood, as in Austin and Steyerberg 2019


def smoother(x: Floats, weight: Floats, at: Floats, span: float = SPAN) -> Floats:
    """What each outcome contributes to the smooth curve: a local linear fit is a weighted mean of outcomes.

    Tricube weights (Cleveland 1979, JASA 74:829; without robustness steps).

    Args:
        x: (m,) sorted positions, such as mean probabilities of small bins.
        weight: (m,) rows of each.
        at: (k,) where the curve is wanted.
        span: Share of the total weight in each neighbourhood.

    Returns:
        (k, m) weights, each row summing to 1; some may be below 0.
    """
    distance = np.abs(at[:, None] - x[None, :])
    reach = _reach(distance, weight, span * weight.sum())
    ratio = distance / np.maximum(reach, 1e-12)[:, None]
    near = np.clip(1 - ratio * ratio * ratio, 0, None)
    tricube = near * near * near * weight
    total = tricube.sum(axis=1)
    mean = tricube @ x / total
    centred = x[None, :] - mean[:, None]
    pulled = tricube * centred
    spread = (pulled * centred).sum(axis=1)
    tilt = np.divide(at - mean, spread, out=np.zeros_like(total), where=spread > 1e-12)
    return np.asarray(tricube / total[:, None] + pulled * tilt[:, None])


def lowess(x: Floats, y: Floats, weight: Floats, at: Floats, span: float = SPAN) -> Floats:
    """(k,) the smooth curve of the (m,) mean outcomes `y`, clipped to 0..1; else as `smoother`."""
    return np.clip(smoother(x, weight, at, span) @ y, 0.0, 1.0)


def _reach(distance: Floats, weight: Floats, wanted: float) -> Floats:
    """Distance within which each position finds the wanted weight, a little enlarged."""
    order = np.argsort(distance, axis=1)
    sums = np.cumsum(weight[order], axis=1)
    place = np.minimum((sums < wanted).sum(axis=1), distance.shape[1] - 1)
    return (
        np.take_along_axis(distance, np.take_along_axis(order, place[:, None], axis=1), axis=1)[:, 0]
        * 1.000001
    )
