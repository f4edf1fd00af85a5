"""How far a column's distribution in test lies from that in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints

_PSEUDO = 0.5  # rows added to every bin, so that an empty one has a finite logarithm
_TENTHS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """The population stability index of one column.

    Attributes:
        psi: sum over bins of (q - p) ln(q / p).
        expected: What the index is on average where nothing has shifted: (k - 1)(1/n + 1/m).
        p_value: Of a chi-square test that the two distributions are the same.
        estimate: The index with a bootstrap interval.
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


def measure_shift(train: Ints, test: Ints, level: float, n_boot: int, rng: np.random.Generator) -> Shift:
    """The index of one column with its interval and a test.

    The interval is a basic bootstrap one of the index less what chance alone adds to it, so it does not
    count the upward bias of the index twice. Bins that neither part has are left out.

    Args:
        train: (k,) counts in training.
        test: (k,) counts in test.
        level: Of the interval.
        n_boot: Replicates.
        rng: Source of the draws.
    """
    from scipy.special import chdtrc

    used = (train + test) > 0
    train, test = train[used], test[used]
    n, m, k = int(train.sum()), int(test.sum()), len(train)
    psi = stability_index(train, test)
    chance = (k - 1) * (1 / n + 1 / m)
    drawn = _index(
        _shares(rng.multinomial(n, train / n, size=n_boot).astype(np.float64)),
        _shares(rng.multinomial(m, test / m, size=n_boot).astype(np.float64)),
    )
    q_low, q_high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    low, high = max(2 * psi - float(q_high), 0.0), 2 * psi - float(q_low)
    estimate = Estimate(psi, min(low, psi), max(high, psi), "bootstrap of the bins, basic", m)
    return Shift(psi, chance, _same(train, test, chdtrc), estimate)


def _same(train: Ints, test: Ints, upper_tail: object) -> float:
    """Chi-square test of homogeneity of two rows of counts (Pearson 1900)."""
    if len(train) < 2:
        return 1.0
    table = np.stack([train, test]).astype(np.float64)
    wanted = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(((table - wanted) ** 2 / wanted).sum())
    return float(upper_tail(len(train) - 1, statistic))  # type: ignore[operator]
