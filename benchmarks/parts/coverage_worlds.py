"""Worlds whose truth is known, and what it means that an interval holds it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testamur.audit.interval import Estimate

LEVEL, Z, N_BOOT = 0.95, 1.959964, 500
Rng = np.random.Generator
Method = Callable[[Rng], bool]  # draws a sample, makes the interval, says whether it holds the truth


def holds(estimate: Estimate, truth: float) -> bool:
    """Whether an interval holds the truth."""
    return bool(estimate.low - 1e-12 <= truth <= estimate.high + 1e-12)


WORLDS = {"off": (0.2, 0.8), "slightly off": (0.05, 0.95), "as stated": (0.0, 1.0), "useless": (0.0, 0.0)}


def stated(r: Rng, n: int, world: str = "off") -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and risks; `off` is too extreme: the slope is 0.8, the intercept 0.2."""
    intercept, slope = WORLDS[world]
    x = r.normal(size=n) * 1.2
    event = (r.random(n) < 1 / (1 + np.exp(-(intercept + slope * x)))).astype(np.int64)
    return event, 1 / (1 + np.exp(-x))
