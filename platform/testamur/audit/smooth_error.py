"""Integrated calibration index: how far the stated risks lie from a smooth curve of what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Estimate, Floats, critical_value
from testamur.audit.smooth import SPAN, smoother

N_POINTS = 101  # of the curve as it is drawn
_N_DRAWS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """The smooth curve at the stated risks of fine bins, and how far it may be off.

    Attributes:
        stated: (m,) mean risk of each bin, ascending.
        curve: (m,) smooth share of events there, 0 to 1.
        share: (m,) of the rows.
        error: (m, m) errors of the curve are this times m independent standard normals.
        n: Rows.
    """

    stated: Floats
    curve: Floats
    share: Floats
    error: Floats
    n: int

    @property
    def points(self) -> list[list[float]]:
        """The curve as it is drawn."""
        at = np.interp(np.linspace(0, 1, N_POINTS), np.linspace(0, 1, len(self.stated)), self.stated)
        curve = np.interp(at, self.stated, self.curve)
        return [[round(float(x), 5), round(float(y), 5)] for x, y in zip(at, curve, strict=True)]


def smooth_of(counts: Floats, risk: Floats, z: float) -> Smooth:
    """The smooth curve through fine bins.

    It is a weighted mean of the bins' shares, whose variances p (1 - p) / rows are known up to p; that is
    the curve's own value, moved by two rows of each outcome in its neighbourhood (Agresti and Coull 1998).

    Args:
        counts: (m, 2) rows per bin without and with the event, at least one in each bin.
        risk: (m, 2) mean risk of each.
        z: Critical value, from which the two rows are.
    """
    rows = counts.sum(axis=1)
    stated = (counts * risk).sum(axis=1) / rows
    order = np.argsort(stated, kind="stable")
    stated, rows, events = stated[order], rows[order], counts[order, 1]
    weights = smoother(stated, rows, stated)
    curve = np.clip(weights @ (events / rows), 0.0, 1.0)
    n = float(rows.sum())
    p = (SPAN * n * curve + z * z / 2) / (SPAN * n + z * z)
    return Smooth(stated, curve, rows / n, weights * np.sqrt(p * (1 - p) / rows), int(n))


def ici_estimate(smooth: Smooth, level: float, rng: np.random.Generator) -> Estimate:
    """ICI = mean |curve - p| over the rows (Austin and Steyerberg 2019, Stat Med 38:4051) with an interval.

    A mean of sizes is biased upwards near 0, and no bootstrap turns that round. As for the ECE, with
    T = sum w |d_observed|, theta = sum w |d| of the smooth curve of everybody, and e the curve's errors:

    - above: T >= sum w sign(d) d_observed, hence theta <= T + z sd(sum w sign(d) e) whatever the signs
      are; where they are not known, the signs that make it largest are taken;
    - below: T - theta <= sum w a, with a = e sign(d) where the sign is known, |e| elsewhere; its quantile
      comes from normal draws of the correlated errors. A sign is known where |d_observed| exceeds
      max(2, sqrt(ln n)) standard errors (moment selection, Andrews and Soares 2010, Econometrica 78:119).

    Both count, too, which risks happen to be in the sample: var(|d|) / n. What the smooth itself
    cannot see (waves narrower than three quarters of the rows) is no part of the index.

    Args:
        smooth: From `smooth_of`.
        level: Level of the interval.
        rng: Source of the draws.
    """
    z, w = critical_value(level), smooth.share
    gap = smooth.curve - smooth.stated
    sign, size = np.where(gap < 0, -1.0, 1.0), np.abs(gap)
    value = float(w @ size)
    known = size > max(2.0, np.log(smooth.n) ** 0.5) * np.sqrt((smooth.error**2).sum(axis=1))
    among = max(float(w @ size**2) - value**2, 0.0) / smooth.n
    high = value + z * (_largest_variance(smooth.error * (w * sign)[:, None], known) + among) ** 0.5
    drawn = rng.normal(size=(_N_DRAWS, len(w))) @ smooth.error.T
    excess = np.where(known, drawn * sign, np.abs(drawn)) @ w + among**0.5 * rng.normal(size=_N_DRAWS)
    low = max(value - float(np.quantile(excess, (1 + level) / 2)), 0.0)
    method = "normal errors of the smooth curve; moment selection below"
    return Estimate(value, min(low, value), max(high, value), method, smooth.n)


def _largest_variance(error: Floats, known: np.ndarray) -> float:
    """Largest variance of a sum of errors of which the signs of some are not known: a bound.

    Args:
        error: (m, m) each row one signed error, in independent standard normals.
        known: (m,) whose sign is known.
    """
    covariance = error @ error.T
    return float(np.where(known[:, None] & known, covariance, np.abs(covariance)).sum())
