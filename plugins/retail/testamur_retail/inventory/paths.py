"""Sampled demand paths from the quantiles of a forecast: a Gaussian copula ties the days together.

Along each day the quantile function is linear in the normal score z between the stated quantiles and goes on
with the slope of the outermost pair beyond them (normal tails); demand is never below 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Normal scores of sampled paths as weights on the stated quantiles, the same for every forecast.

    Because the weights do not depend on the forecast, all its paths are one matrix product, and two plans are
    compared on the same luck.

    Attributes:
        weights: (H, P, Q) weight of each quantile in path p's demand on day h.
    """

    weights: Floats

    def demand(self, quantiles: Floats) -> Floats:
        """(n, P, H) demand on each day of each path.

        Args:
            quantiles: (n, H, Q) of n forecasts, growing along the last axis.
        """
        by_day = np.matmul(quantiles.transpose(1, 0, 2), self.weights.transpose(0, 2, 1))  # (H, n, P)
        return np.maximum(by_day.transpose(1, 2, 0), 0.0)


def draw_scores(correlation: Floats, n_paths: int, rng: np.random.Generator) -> Floats:
    """(P, H) correlated normal scores, in antithetic pairs so that their mean is 0.

    Args:
        correlation: (H, H) positive definite.
        n_paths: P, even.
        rng: Source of the draws.
    """
    root = np.linalg.cholesky(correlation)
    half = rng.standard_normal((n_paths // 2, correlation.shape[0])) @ root.T
    return np.concatenate([half, -half])


def make_draws(scores: Floats, levels: tuple[float, ...]) -> Draws:
    """Weights on the quantiles for given normal scores.

    Args:
        scores: (P, H) normal scores.
        levels: The Q stated levels, ascending, at least two.
    """
    knots = ndtri(np.asarray(levels))  # (Q,)
    left = np.clip(np.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 2)  # (P, H)
    share = (scores - knots[left]) / (knots[left + 1] - knots[left])  # below 0 and above 1 in the tails
    weights = np.zeros((*scores.shape, len(knots)))  # (P, H, Q)
    np.put_along_axis(weights, left[..., None], (1.0 - share)[..., None], axis=2)
    np.put_along_axis(weights, left[..., None] + 1, share[..., None], axis=2)
    return Draws(weights.transpose(1, 0, 2))


def score_observed(
    quantiles: Floats, observed: Floats, levels: tuple[float, ...], bound: float = 3.0
) -> Floats:
    """(n, H) normal scores of what was observed under its forecast, within +-`bound`; NaN where unknown.

    The inverse of the quantile function above; where quantiles coincide (days without demand), the middle of
    the stretch is taken.

    Args:
        quantiles: (n, H, Q).
        observed: (n, H).
        levels: The Q stated levels.
        bound: Scores further out are brought to it.
    """
    knots = ndtri(np.asarray(levels))
    below = (quantiles < observed[..., None]).sum(axis=2)  # (n, H) quantiles below what came
    not_above = (quantiles <= observed[..., None]).sum(axis=2)
    scores = 0.5 * (
        _one_side(quantiles, observed, knots, below) + _one_side(quantiles, observed, knots, not_above)
    )
    return np.where(np.isnan(observed), np.nan, np.clip(scores, -bound, bound))


def _one_side(quantiles: Floats, observed: Floats, knots: Floats, rank: NDArray[np.int64]) -> Floats:
    left = np.clip(rank - 1, 0, len(knots) - 2)  # (n, H)
    low = np.take_along_axis(quantiles, left[..., None], axis=2)[..., 0]
    high = np.take_along_axis(quantiles, left[..., None] + 1, axis=2)[..., 0]
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(
            width > 0,
            (observed - low) / width,
            np.where(rank <= left, -9.0, np.where(observed > low, 9.0, 0.5)),
        )
    inside = (rank > 0) & (rank < len(knots))
    share = np.where(inside, np.clip(share, 0.0, 1.0), share)
    return knots[left] + share * (knots[left + 1] - knots[left])
