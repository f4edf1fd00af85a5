"""How sure the frontier is: it is drawn again from resampled pasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur_finance.advice.walk import DAYS_A_YEAR
from testamur_finance.advice.weights import minimum_variance, shrunk_covariance
from testamur_finance.intervals import block_length, block_positions

Floats = NDArray[np.float64]

N_POINTS = 6
N_RESAMPLES = 40


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """Risk and return of efficient portfolios, as estimated and as resampled.

    Attributes:
        volatility: (P,) yearly, of the estimated frontier.
        mean: (P,) yearly return of it, by the same past.
        resampled: (B, P, 2) yearly volatility and return, by the true past, of weights found on resampled
            pasts: what an investor would have got who had seen another draw of the same years.
        spread: (N, 2) 10th and 90th percentile of each weight of least variance over the resamples.
    """

    volatility: Floats
    mean: Floats
    resampled: Floats
    spread: Floats


def resample_frontier(returns: Floats, *, most: float, rng: np.random.Generator) -> Frontier:
    """Efficient portfolios of least variance for returns from that of least variance to the best mean.

    R. Michaud: The Markowitz optimization enigma: is optimized optimal?, Financial Analysts Journal 45
    (1989) 31-42; pasts are resampled in circular blocks.

    Args:
        returns: (T, N) past returns.
        most: Largest single weight.
        rng: Source of the draws.
    """
    covariance, mean = shrunk_covariance(returns), returns.mean(axis=0)
    weights = efficient_weights(covariance, mean, most)
    length = block_length(len(returns))
    drawn = []
    for _ in range(N_RESAMPLES):
        again = returns[block_positions(len(returns), length, rng)]
        drawn.append(efficient_weights(shrunk_covariance(again), again.mean(axis=0), most))
    found = np.array(drawn)  # (B, P, N)
    return Frontier(
        *_risk_and_return(weights, covariance, mean),
        np.stack(_risk_and_return(found, covariance, mean), axis=-1),
        np.quantile(found[:, 0], [0.1, 0.9], axis=0).T,
    )


def efficient_weights(covariance: Floats, mean: Floats, most: float) -> Floats:
    """(P, N) weights of least variance for evenly spaced least returns."""
    first = minimum_variance(covariance, most=most)
    lowest, highest = float(first @ mean), _highest_return(mean, most)
    points = [first]
    for share in np.linspace(0, 1, N_POINTS)[1:]:
        least = lowest + 0.98 * share * max(highest - lowest, 0.0)
        points.append(minimum_variance(covariance, most=most, mean=mean, least_return=least))
    return np.array(points)


def _highest_return(mean: Floats, most: float) -> float:
    """The best mean that weights of at most `most` can have."""
    left, total = 1.0, 0.0
    for value in np.sort(mean)[::-1]:
        weight = min(most, left)
        total += weight * float(value)
        left -= weight
        if left <= 0:
            break
    return total


def _risk_and_return(weights: Floats, covariance: Floats, mean: Floats) -> tuple[Floats, Floats]:
    variance = np.einsum("...i,ij,...j->...", weights, covariance, weights)
    return np.sqrt(variance * DAYS_A_YEAR), weights @ mean * DAYS_A_YEAR
