"""Intervals from resampled rows or people, and from their influences when a model is asked again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from parts.coverage_worlds import LEVEL, N_BOOT, Method, Rng, Z, holds

from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.local_effects import local_effects
from testamur.audit.made_rows import Cells
from testamur.audit.primary import estimate_of
from testamur.audit.shuffled import Importance, permutation_importance
from testamur.audit.tried_rows import tried_rows

_WEIGHTS = np.array([1.0, 0.5, 0.15])


def losses(n: int, size: int = 1) -> Callable[[Rng], bool]:
    """Bootstrap of mean losses over rows, or over people."""

    def run(r: Rng) -> bool:
        person = np.repeat(np.arange(n // size), size)
        loss = np.exp(0.5 * (r.normal(size=n // size)[person] + r.normal(size=n)))
        (estimate,) = mean_gains(
            loss[:, None],
            lambda means: means,
            level=LEVEL,
            n_boot=N_BOOT,
            rng=r,
            cluster=None if size == 1 else person,
            n_own=1,
        )
        return holds(estimate, float(np.exp(0.25)))

    return run


def benefit(r: Rng) -> bool:
    """Bootstrap of net benefit: few different rows, drawn as patterns."""
    chosen, event = r.random(400) < 0.4, r.random(400) < 0.5
    worth = np.where(chosen, np.where(event, 1.0, -0.25), 0.0)
    (estimate,) = mean_gains(worth[:, None], lambda m: m, level=LEVEL, n_boot=N_BOOT, rng=r, n_own=1)
    return holds(estimate, 0.4 * (0.5 - 0.125))


def root(n: int) -> Callable[[Rng], bool]:
    """Bootstrap of a root mean squared error: a function of a mean."""

    def run(r: Rng) -> bool:
        squared = r.normal(size=(n, 1)) ** 2
        (estimate,) = mean_gains(squared, np.sqrt, level=LEVEL, n_boot=N_BOOT, rng=r, n_own=1)
        return holds(estimate, 1.0)

    return run


def gain(n: int, size: int) -> Callable[[Rng], bool]:
    """Bootstrap over people of the gain in mean loss over another prediction of the same rows."""

    def run(r: Rng) -> bool:
        person = np.repeat(np.arange(n // size), size)
        common = r.normal(size=n // size)[person]
        columns = np.exp(0.5 * (common[:, None] + r.normal(size=(n, 2))) + [0.0, 0.1])
        _, _, estimate = mean_gains(
            columns,
            lambda m: np.concatenate([m, m[..., 1:] - m[..., :1]], axis=-1),
            level=LEVEL,
            n_boot=N_BOOT,
            rng=r,
            cluster=person,
            n_own=2,
        )
        return holds(estimate, float(np.exp(0.25) * (np.exp(0.1) - 1)))

    return run


def _shuffled(r: Rng, n: int, n_shuffles: int) -> list[Importance]:
    numbers = r.normal(size=(n, 3))
    event = (r.random(n) < 1 / (1 + np.exp(-(numbers @ _WEIGHTS)))).astype(int)
    model = LinearModel(tuple(_WEIGHTS), logistic=True)
    rows = tried_rows(with_model(model, numbers, event), r, most=n)
    orders = [r.permutation(n) for _ in range(n_shuffles)]
    return permutation_importance(rows, [[0], [1], [2]], ["a", "b", "c"], orders)


@cache
def _true_importance() -> list[float]:
    """AUC lost by shuffling, over 1.6 million rows."""
    drawn = [[i.loss.value for i in _shuffled(np.random.default_rng([9, k]), 200_000, 1)] for k in range(8)]
    return [float(v) for v in np.mean(drawn, axis=0)]


def importance(column: int, n: int, n_shuffles: int) -> Callable[[Rng], bool]:
    """Interval of the AUC lost when a column is shuffled, from the rows' influences."""

    def run(r: Rng) -> bool:
        found = _shuffled(r, n, n_shuffles)[column]
        return holds(estimate_of(found.loss, Z), _true_importance()[column])

    return run


def span(n: int, slope: float) -> Callable[[Rng], bool]:
    """Interval of the span of a number's local effects, which another number bends; truth for its edges."""
    many = np.random.default_rng(9).normal(size=20_000)

    def said(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(slope * first + first * second + second)))

    def run(r: Rng) -> bool:
        numbers = r.normal(size=(n, 2))
        cells = Cells(numbers, np.zeros(numbers.shape, dtype=bool), 2)
        effects = local_effects(lambda c: said(c.values[:, 0], c.values[:, 1]), cells, 0)
        if effects is None:
            return False
        curve = np.array([said(edge, many).mean() for edge in effects.edges])
        return holds(effects.span_estimate(LEVEL, r), float(np.ptp(curve)))

    return run


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    return {
        "bootstrap, mean loss: 200 rows": losses(200),
        "bootstrap, clustered, mean loss: 60 people of 4": losses(240, 4),
        "bootstrap, clustered, mean loss: 30 people of 4": losses(120, 4),
        "bootstrap, clustered, gain in loss: 60 people of 4": gain(240, 4),
        "bootstrap, root mean squared error: 60 rows": root(60),
        "bootstrap of patterns, net benefit: 400 rows": benefit,
        "influences, importance: 400 rows, a strong column, 5 shuffles": importance(0, 400, 5),
        "influences, importance: 400 rows, a weak column, 5 shuffles": importance(2, 400, 5),
        "influences, importance: 150 rows, a middling column, 1 shuffle": importance(1, 150, 1),
        "walk of the errors, span of local effects: 400 rows, nothing but bends": span(400, 0.0),
        "walk of the errors, span of local effects: 400 rows, a slope": span(400, 0.5),
    }
