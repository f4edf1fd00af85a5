"""Tests of forecasts: Diebold-Mariano with a robust variance, Kupiec's and Christoffersen's of coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Test:
    """A test's statistic, two-sided p-value and number of moments."""

    statistic: float
    p_value: float
    n: int


def diebold_mariano(gain: Floats, *, horizon: int = 1) -> Test:
    """Whether a mean difference in loss is zero (Diebold, Mariano 1995, JBES 13:253).

    The long-run variance is Newey and West's (1987) with Bartlett weights and floor(4 (n/100)^(2/9)) lags,
    at least horizon - 1; the statistic is corrected for small samples and held against Student's t
    (Harvey, Leybourne, Newbold 1997). A series without any spread has statistic 0 and p-value 1.

    Args:
        gain: (n,) loss of the other less loss of the model, in order of time; above 0: the model is better.
        horizon: Steps ahead.
    """
    from scipy.stats import t as student

    n = len(gain)
    lags = max(int(4 * (n / 100) ** (2 / 9)), horizon - 1)
    variance = long_run_variance(gain, min(lags, n - 1))
    if variance <= 0:
        return Test(0.0, 1.0, n)
    correction = np.sqrt(max(n + 1 - 2 * horizon + horizon * (horizon - 1) / n, 1e-12) / n)
    statistic = float(correction * gain.mean() / np.sqrt(variance / n))
    return Test(statistic, float(2 * student.sf(abs(statistic), n - 1)), n)


def long_run_variance(values: Floats, lags: int) -> float:
    """Newey-West estimate: gamma_0 + 2 sum_k (1 - k/(lags+1)) gamma_k."""
    centred = values - values.mean()
    n = len(values)
    total = float(centred @ centred) / n
    for k in range(1, lags + 1):
        total += 2 * (1 - k / (lags + 1)) * float(centred[k:] @ centred[:-k]) / n
    return total


def kupiec(hits: Bools, level: float) -> Test:
    """Whether a quantile is undershot as often as stated (Kupiec 1995, J. Derivatives 3:73).

    LR = -2 log [ (1-a)^(n-x) a^x / ((1-x/n)^(n-x) (x/n)^x) ], chi-squared with 1 degree of freedom.

    Args:
        hits: (n,) True where the value fell below (upper levels: above) the quantile.
        level: Stated share of hits.
    """
    n, x = len(hits), int(hits.sum())
    return _chi_squared(-2 * (_log_likelihood(x, n, level) - _log_likelihood(x, n, x / n)), 1, n)


def christoffersen(hits: Bools, level: float) -> Test:
    """Whether hits come as often as stated and one by one (Christoffersen 1998, Int. Econ. Rev. 39:841).

    Conditional coverage: Kupiec's LR plus that of independence against a first-order Markov chain,
    chi-squared with 2 degrees of freedom.
    """
    before, after = hits[:-1], hits[1:]
    counts = [[int(np.sum((before == i) & (after == j))) for j in (False, True)] for i in (False, True)]
    (n00, n01), (n10, n11) = counts
    apart = _log_likelihood(n01, n00 + n01, _share(n01, n00 + n01))
    apart += _log_likelihood(n11, n10 + n11, _share(n11, n10 + n11))
    n, x = len(after), n01 + n11
    together = _log_likelihood(x, n, _share(x, n))
    stated = _log_likelihood(x, n, level)
    return _chi_squared(-2 * (stated - together) - 2 * (together - apart), 2, n)


def holm(p_values: Floats) -> Floats:
    """(k,) p-values adjusted for k tests at once (Holm 1979)."""
    order = np.argsort(p_values)
    k = len(p_values)
    grown = np.maximum.accumulate(p_values[order] * (k - np.arange(k)))
    adjusted = np.empty(k)
    adjusted[order] = np.minimum(grown, 1.0)
    return adjusted


def _log_likelihood(x: int, n: int, share: float) -> float:
    """Log of share^x (1 - share)^(n - x), with 0 log 0 = 0."""
    total = 0.0
    if x:
        total += x * np.log(share) if share > 0 else -np.inf
    if n - x:
        total += (n - x) * np.log1p(-share) if share < 1 else -np.inf
    return float(total)


def _share(x: int, n: int) -> float:
    return x / n if n else 0.0


def _chi_squared(statistic: float, degrees: int, n: int) -> Test:
    from scipy.stats import chi2

    statistic = max(statistic, 0.0)
    return Test(float(statistic), float(chi2.sf(statistic, degrees)), n)
