"""Which items are alike beyond what ability explains: Yen's Q3."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur_education.irt.ability import Abilities
from testamur_education.irt.quadrature import Grid
from testamur_education.irt.two_pl import Items

Floats = NDArray[np.float64]


def residual_likeness(right: Floats, found: Abilities, items: Items, grid: Grid) -> Floats:
    """(j, j) correlation of the residuals of two items over people, negative values as 0, 1 with itself.

    Q3 (W. M. Yen 1984, Appl Psychol Meas 8:125). Its mean under independence, -1 / (j - 1), is added back.

    Args:
        right: (n, j) answers, NaN where none.
        found: Abilities of the same people.
        items: Fitted items.
        grid: Abilities.
    """
    chance = found.posterior @ items.chance(grid.nodes)  # (n, j)
    residual = np.where(np.isnan(right), 0.0, right - chance)
    spread = np.sqrt(np.maximum((residual**2).sum(axis=0), 1e-12))
    q3 = (residual.T @ residual) / np.outer(spread, spread) + 1.0 / max(right.shape[1] - 1, 1)
    alike = np.clip(q3, 0.0, 1.0)
    np.fill_diagonal(alike, 1.0)
    return alike
