"""Mantel-Haenszel: the odds of a right answer in two groups, among people of the same total score."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DELTA = -2.35  # from log odds ratio to the delta scale of ETS: below 0, harder for the focal group


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """One item in a focal group against a reference group.

    Attributes:
        log_odds: Logarithm of the common odds ratio, reference over focal; above 0 the item is harder for
            the focal group.
        error: Standard error of `log_odds` (Robins, Breslow and Greenland 1986).
        p_value: Two-sided, of the chi-square with continuity correction.
        n_focal: People of the focal group in strata that count.
        n_reference: People of the reference group there.
    """

    log_odds: float
    error: float
    p_value: float
    n_focal: int
    n_reference: int

    @property
    def delta(self) -> float:
        """MH D-DIF of ETS: -2.35 times the log odds ratio."""
        return DELTA * self.log_odds

    @property
    def delta_error(self) -> float:
        """Standard error of `delta`."""
        return abs(DELTA) * self.error


def mantel_haenszel(
    right: NDArray[np.float64], focal: NDArray[np.bool_], stratum: NDArray[np.int64]
) -> MantelHaenszel | None:
    """The common odds ratio over strata, or None where no stratum tells anything.

    Args:
        right: (n,) 1 right, 0 wrong.
        focal: (n,) True in the focal group, False in the reference group.
        stratum: (n,) number of the stratum, from 0: people of like ability.
    """
    n_strata = int(stratum.max()) + 1 if stratum.size else 0
    cells = {
        (who, what): np.bincount(stratum[(focal == who) & (right == what)], minlength=n_strata).astype(float)
        for who in (False, True)
        for what in (1.0, 0.0)
    }
    a, b = cells[False, 1.0], cells[False, 0.0]
    c, d = cells[True, 1.0], cells[True, 0.0]
    total, m1, m0 = a + b + c + d, a + c, b + d
    counts = (a + b > 0) & (c + d > 0)
    a, b, c, d, total, m1, m0 = (x[counts] for x in (a, b, c, d, total, m1, m0))
    r, s = a * d / total, b * c / total
    if not r.sum() or not s.sum():
        return None
    log_odds = log(r.sum() / s.sum())
    p, q = (a + d) / total, (b + c) / total
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    spread = np.where(
        total > 1, (a + b) * (c + d) * m1 * m0 / (total**2 * np.maximum(total - 1, 1)), 0.0
    ).sum()
    distance = max(abs(float((a - (a + b) * m1 / total).sum())) - 0.5, 0.0)
    chi = distance / sqrt(spread) if spread > 0 else 0.0
    found = MantelHaenszel(
        log_odds=log_odds,
        error=sqrt(variance),
        p_value=2 * (1 - NormalDist().cdf(chi)),
        n_focal=int((c + d).sum()),
        n_reference=int((a + b).sum()),
    )
    return found if isfinite(found.error) else None


def ets_class(found: MantelHaenszel, level: float = 0.95) -> str:
    """A negligible, B moderate, C large (Zieky 1993; Dorans and Holland 1993).

    C: size of delta at least 1.5 and significantly above 1. A: below 1, or not significantly different
    from 0. B: the rest.
    """
    size, error = abs(found.delta), found.delta_error
    one_sided = NormalDist().inv_cdf(level)
    if size >= 1.5 and (size - 1.0) / error > one_sided:
        return "C"
    two_sided = NormalDist().inv_cdf((1 + level) / 2)
    return "A" if size < 1.0 or size / error <= two_sided else "B"
