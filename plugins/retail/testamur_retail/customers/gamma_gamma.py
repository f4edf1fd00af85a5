"""Gamma-Gamma: what a customer spends on one purchase, given the mean of the purchases seen.

P. Fader, B. Hardie: The Gamma-Gamma model of monetary value, note of 2013 (brucehardie.com/notes/025). A
purchase is
Gamma(p, nu), and nu ~ Gamma(q, v) over customers; value and frequency are taken to be independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from testamur_retail.customers.bg_nbd import FEWEST_REPEATS, Floats


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Fitted parameters.

    Attributes:
        p: Shape of one purchase.
        q: Shape over the customers.
        v: Scale, in money.
    """

    p: float
    q: float
    v: float

    def expected_value(self, repeats: Floats, mean: Floats) -> Floats:
        """(n,) expected value of a purchase: p (v + x m) / (p x + q - 1).

        Args:
            repeats: (n,) purchases that the mean is over; 0 gives the population's mean.
            mean: (n,) their mean value; ignored where `repeats` is 0.
        """
        x = repeats
        return self.p * (self.v + np.where(x > 0, x * mean, 0.0)) / (self.p * x + max(self.q - 1.0, 1e-3))


def fit_gamma_gamma(repeats: Floats, mean: Floats) -> GammaGamma:
    """Maximum likelihood over the customers with a repeat purchase and a mean above 0.

    Args:
        repeats: (n,) purchases that the mean is over.
        mean: (n,) their mean value.

    Raises:
        ValueError: Fewer than 50 such customers.
    """
    used = (repeats > 0) & (mean > 0)
    if int(used.sum()) < FEWEST_REPEATS:
        raise ValueError(
            f"{FEWEST_REPEATS} customers with a second purchase of some value are required, however: "
            f"{int(used.sum())}"
        )
    x, m = repeats[used], mean[used]
    scale = float(m.mean())
    unit = m / scale

    def loss(logs: Floats) -> float:
        p, q, v = np.exp(logs)
        return -float(
            np.mean(
                gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
                + q * np.log(v) + (p * x - 1.0) * np.log(unit) + p * x * np.log(x)
                - (p * x + q) * np.log(v + x * unit)
            )
        )  # fmt: skip

    found = minimize(loss, np.log([6.0, 4.0, 0.5]), method="L-BFGS-B", bounds=[(-6.0, 8.0)] * 3)
    p, q, v = (float(value) for value in np.exp(found.x))
    return GammaGamma(p, q, v * scale)
