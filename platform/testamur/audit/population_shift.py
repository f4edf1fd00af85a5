"""How far a column's distribution in test lies from that in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.squared_distance import squared_interval

_PSEUDO = 0.5  # rows added to every bin, so that an empty one has a finite logarithm
_TENTHS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """The population stability index of one column.

    Attributes:
        psi: sum over bins of (q - p) ln(q / p).
        expected: What the index is on average where nothing has shifted: (k - 1)(1/n + 1/m).
        p_value: Of a chi-square test that the two distributions are the same.
        estimate: The index with its score interval.
    """

    psi: float
    expected: float
    p_value: float
    estimate: Estimate


def stability_index(train: Ints, test: Ints) -> float:
    """PSI of two vectors of (k,) counts, half a row added to each bin."""
    p, q = (_shares(np.asarray(counts, dtype=np.float64)) for counts in (train, test))
    return float(_index(p, q))


def _shares(counts: Floats) -> Floats:
    filled = counts + _PSEUDO
    return np.asarray(filled / filled.sum(axis=-1, keepdims=True), dtype=np.float64)


def _index(p: Floats, q: Floats) -> Floats:
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1), dtype=np.float64)


def bins_of(train: Floats, test: Floats) -> tuple[Ints, Ints]:
    """Counts of numbers in tenths of the known training values, and of missing ones (NaN) last."""
    known = train[~np.isnan(train)]
    edges = np.unique(np.quantile(known, _TENTHS)) if known.size else np.zeros(0)
    return _counted(train, edges), _counted(test, edges)


def _counted(values: Floats, edges: Floats) -> Ints:
    bins = np.searchsorted(edges, values, side="left")
    bins = np.where(np.isnan(values), len(edges) + 1, bins)
    return np.bincount(bins.astype(np.int64), minlength=len(edges) + 2)


def levels_of(train: Ints, test: Ints) -> tuple[Ints, Ints]:
    """Counts of categorical codes."""
    size = int(max(train.max(initial=0), test.max(initial=0))) + 1
    return np.bincount(train, minlength=size), np.bincount(test, minlength=size)


def measure_shift(train: Ints, test: Ints, z: float) -> Shift:
    """The index of one column with its score interval and a test.

    Where little has shifted the index is a squared distance, sum (q - p)^2 / p: chance adds
    (k - 1)(1/n + 1/m) to it, with the variance 2 (k - 1)(1/n + 1/m)^2, and errors along the shift have the
    variance of the delta method. Bins that neither part has are left out.

    Args:
        train: (k,) counts in training.
        test: (k,) counts in test.
        z: Critical value.
    """
    from scipy.special import chdtrc

    used = (train + test) > 0
    train, test = train[used], test[used]
    n, m, k = int(train.sum()), int(test.sum()), len(train)
    p, q = _shares(train.astype(np.float64)), _shares(test.astype(np.float64))
    psi, once = float(_index(p, q)), 1 / n + 1 / m
    chance = (k - 1) * once
    along = _variance_along(p, q, n, m) / psi if psi > 0 else 4 * once
    low, high = squared_interval(psi, chance, along, 2 * chance * once, z)
    estimate = Estimate(psi, min(low, psi), max(high, psi), "score interval, less what chance adds", m)
    return Shift(psi, chance, _same(train, test, chdtrc), estimate)


def _variance_along(p: Floats, q: Floats, n: int, m: int) -> float:
    """Variance of the index by the delta method, its errors alone left out."""
    lift = np.log(q / p)
    of_train, of_test = 1 - q / p - lift, 1 - p / q + lift
    spread = (p @ of_train**2 - (p @ of_train) ** 2) / n + (q @ of_test**2 - (q @ of_test) ** 2) / m
    return float(max(spread, 0.0))


def _same(train: Ints, test: Ints, upper_tail: object) -> float:
    """Chi-square test of homogeneity of two rows of counts (Pearson 1900)."""
    if len(train) < 2:
        return 1.0
    table = np.stack([train, test]).astype(np.float64)
    wanted = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(((table - wanted) ** 2 / wanted).sum())
    return float(upper_tail(len(train) - 1, statistic))  # type: ignore[operator]
