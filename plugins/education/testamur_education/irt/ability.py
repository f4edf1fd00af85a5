"""A person's ability given answers: the whole posterior, its mean and an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur_education.irt.quadrature import Grid
from testamur_education.irt.two_pl import Items, log_likelihood

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Abilities:
    """What is known of n people.

    Attributes:
        posterior: (n, k) weight of each ability of the grid, summing to 1.
        mean: (n,) expected ability (EAP), in standard deviations of the people the items were fitted to.
        error: (n,) standard deviation of the posterior.
        low: (n,) lower end of the credible interval with equal tails.
        high: (n,) upper end.
        n_answers: (n,) answers it rests on.
    """

    posterior: Floats
    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    n_answers: Floats


def estimate_abilities(right: Floats, items: Items, grid: Grid, *, level: float = 0.9) -> Abilities:
    """Posterior of every person (Bock and Mislevy 1982, Appl Psychol Meas 6:431).

    Args:
        right: (n, j) 1 right, 0 wrong, NaN not answered.
        items: Fitted items, taken as known.
        grid: Abilities and prior weights.
        level: Of the credible interval.
    """
    known = ~np.isnan(right)
    log_post = log_likelihood(
        np.where(known, right, 0.0), known, items.slope, items.difficulty, grid.nodes
    ) + np.log(grid.weights)
    return summarise(normalise(log_post), grid, known.sum(axis=1).astype(np.float64), level)


def normalise(log_weight: Floats) -> Floats:
    """Weights along the last axis that sum to 1, from their logarithms."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    total: Floats = weight / weight.sum(axis=-1, keepdims=True)
    return total


def summarise(posterior: Floats, grid: Grid, n_answers: Floats, level: float) -> Abilities:
    """Mean, standard deviation and interval of (n, k) posteriors."""
    mean = posterior @ grid.nodes
    error = np.sqrt(np.maximum(posterior @ grid.nodes**2 - mean**2, 0.0))
    tail = (1 - level) / 2
    return Abilities(
        posterior=posterior,
        mean=mean,
        error=error,
        low=quantile(posterior, grid.nodes, tail),
        high=quantile(posterior, grid.nodes, 1 - tail),
        n_answers=n_answers,
    )


def quantile(posterior: Floats, nodes: Floats, share: float) -> Floats:
    """(n,) ability below which `share` of each posterior lies, linear between the edges of the cells."""
    width = nodes[1] - nodes[0]
    cumulative = np.cumsum(posterior, axis=1)
    cell = np.minimum((cumulative < share).sum(axis=1), len(nodes) - 1)
    rows = np.arange(len(posterior))
    inside = posterior[rows, cell]
    below = cumulative[rows, cell] - inside
    part = np.where(inside > 0, (share - below) / np.where(inside > 0, inside, 1.0), 0.5)
    found: Floats = nodes[cell] + width * (np.clip(part, 0, 1) - 0.5)
    return found


def reliability(abilities: Abilities) -> float:
    """Share of the variance of ability that the estimates keep: var(EAP) / (var(EAP) + mean error^2)."""
    spread = float(abilities.mean.var())
    noise = float((abilities.error**2).mean())
    return spread / (spread + noise) if spread + noise > 0 else 0.0
