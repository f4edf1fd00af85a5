"""A lower bound of epsilon from one training: Steinke, Nasr and Jagielski, NeurIPS 2023.

Units are dealt into the training rows by independent fair coins. Whoever sees the trained model guesses the
coins of some units and abstains on the rest. Under (epsilon, delta)-differential privacy the number of right
guesses is hardly more than binomial with e^epsilon / (1 + e^epsilon); too many of them refute an epsilon.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np

from testamur.audit.interval import Floats
from testamur.audit.membership_scores import Bools

BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Shares of the units that are guessed, half as in and half as out: fixed before any score is seen."""

_FAR = 12.0  # standard deviations of the binomial beyond which its terms are below any delta


@dataclass(frozen=True, slots=True)
class Guesses:
    """The guesses at one budget.

    Attributes:
        n: Guesses.
        right: How many of them are right.
        epsilon: What they refute everything below of, at the joint confidence.
    """

    n: int
    right: int
    epsilon: float


def refutation(n_units: int, n: int, right: int, epsilon: float, delta: float) -> float:
    """Largest probability of `right` or more right guesses under (epsilon, delta)-privacy.

    beta + 2 m delta max_i P(v - i <= W < v) / i with W binomial(n, e^eps / (1 + e^eps)) and beta =
    P(W >= v) (Steinke, Nasr and Jagielski 2023, theorem 5.2 and appendix D). The terms are summed at once,
    and only those that lie near the middle of W: the mean of the first i terms has its largest value there.

    Args:
        n_units: Units that were dealt by coins, m.
        n: Guesses, r.
        right: Right ones among them, v.
        epsilon: At least 0.
        delta: At least 0.
    """
    from scipy.stats import binom

    q = 1.0 / (1.0 + exp(-epsilon))
    beyond = float(binom.sf(right - 1, n, q))
    if delta <= 0.0 or right == 0:
        return min(beyond, 1.0)
    lowest = max(0, int(n * q - _FAR * (n * q * (1 - q)) ** 0.5 - _FAR))
    terms = binom.pmf(np.arange(right - 1, min(lowest, right - 1) - 1, -1), n, q)
    largest = float((np.cumsum(terms) / np.arange(1, len(terms) + 1)).max())
    return min(beyond + largest * delta * 2 * n_units, 1.0)


def refuted_epsilon(n_units: int, n: int, right: int, delta: float, p_value: float) -> float:
    """The largest epsilon that `right` of `n` guesses refute, 0 where they refute none.

    Without delta it has a closed form: the Clopper-Pearson lower end of the share of right guesses, as a
    logit. Delta moves it down a little; Brent's method finds it from there.

    Args:
        n_units: Units that were dealt by coins.
        n: Guesses.
        right: Right ones among them.
        delta: Of the guarantee that is tried.
        p_value: Probability of refuting what holds.
    """
    from scipy.optimize import brentq
    from scipy.special import betaincinv

    if right == 0 or n == 0 or refutation(n_units, n, right, 0.0, delta) >= p_value:
        return 0.0
    share = float(betaincinv(right, n - right + 1, p_value))
    upper = log(share / (1.0 - share))
    if delta <= 0.0 or refutation(n_units, n, right, upper, delta) <= p_value:
        return max(upper, 0.0)
    found = brentq(lambda e: refutation(n_units, n, right, e, delta) - p_value, 0.0, upper, xtol=1e-10)
    return float(found)


def guess_coins(member: Bools, score: Floats, delta: float, level: float = 0.95) -> list[Guesses]:
    """The bound at every budget, jointly at `level` (Bonferroni over the budgets).

    The lowest score is never guessed as in, the highest never as out: where all are alike nothing is guessed.

    Args:
        member: (m,) the coins.
        score: (m,) higher means rather in; must not depend on the coins but through the trained model.
        delta: Of the guarantee that is tried.
        level: Joint confidence.
    """
    m = len(member)
    order = np.argsort(score, kind="stable")
    above, below = int((score > score.min()).sum()), int((score < score.max()).sum())
    found = []
    for share in BUDGETS:
        half = max(1, int(m * share / 2))
        first, last = order[: min(half, below)], order[m - min(half, above) :]
        right = int(member[last].sum()) + int((~member[first]).sum())
        n = len(first) + len(last)
        epsilon = refuted_epsilon(m, n, right, delta, (1.0 - level) / len(BUDGETS))
        found.append(Guesses(n, right, epsilon))
    return found
