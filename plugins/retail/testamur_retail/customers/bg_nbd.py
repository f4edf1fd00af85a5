"""BG/NBD: how often customers buy while they are customers, and when they silently cease to be.

P. Fader, B. Hardie, K. L. Lee: "Counting your customers" the easy way, Marketing Science 2005;24:275-284.
While active a customer buys at rate lambda ~ Gamma(r, alpha); after each purchase the customer leaves for
good
with probability p ~ Beta(a, b). Times are in weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Floats = NDArray[np.float64]
FEWEST_REPEATS = 50  # customers who bought again: fewer do not settle four parameters


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """What BG/NBD needs to know of n customers.

    Attributes:
        repeats: (n,) x: days with a purchase after the first one.
        recency: (n,) t_x: weeks from the first to the last purchase; 0 without a repeat.
        age: (n,) T: weeks from the first purchase to the end of observation.
    """

    repeats: Floats
    recency: Floats
    age: Floats


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Fitted parameters.

    Attributes:
        r: Shape of the purchase rate.
        alpha: Its scale, in weeks.
        a: First parameter of the drop-out probability.
        b: Second.
        log_likelihood: Sum over the customers, with the constant of the paper.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def chance_alive(self, given: Purchases) -> Floats:
        """(n,) probability of still being a customer at the end of observation.

        1 / (1 + [x > 0] a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x)) (Fader, Hardie: note of 2008).
        """
        x = given.repeats
        with np.errstate(over="ignore"):
            left = (
                self.a
                / (self.b + np.maximum(x, 1.0) - 1.0)
                * np.exp((self.r + x) * np.log((self.alpha + given.age) / (self.alpha + given.recency)))
            )
        return np.asarray(np.where(x > 0, 1.0 / (1.0 + left), 1.0))

    def chance_of_none(self, given: Purchases, weeks: float) -> Floats:
        """(n,) probability of no purchase in the next `weeks`.

        A customer who is active at T leaves after a purchase only, so that none comes with probability
        E exp(-lambda t) = ((alpha + T) / (alpha + T + t))^(r + x), lambda given activity being
        Gamma(r + x, alpha + T).
        """
        alive = self.chance_alive(given)
        base = self.alpha + given.age
        return 1.0 - alive + alive * np.exp((self.r + given.repeats) * np.log(base / (base + weeks)))

    def expected_purchases(self, given: Purchases, weeks: float) -> Floats:
        """(n,) expected purchases in the next `weeks` (equation 10 of the paper).

        Where `a` lies within 1e-6 of 1 the formula is 0/0 and `a` is moved aside by that much.
        """
        x, a = given.repeats, self.a if abs(self.a - 1.0) > 1e-6 else 1.0 + 1e-6
        z = weeks / (self.alpha + given.age + weeks)
        last = a + self.b + x - 1.0
        # Euler: (1-z)^(r+x) F(r+x, b+x; c; z) = (1-z)^(a-1) F(a+b-1-r, a-1; c; z); its terms stay small.
        grown = 1.0 - (1.0 - z) ** (a - 1.0) * hyp2f1(a + self.b - 1.0 - self.r, a - 1.0, last, z)
        return last / (a - 1.0) * grown * self.chance_alive(given)


def fit_bg_nbd(given: Purchases) -> BgNbd:
    """Maximum likelihood (equation 6 of the paper), over the logarithms of the four parameters.

    Customers with the same (x, t_x, T) are counted once with their number.

    Raises:
        ValueError: Fewer than 50 customers bought again.
    """
    if int((given.repeats > 0).sum()) < FEWEST_REPEATS:
        raise ValueError(
            f"{FEWEST_REPEATS} customers with a second purchase are required, however: "
            f"{int((given.repeats > 0).sum())}"
        )
    rows, counts = np.unique(
        np.column_stack([given.repeats, given.recency, given.age]), axis=0, return_counts=True
    )
    once = Purchases(rows[:, 0], rows[:, 1], rows[:, 2])
    n = counts.sum()

    def loss(logs: Floats) -> float:
        return -float(counts @ log_likelihood(once, *np.exp(logs))) / n

    found = min(
        (
            minimize(loss, np.log(start), method="L-BFGS-B", bounds=[(-8.0, 8.0)] * 4)
            for start in ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5))
        ),
        key=lambda result: float(result.fun),
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha, a, b, -float(found.fun) * float(n))


def log_likelihood(given: Purchases, r: float, alpha: float, a: float, b: float) -> Floats:
    """(n,) ln L(r, alpha, a, b | x, t_x, T).

    Args:
        given: The customers.
        r: Shape of the purchase rate.
        alpha: Its scale.
        a: First parameter of the drop-out.
        b: Second.
    """
    x, recency, age = given.repeats, given.recency, given.age
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    left = betaln(a + 1.0, b + np.maximum(x, 1.0) - 1.0) - betaln(a, b) - (r + x) * np.log(alpha + recency)
    return np.asarray(shared + np.where(x > 0, np.logaddexp(stayed, left), stayed))
