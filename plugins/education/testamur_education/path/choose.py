"""What to practise next: gain, coverage of the bank and diversity, weighed openly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur_education.irt.two_pl import Items

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each aim counts; they sum to 1.

    Attributes:
        gain: Expected rise of the chance of a right answer per unit of ability, over the item's best.
        coverage: Share of the bank that the item newly stands for.
        diversity: One minus the likeness to what was chosen already.
    """

    gain: float = 0.7
    coverage: float = 0.15
    diversity: float = 0.15


def expected_gain(posterior: Floats, items: Items, nodes: Floats) -> Floats:
    """(n, j) expected derivative of the chance by ability: E[a p (1 - p)] over each posterior.

    It is largest where an item is as hard as the person is able: too easy and too hard items both gain
    little. It says what a small rise of ability would change, not that practice brings that rise.
    """
    chance = items.chance(nodes)  # (k, j)
    gain: Floats = posterior @ (items.slope * chance * (1 - chance))
    return gain


def choose_path(
    gain: Floats, alike: Floats, open_items: NDArray[np.int64], n_chosen: int, weights: Weights | None = None
) -> list[int]:
    """Items one after the other, each with the best weighed sum given those before it.

    Greedy maximal marginal relevance (Carbonell and Goldstein 1998) with a facility-location term for
    coverage (Lin and Bilmes 2011).

    Args:
        gain: (j,) expected gain of one person.
        alike: (j, j) likeness from 0 to 1.
        open_items: Positions that may be chosen.
        n_chosen: How many.
        weights: `Weights()` when None.

    Returns:
        Positions in the order of practice.
    """
    weights = weights or Weights()
    best = float(gain[open_items].max()) if len(open_items) else 0.0
    scaled = gain / best if best > 0 else gain
    stood_for = np.zeros(alike.shape[0])
    nearest = np.zeros(alike.shape[0])
    chosen: list[int] = []
    left = list(open_items.tolist())
    most_covered = max(float(alike[:, left].sum(axis=0).max()) if left else 0.0, 1e-12)
    while left and len(chosen) < n_chosen:
        fresh = np.maximum(alike[:, left] - stood_for[:, None], 0.0).sum(axis=0) / most_covered
        score = (
            weights.gain * scaled[left] + weights.coverage * fresh + weights.diversity * (1 - nearest[left])
        )
        pick = left.pop(int(np.argmax(score)))
        chosen.append(pick)
        stood_for = np.maximum(stood_for, alike[:, pick])
        nearest = np.maximum(nearest, alike[pick])
    return chosen


def gini(counts: Floats) -> float:
    """How unevenly counts fall: 0 all alike, near 1 all on one."""
    ordered = np.sort(counts)
    n, total = len(ordered), float(ordered.sum())
    if total == 0:
        return 0.0
    ranks = np.arange(1, n + 1)
    return float((2 * ranks - n - 1) @ ordered / (n * total))
