"""A grid of abilities with the weights of the standard normal distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_NODES = 41
WIDEST = 4.5  # standard deviations; beyond it lies less than one person in 100,000


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Abilities and their prior weights.

    Attributes:
        nodes: (k,) abilities, equally spaced, growing.
        weights: (k,) of the standard normal, summing to 1.
    """

    nodes: Floats
    weights: Floats


def normal_grid(n_nodes: int = N_NODES, widest: float = WIDEST) -> Grid:
    """Equally spaced nodes from -widest to widest (rectangle rule, Bock and Aitkin 1981).

    Args:
        n_nodes: Number of nodes, 3 at least.
        widest: Distance of the outermost node from 0.
    """
    nodes = np.linspace(-widest, widest, n_nodes)
    density = np.exp(-0.5 * nodes**2)
    return Grid(nodes, density / density.sum())
