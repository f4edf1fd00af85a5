"""Expected calibration error of binned risks, less its bias, with an interval in closed form."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Estimate, Floats, critical_value

_HALF_NORMAL = (2 / np.pi) ** 0.5  # E|Z|
_HALF_VARIANCE = 1 - 2 / np.pi
_HALF_THIRD = _HALF_NORMAL * (4 / np.pi - 1)  # third central moment of |Z|


def ece(counts: Floats, risk: Floats) -> Floats:
    """Expected calibration error minus its bias, at least 0.

    Per bin the observed gap d has standard error s, and E|N(d, s)| exceeds |d| by a known amount
    (folded normal); that amount is taken off, as Kumar, Liang and Ma
    (2019) do by simulation. Of perfectly calibrated risks about half of the plain error remains (the gap is
    itself estimated): an upper limit on the ECE is a cautious one.

    Args:
        counts: (..., k, 2) rows per bin and outcome.
        risk: (k, 2) mean risk per bin and outcome.

    Returns:
        (...) values.
    """
    from scipy.special import ndtr

    rows, observed, gap = _gaps(counts, risk)
    error = np.sqrt(np.maximum(observed * (1 - observed), 0.0) / np.maximum(rows, 1.0))
    ratio = gap / np.maximum(error, 1e-12)
    folded = error * _HALF_NORMAL * np.exp(-(np.minimum(ratio, 40) ** 2) / 2) + gap * (1 - 2 * ndtr(-ratio))
    debiased = np.where(error > 0, 2 * gap - folded, gap)
    value: Floats = np.maximum((rows * debiased).sum(axis=-1) / rows.sum(axis=-1), 0.0)
    return value


def ece_estimate(counts: Floats, risk: Floats, level: float) -> Estimate:
    """The debiased error with an interval made from the plain one, T = sum w |d|.

    With e = d_observed - d, normal with standard errors s, and theta = sum w |d|:

    - above: T >= sum w sign(d) d_observed, which is N(theta, sum w^2 s^2), whatever d is; hence
      theta <= T + z sqrt(sum w^2 s^2) at its level;
    - below: T - theta <= sum w a, where a = |e| in general (its largest: d = 0) and a = e sign(d) in
      bins whose sign is known. It is taken as known where |d_observed| > max(2, sqrt(ln n)) s
      (moment selection, Andrews and Soares 2010, Econometrica 78:119). The quantile of that sum is
      Cornish and Fisher's (1938) from its first three moments.

    s comes from the share moved by two rows of each outcome (Agresti and Coull 1998, Am Stat 52:119),
    so that a bin of one outcome has a width too. Rows count as independent.

    Args:
        counts: (k, 2) rows per bin and outcome.
        risk: (k, 2) mean risk per bin and outcome.
        level: Level of the interval.
    """
    z = critical_value(level)
    rows, _, gap = _gaps(counts, risk)
    share = (counts[:, 1] + z * z / 2) / (rows + z * z)
    error = np.sqrt(share * (1 - share) / rows)
    n = rows.sum()
    plain = float((rows * gap).sum() / n)
    spread = rows / n * error
    known = gap > max(2.0, np.log(n) ** 0.5) * error
    value = float(ece(counts, risk))
    low = max(plain - _excess(spread[~known], spread[known], z), 0.0)
    high = plain + z * float(np.sqrt((spread**2).sum()))
    method = "normal residuals of bins; moment selection below"
    return Estimate(value, min(low, value), max(high, value), method, int(n))


def _gaps(counts: Floats, risk: Floats) -> tuple[Floats, Floats, Floats]:
    """Rows, observed share of events, and size of the gap between it and the mean risk, per bin."""
    rows = counts.sum(axis=-1)
    safe = np.maximum(rows, 1.0)
    observed = counts[..., 1] / safe
    return rows, observed, np.abs(observed - (counts * risk).sum(axis=-1) / safe)


def _excess(folded: Floats, signed: Floats, z: float) -> float:
    """Upper quantile of sum folded |Z| + sum signed Z, at the normal quantile z."""
    variance = _HALF_VARIANCE * (folded**2).sum() + (signed**2).sum()
    third = _HALF_THIRD * (folded**3).sum()
    skewed = z + third / variance**1.5 * (z * z - 1) / 6
    return float(_HALF_NORMAL * folded.sum() + variance**0.5 * skewed)
