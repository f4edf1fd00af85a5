"""The learned alternative: a buyer trained by playing on training days, then tried on held-out ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from testamur_retail.inventory.levels import Levels
from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.simulate import run_shop
from testamur_retail.inventory.terms import Terms

N_SHOPS = 192
N_REVIEWS = 16


def train_buyer(training: list[Floats], season: int, terms: Terms, *, seed: int, updates: int = 150) -> Any:
    """Train the policy on demand replayed from training steps.

    A shop is a random stretch of a random series, scaled by a random factor from 1/2 to 2, so that levels
    other
    than those seen are met.

    Args:
        training: The training steps of each series.
        season: Steps of the cycle.
        terms: The shop's terms.
        seed: Of everything random.
        updates: Batches of shops that are played.

    Returns:
        The policy, or None where no series is long enough to replay.
    """
    from testamur_retail.nets.reorder import FACTORS, Episode, learn

    needed = 2 * season + N_REVIEWS * terms.review
    pool = [np.nan_to_num(values) for values in training if values.size >= needed]
    if not pool:
        return None
    factors = np.asarray(FACTORS)

    def play(act: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> Any:
        past, demand = _replay(pool, 2 * season, terms.review, rng)
        scale = np.maximum(past.mean(axis=1), 1e-6)
        seen, done = [], []

        def decide(period: int, stock: Floats, position: Floats) -> Levels:
            recent = _recent(past, demand, period)
            states, base = describe(recent, season, stock, position, terms)
            action = act(states)
            seen.append(states)
            done.append(action)
            return as_levels(factors[action] * base)

        start = past[:, -season:].mean(axis=1) * terms.protection
        cost = run_shop(demand, start, decide, terms).cost / (scale[:, None] * terms.review * terms.shortage)
        return Episode(np.stack(seen), np.stack(done), cost.T)

    return learn(play, seed=seed, updates=updates)


def describe(
    recent: Floats, season: int, stock: Floats, position: Floats, terms: Terms
) -> tuple[Floats, Floats]:
    """What the policy sees, free of scale, and what its levels are factors of.

    Args:
        recent: (n, 2 season) the last two seasons.
        season: Steps of the cycle.
        stock: (n,) units.
        position: (n,) units in stock and under way.
        terms: The shop's terms.

    Returns:
        (n, 5) states, and (n,) last season's mean times R + L.
    """
    last, before = recent[:, -season:], recent[:, :season]
    mean = np.maximum(last.mean(axis=1), 1e-6)
    base = mean * terms.protection
    states = np.column_stack(
        [
            np.minimum(stock / base, 5.0),
            np.minimum(position / base, 5.0),
            np.log((last.mean(axis=1) + 0.1) / (before.mean(axis=1) + 0.1)).clip(-3, 3),
            np.minimum(last.std(axis=1) / mean, 5.0),
            np.log1p(mean) / 5.0,
        ]
    )
    return states, base


def as_levels(up_to: Floats) -> Levels:
    """Order up to a level at every review where the position lies below it."""
    return Levels(up_to - 1e-9, up_to)


def _replay(pool: list[Floats], n_past: int, review: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    length = n_past + N_REVIEWS * review
    rows = []
    for which in rng.integers(0, len(pool), N_SHOPS):
        values = pool[which]
        begin = rng.integers(0, values.size - length + 1)
        rows.append(values[begin : begin + length] * 2.0 ** rng.uniform(-1, 1))
    taken = np.stack(rows)
    return taken[:, :n_past], taken[:, n_past:].reshape(N_SHOPS, N_REVIEWS, review)


def _recent(past: Floats, demand: Floats, period: int) -> Floats:
    known = np.concatenate([past, demand[:, :period].reshape(len(past), -1)], axis=1)
    return known[:, -past.shape[1] :]
